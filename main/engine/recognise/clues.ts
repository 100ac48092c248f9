/** Which service a program is, by the catalogue's clues. */
import type { Clue, Service } from "../../../shared/services/schema.ts";
import type { Evidence, Server } from "../../../shared/snapshot.ts";
import { type Identity, stem } from "./identity.ts";
import { behindProxy, portText } from "./inner-port.ts";
import { type Told, readTold } from "./roles.ts";

/** Files of the working directory that some entry asks for: name → text, empty where only its being there counts. */
export type WorkingFiles = ReadonlyMap<string, string>;

export interface Match {
  readonly service: Service;
  readonly weak: boolean;
  readonly evidence: readonly Evidence[];
}

/** Null when nothing fits, or when two services fit equally well. */
export function matchProgram(
  server: Server,
  identity: Identity,
  catalogue: readonly Service[],
  files: WorkingFiles,
): Match | null {
  let best: Match[] = [];
  for (const service of catalogue) {
    for (const clue of service.clues) {
      const evidence = follow(clue, service, server, identity, files);
      if (evidence === null) continue;
      const match = { service, weak: clue.weak === true, evidence };
      const ahead = compare(match, best[0]);
      if (ahead > 0) best = [match];
      else if (ahead === 0) best.push(match);
    }
  }
  const [first, ...others] = best;
  return first && others.every(({ service }) => service === first.service) ? first : null;
}

function compare(match: Match, best: Match | undefined): number {
  if (best === undefined) return 1;
  if (match.weak !== best.weak) return best.weak ? 1 : -1;
  const more = match.evidence.length - best.evidence.length;
  // What is known of this very socket says more than what is known of its program.
  return more !== 0 ? more : Number(hasPort(match)) - Number(hasPort(best));
}

function hasPort({ evidence }: Match): boolean {
  return evidence.some(({ kind }) => kind === "port");
}

/** One piece of evidence for each part of the clue; null when a part does not hold. */
function follow(
  clue: Clue,
  service: Service,
  server: Server,
  identity: Identity,
  files: WorkingFiles,
): Evidence[] | null {
  if (clue.runtime && clue.runtime !== identity.runtime) return null;
  const evidence: Evidence[] = [];
  const add = (kind: Evidence["kind"], detail: string | undefined): boolean => {
    if (detail === undefined) return false;
    evidence.push({ kind, detail: detail.trim().slice(0, 80) });
    return true;
  };
  const { process, program, commandLine, path, file, onDefaultPort } = clue;
  const { names, paths } = identity;
  const isOnPort = (): boolean =>
    usesPort(service, server) ||
    readTold(service, identity.commandLine, files).some((told) => isTold(told, service, server));
  const holds =
    (!process || add("process", ownName(clue, names))) &&
    (!program ||
      (program.test(identity.program ?? "") && add("program", identity.program ?? ""))) &&
    (!commandLine || add("command-line", commandLine.exec(identity.commandLine)?.[0])) &&
    (!path || add("path", paths.map((one) => path.exec(one)?.[0]).find(Boolean))) &&
    (!file || (files.has(file) && add("configuration", file))) &&
    (!onDefaultPort || (isOnPort() && add("port", portText(server))));
  return holds ? evidence : null;
}

/** Stems of each clue's names; there are hundreds, and every server is held against them. */
const stems = new WeakMap<Clue, readonly string[]>();

/** The name that the clue and the program share, as the clue spells it. */
function ownName(clue: Clue, names: readonly string[]): string | undefined {
  let known = stems.get(clue);
  if (known === undefined) {
    known = (clue.process ?? []).map(stem);
    stems.set(clue, known);
  }
  return clue.process?.[known.findIndex((name) => names.includes(name))];
}

function isTold({ role, port }: Told, service: Service, server: Server): boolean {
  return (
    port === behindProxy(server).port &&
    service.ports.some((one) => one.role === role && one.transport === server.transport)
  );
}

export function usesPort(service: Service, server: Server): boolean {
  const { transport, port } = behindProxy(server);
  return service.ports.some((one) => one.port === port && one.transport === transport);
}
