/** From a Server to the Service it is. Pure: what is known of the world comes in as data. */
import type { Service, ServicePort } from "../../../shared/services/schema.ts";
import type { Evidence, RecognisedService, Server } from "../../../shared/snapshot.ts";
import type { WarningName } from "../../../shared/services/warnings.ts";
import { type Answer, serviceOfAnswer } from "./ask/answer.ts";
import { fitPort, mayRun } from "./by-port.ts";
import { openWorld } from "../../../shared/open-world.ts";
import { type WorkingFiles, matchProgram, usesPort } from "./clues.ts";
import { type Identity, identify } from "./identity.ts";
import { behindProxy, portText } from "./inner-port.ts";
import type { LanWorld } from "./lan-worlds/lan-world.ts";
import { askedPort, findRole, readTold } from "./roles.ts";

/** What is known of a server beside its socket and process. */
export interface Knowledge {
  readonly files?: WorkingFiles;
  /** What the user says it is: an id of the catalogue, or null for none of them. */
  readonly correction?: string | null;
  /** What the server itself answered. */
  readonly answer?: Answer | null;
  /** The Minecraft world that is announced with this port. */
  readonly world?: LanWorld | null;
}

export interface Recognition {
  readonly service: RecognisedService | null;
  readonly warnings: readonly WarningName[];
  /** The catalogue's entry of `service`, and which of its ports this is. */
  readonly entry: Service | null;
  readonly port: ServicePort | null;
}

interface Found {
  readonly entry: Service;
  readonly confidence: RecognisedService["confidence"];
  readonly evidence: readonly Evidence[];
}

const noFiles: WorkingFiles = new Map();

/**
 * Program, command line and configuration decide; the port alone only where the program cannot be seen, and then
 * with low confidence. A wrong match is worse than none: whatever fits two services is none.
 */
export function recognise(
  server: Server,
  servers: readonly Server[],
  catalogue: readonly Service[],
  { files = noFiles, correction, answer = null, world = null }: Knowledge = {},
): Recognition {
  const identity = identify(server.process);
  if (correction === null) return nothing;
  const found =
    byUser(correction, catalogue) ??
    confirmed(
      announced(byProgram(server, servers, identity, catalogue, files), world) ??
        byWorld(world, server, identity, catalogue),
      answer,
    ) ??
    byAnswer(answer, catalogue) ??
    byPort(server, identity, catalogue);
  if (found === null) {
    return { ...nothing, warnings: identity.hidden ? sharedWarnings(server, catalogue) : [] };
  }
  const { entry, confidence, evidence } = found;
  const siblings = siblingsOf(server, servers);
  const inner = behindProxy(server);
  const told = readTold(entry, identity.commandLine, files);
  const asked = answer && entry.ask?.protocol === answer.protocol ? askedPort(entry) : undefined;
  const port = findRole(entry, inner, siblings, told) ?? asked ?? null;
  const toldHere = told.find(
    (one) => one.role === port?.role && one.port === inner.port && one.file !== null,
  );
  const { id, name } = entry;
  return {
    service: {
      id,
      name,
      role: port?.role ?? null,
      confidence,
      evidence: toldHere
        ? [...evidence, { kind: "configuration", detail: `${toldHere.file}: ${toldHere.port}` }]
        : evidence,
    },
    warnings: warningsOf(entry, port, server, siblings, (sibling) =>
      findRole(entry, sibling, siblings, told),
    ),
    entry,
    port,
  };
}

const nothing: Recognition = { service: null, warnings: [], entry: null, port: null };

function byUser(correction: string | undefined, catalogue: readonly Service[]): Found | null {
  const entry = catalogue.find(({ id }) => id === correction);
  if (entry === undefined) return null;
  return { entry, confidence: "high", evidence: [{ kind: "user", detail: "your choice" }] };
}

