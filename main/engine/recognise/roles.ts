/** Which of a service's ports each socket of its process is. */
import type { Service, ServicePort } from "../../../shared/services/schema.ts";
import type { Server } from "../../../shared/snapshot.ts";
import { askTransports } from "./ask/answer.ts";
import type { WorkingFiles } from "./clues.ts";

export interface Told {
  readonly role: string;
  readonly port: number;
  /** The file that says so; null for the command line. */
  readonly file: string | null;
}

/** The port numbers that command line and configuration give to the service's roles. */
export function readTold(service: Service, commandLine: string, files: WorkingFiles): Told[] {
  return service.told.flatMap(({ role, file, pattern }) => {
    const text = file === undefined ? commandLine : files.get(file);
    const port = Number(pattern.exec(text ?? "")?.[1] ?? 0);
    return port > 0 && port < 65_536 ? { role, port, file: file ?? null } : [];
  });
}

/**
 * The port of `service` that `server` is; null when nothing says. `siblings` are all sockets of its process.
 * Numbers that are told or usual decide first; then what remains, if there is one way only to read it.
 */
export function findRole(
  service: Service,
  server: Server,
  siblings: readonly Server[],
  told: readonly Told[],
): ServicePort | null {
  const numbers = service.ports.map((port) => [port, numberOf(port, service, told)] as const);
  const usual = (socket: Server): ServicePort | null =>
    numbers.find(
      ([port, number]) => number === socket.port && port.transport === socket.transport,
    )?.[0] ?? null;
  const own = usual(server);
  if (own) return own;
  const open = siblings.filter((socket) => usual(socket) === null && !socket.ephemeral);
  const free = service.ports.filter(
    (port, at) =>
      (at === 0 || port.need === "required") && !siblings.some((socket) => usual(socket) === port),
  );
  return (
    service.ports.find(({ port, transport }) => port === null && transport === server.transport) ??
    byBlock(service, server, open, free) ??
    byRemainder(server, open, free)
  );
}

/** The port on which a service answers. */
export function askedPort({ ask, ports }: Service): ServicePort | undefined {
  if (ask === undefined) return undefined;
  const port = ask.role === undefined ? ports[0] : ports.find(({ role }) => role === ask.role);
  return port?.transport === askTransports[ask.protocol] ? port : undefined;
}

function numberOf(port: ServicePort, service: Service, told: readonly Told[]): number | null {
  const numberFor = (role: string): number | undefined =>
    told.find((one) => one.role === role)?.port;
  const own = numberFor(port.role);
  if (own !== undefined) return own;
  const [first] = service.ports;
  const base = first && numberFor(first.role);
  if (base !== undefined && port.offset !== undefined) return base + port.offset;
  // TCP and UDP of one number move together, unless the other is told apart.
  if (base !== undefined && port.port === first?.port && port.need === "required") return base;
  return port.port;
}

/** A block with the service's distances, somewhere else than usual. */
function byBlock(
  service: Service,
  server: Server,
  open: readonly Server[],
  free: readonly ServicePort[],
): ServicePort | null {
  const [first] = service.ports;
  const block = free.filter(({ offset }) => offset !== undefined);
  if (first === undefined || !free.includes(first) || block.length === 0) return null;
  const has = (transport: string, port: number): boolean =>
    open.some((socket) => socket.transport === transport && socket.port === port);
  const bases = open.filter(
    ({ transport, port }) =>
      transport === first.transport &&
      block.every((one) => has(one.transport, port + (one.offset ?? 0))),
  );
  const [base] = bases;
  if (base === undefined || bases.length > 1) return null;
  return (
    [first, ...block].find(
      ({ transport, offset = 0 }) =>
        transport === server.transport && server.port === base.port + offset,
    ) ?? null
  );
}

/** The one role left for the one socket left. */
function byRemainder(
  server: Server,
  open: readonly Server[],
  free: readonly ServicePort[],
): ServicePort | null {
  const same = (one: { readonly transport: string }): boolean => one.transport === server.transport;
  const [role, ...otherRoles] = free.filter(same);
  const sockets = new Set(open.filter(same).map(({ port }) => port));
  if (server.ephemeral || sockets.size !== 1 || otherRoles.length > 0) return null;
  return role ?? null;
}
