/** What the user said that a program is. Kept by the program, so that it holds when its port changes. */
import type { CorrectionSetting } from "../../../shared/settings.ts";
import type { Server } from "../../../shared/snapshot.ts";
import { identify } from "./identity.ts";
import { interpreterName, stablePath } from "./stable-path.ts";

type Subject = Omit<CorrectionSetting, "service">;

/**
 * What a correction of `server` is about: its program's file, what an interpreter runs and where; of a program that
 * cannot be seen its port.
 */
function subjectOf({ transport, port, process }: Server): Subject {
  const { hidden, runtime, program, paths } = identify(process);
  const kind = process?.program?.kind;
  const socket = hidden || kind === "proxy" ? `${transport}/${port}` : null;
  const interpreted = runtime !== null || kind === "wine";
  return {
    executable: (kind === "wine" ? paths[0] : process?.executable) ?? process?.name ?? "",
    program: interpreted ? (program ?? "") : "",
    directory: interpreted ? (process?.workingDirectory ?? "") : "",
    socket,
  };
}

/** Undefined where the user said nothing; null for "none that is known". */
export function findCorrection(
  server: Server,
  corrections: readonly CorrectionSetting[],
): string | null | undefined {
  if (corrections.length === 0) return undefined;
  const subject = subjectOf(server);
  return corrections.find((one) => isAbout(one, subject))?.service;
}

/** `service`: an id, null for "none that is known", undefined to forget what was said. */
export function withCorrection(
  corrections: readonly CorrectionSetting[],
  server: Server,
  service: string | null | undefined,
): CorrectionSetting[] {
  const subject = subjectOf(server);
  const others = corrections.filter((one) => !isAbout(one, subject));
  return service === undefined ? others : [...others, { ...subject, service }];
}

function isAbout(correction: CorrectionSetting, subject: Subject): boolean {
  return (
    fileOf(correction) === fileOf(subject) &&
    correction.program === subject.program &&
    stablePath(correction.directory) === stablePath(subject.directory) &&
    correction.socket === subject.socket
  );
}

/** An interpreter's version and place do not count, nor those of a program that moves with each update. */
function fileOf({ executable, program }: Subject): string {
  return program === "" ? stablePath(executable) : interpreterName(executable);
}
