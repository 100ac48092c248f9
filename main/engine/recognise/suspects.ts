/** Which servers are asked, in which language, and at which address. Nobody else is disturbed. */
import type { AskProtocol, Service } from "../../../shared/services/schema.ts";
import type { Server } from "../../../shared/snapshot.ts";
import { mayBeAnything, mayRun } from "./by-port.ts";
import { identify } from "./identity.ts";
import { behindProxy } from "./inner-port.ts";
import type { Recognition } from "./recognise.ts";
import { askedPort } from "./roles.ts";

/** Interpreters whose programs mostly speak HTTP. Java does not belong here. */
const webRuntimes: ReadonlySet<string> = new Set(["node", "python", "php", "dotnet"]);
/** Each language more is a connection more that a stranger's program has to bear. */
const mostLanguages = 2;

/** Languages to try, best first; empty for a server that is left alone. */
export function languagesFor(
  server: Server,
  { entry, port }: Recognition,
  catalogue: readonly Service[],
): readonly AskProtocol[] {
  // Most likely a client; unless its number is one that a service is known by.
  if (server.ephemeral && port === null) return [];
  const identity = identify(server.process);
  // A question would start what nobody needs yet.
  if (identity.sleeping) return [];
  if (entry !== null) {
    const asked = askedPort(entry);
    if (entry.ask === undefined || asked === undefined) return [];
    const fits = port === null ? asked.transport === server.transport : port === asked;
    return fits ? [entry.ask.protocol] : [];
  }
  const web: readonly AskProtocol[] =
    server.transport === "tcp" && webRuntimes.has(identity.runtime ?? "") ? ["http"] : [];
  // A program that can be seen and is no interpreter is another one than any we know.
  if (!mayBeAnything(identity) && identity.runtime === null) return web;
  const inner = behindProxy(server);
  const languages = catalogue.flatMap((service) => {
    const asked = askedPort(service);
    const fits = asked?.port === inner.port && asked.transport === server.transport;
    return fits && service.ask && mayRun(service, identity) ? [service.ask.protocol] : [];
  });
  return [...new Set([...languages, ...web])].slice(0, mostLanguages);
}

/** Where this PC reaches it: loopback when it is bound there, else its own address; null when neither is known. */
export function addressOf({ addresses }: Server): string | null {
  if (addresses.some((one) => one === "0.0.0.0" || one === "127.0.0.1")) return "127.0.0.1";
  if (addresses.some((one) => one === "::" || one === "::1")) return "::1";
  // A link-local address means nothing without its interface.
  return addresses.find((one) => !/^fe[89ab]|%/i.test(one)) ?? null;
}
