/** A server as the snapshot shows it: without secrets, with its own words. */
import type {
  Evidence,
  RecognisedServer,
  Server,
  ServerProcess,
} from "../../../shared/snapshot.ts";
import type { Answer } from "./ask/answer.ts";
import type { LanWorld } from "./lan-worlds/lan-world.ts";
import type { Announcement } from "./mdns/announcement.ts";
import { openWorld } from "../../../shared/open-world.ts";
import type { Recognition } from "./recognise.ts";
import { redact } from "./redact.ts";
import { titleOf } from "./title.ts";

/** A game is often asked on one of its ports, and is the same on all of them. */
export function sharedWords({ entry, port }: Recognition, told: readonly Answer[]): Answer | null {
  if (entry === null || port === null || port.need === "never") return null;
  if (entry.category !== "game" && entry.category !== "voice") return null;
  return told.find(({ protocol }) => protocol === entry.ask?.protocol) ?? null;
}

export interface Told {
  /** Of this very socket. */
  readonly answer: Answer | null;
  /** Of it, or of another socket of the same server. */
  readonly words: Answer | null;
  readonly announced: Announcement | null;
  readonly world: LanWorld | null;
}

export function composeServer(
  server: Server,
  recognition: Recognition,
  { answer, words, announced, world }: Told,
): RecognisedServer {
  const { service, warnings } = recognition;
  // An announcement of another program's port is not its own word.
  const motd = service?.id === openWorld ? (world?.motd ?? null) : null;
  const details = (words ?? announced ?? motd) !== null && {
    name: words?.name ?? motd ?? announced?.name ?? null,
    players: words?.players ?? null,
    maxPlayers: words?.maxPlayers ?? null,
    version: words?.version ?? null,
    ...(words?.icon && { icon: words.icon }),
  };
  const evidence: Evidence[] = announced
    ? [{ kind: "announcement", detail: `${announced.type} ${announced.name}` }]
    : [];
  return {
    ...server,
    process: server.process && withoutSecrets(server.process),
    service: service && { ...service, evidence: [...service.evidence, ...evidence] },
    title: motd ?? titleOf(server, recognition, answer, announced),
    warnings,
    ...(details && { details }),
    ...(announced && { announced: wordsOfAnnouncement(announced) }),
  };
}

function wordsOfAnnouncement({
  name,
  type,
  txt,
}: Announcement): NonNullable<RecognisedServer["announced"]> {
  return { name, type, ...(txt && { txt }) };
}

function withoutSecrets(process: ServerProcess): ServerProcess {
  const { commandLine, program } = process;
  return {
    ...process,
    commandLine: redact(commandLine),
    ...(program && {
      program: {
        ...program,
        ...(program.commandLine !== undefined && { commandLine: redact(program.commandLine) }),
      },
    }),
  };
}
