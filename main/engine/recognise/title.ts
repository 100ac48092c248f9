/** What to call a server. */
import type { Server } from "../../../shared/snapshot.ts";
import type { Answer } from "./ask/answer.ts";
import type { Recognition } from "./recognise.ts";

/** Services whose own name says less than what they serve. */
const generic: ReadonlySet<string> = new Set(["web-server", "dev-server"]);

export function titleOf(
  server: Server,
  { entry, port }: Recognition,
  answer: Answer | null,
  announced: { readonly name: string } | null = null,
): string {
  const page = (answer?.protocol === "http" ? answer.name : null) ?? announced?.name ?? null;
  if (entry !== null) {
    if (page !== null && generic.has(entry.id)) return page;
    const [first] = entry.ports;
    const isMain = port === first || port?.need === "required" || port === null;
    return isMain ? entry.name : `${entry.name} (${port.role})`;
  }
  const { process, transport } = server;
  const socket = `${transport.toUpperCase()} port ${server.port}`;
  return page ?? process?.program?.name ?? process?.name ?? socket;
}