function byProgram(
  server: Server,
  servers: readonly Server[],
  identity: Identity,
  catalogue: readonly Service[],
  files: WorkingFiles,
): Found | null {
  const match = matchProgram(server, identity, catalogue, files);
  if (match === null) return null;
  const { service, weak, evidence } = match;
  const told = readTold(service, identity.commandLine, files);
  const isOwn =
    findRole(service, behindProxy(server), siblingsOf(server, servers), told) !== null ||
    usesPort(service, server);
  const guest = isOwn
    ? undefined
    : catalogue.find((one) => one.inside?.includes(service.id) && usesPort(one, server));
  if (guest === undefined)
    return { entry: service, confidence: weak ? "medium" : "high", evidence };
  return {
    entry: guest,
    confidence: "medium",
    evidence: [...evidence, { kind: "port", detail: portText(server) }],
  };
}

/** The server's own words make sure of what was only likely. */
function confirmed(found: Found | null, answer: Answer | null): Found | null {
  if (found === null || answer === null || found.entry.ask?.protocol !== answer.protocol) {
    return found;
  }
  return {
    ...found,
    confidence: "high",
    evidence: [...found.evidence, { kind: "answer", detail: answer.protocol }],
  };
}

/** The client's own announcement makes sure that this socket of its is the world. */
function announced(found: Found | null, world: LanWorld | null): Found | null {
  if (found?.entry.id !== openWorld || world === null) return found;
  return { ...found, confidence: "high", evidence: [...found.evidence, worldEvidence(world)] };
}

/** An announcement alone proves little: the program must be one that could be the client, and known as no other. */
function byWorld(
  world: LanWorld | null,
  server: Server,
  identity: Identity,
  catalogue: readonly Service[],
): Found | null {
  const entry = catalogue.find(({ id }) => id === openWorld);
  if (world === null || entry === undefined || server.transport !== "tcp") return null;
  if (identity.runtime === null || !mayRun(entry, identity)) return null;
  return { entry, confidence: "high", evidence: [worldEvidence(world)] };
}

function worldEvidence({ motd }: LanWorld): Evidence {
  return { kind: "announcement", detail: `open to LAN: ${motd}` };
}

function byAnswer(answer: Answer | null, catalogue: readonly Service[]): Found | null {
  const id = answer && serviceOfAnswer(answer, catalogue);
  const entry = catalogue.find((service) => service.id === id);
  if (answer === null || entry === undefined) return null;
  return { entry, confidence: "high", evidence: [{ kind: "answer", detail: answer.protocol }] };
}

function byPort(server: Server, identity: Identity, catalogue: readonly Service[]): Found | null {
  const entry = fitPort(server, identity, catalogue);
  if (entry === null) return null;
  return { entry, confidence: "low", evidence: [{ kind: "port", detail: portText(server) }] };
}

/** All sockets of the same process; of a proxy, what they lead to. */
function siblingsOf(server: Server, servers: readonly Server[]): readonly Server[] {
  const pid = server.process?.pid;
  if (pid === undefined) return [server];
  return servers.filter(({ process }) => process?.pid === pid).map(behindProxy);
}

function warningsOf(
  entry: Service,
  port: ServicePort | null,
  server: Server,
  siblings: readonly Server[],
  roleOf: (sibling: Server) => ServicePort | null,
): readonly WarningName[] {
  const own = [...(entry.warnings ?? []), ...(port?.warnings ?? [])];
  const [first] = entry.ports;
  // A socket beyond the ones that are explained may well be the console, moved elsewhere.
  const spare =
    port === null &&
    first !== undefined &&
    !server.ephemeral &&
    siblings.some((sibling) => roleOf(sibling) === first);
  const feared = spare
    ? entry.ports.filter(
        (one) =>
          one.need === "never" &&
          one.transport === server.transport &&
          !siblings.some((sibling) => roleOf(sibling) === one),
      )
    : [];
  return [...new Set([...own, ...feared.flatMap(({ warnings }) => warnings ?? [])])];
}

/** What every service that uses this port would be warned of. */
function sharedWarnings(server: Server, catalogue: readonly Service[]): readonly WarningName[] {
  const { transport, port: number } = behindProxy(server);
  const lists = catalogue.flatMap((entry) => {
    const port = entry.ports.find((one) => one.port === number && one.transport === transport);
    return port ? [[...(entry.warnings ?? []), ...(port.warnings ?? [])]] : [];
  });
  const [first = [], ...others] = lists;
  return first.filter((name) => others.every((list) => list.includes(name)));
}
