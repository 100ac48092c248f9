/** What a port number alone may say, which is little: 7777 fits dozens of games. */
import type { Service } from "../../../shared/services/schema.ts";
import type { Server } from "../../../shared/snapshot.ts";
import { usesPort } from "./clues.ts";
import type { Identity } from "./identity.ts";
import { behindProxy } from "./inner-port.ts";

/** Numbers that programs of every kind take when asked for none. */
const crowded: ReadonlySet<number> = new Set([
  1234, 3000, 3001, 4000, 5000, 5001, 6000, 7000, 8000, 8001, 8008, 8080, 8081, 8086, 8088, 8123,
  8443, 8554, 8888, 9000, 9001, 9090, 9200, 9443, 10_000,
]);

/**
 * The one service whose own port this is, where nothing is known of the program that contradicts it.
 * A program that can be seen and that no clue knows is another one, whatever its port.
 */
export function fitPort(
  server: Server,
  identity: Identity,
  catalogue: readonly Service[],
): Service | null {
  const { transport, port } = behindProxy(server);
  if (crowded.has(port) || !mayBeAnything(identity)) return null;
  const [only, ...others] = catalogue.filter((service) => usesPort(service, server));
  if (only === undefined || others.length > 0) return null;
  const [first] = only.ports;
  if (first?.port !== port || first.transport !== transport) return null;
  return mayRun(only, identity) ? only : null;
}

/** True where the program is hidden, or an interpreter does not say what it runs. */
export function mayBeAnything({ hidden, runtime, program }: Identity): boolean {
  return hidden || (runtime !== null && program === null);
}

/** False where the interpreter is not one that the service runs on. */
export function mayRun({ clues }: Service, { runtime }: Identity): boolean {
  return runtime === null || clues.some((clue) => clue.runtime === runtime);
}
