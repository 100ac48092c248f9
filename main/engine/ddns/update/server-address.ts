/** A DNS server as people write it. */
import { isIP } from "node:net";
import type { UdpAddress } from "../../environment.ts";

export type ParsedServer =
  | { readonly kind: "server"; readonly server: UdpAddress }
  | { readonly kind: "invalid"; readonly reason: string };

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. */
export function parseServer(text: string): ParsedServer {
  if (isIP(text) !== 0) return { kind: "server", server: { address: text, port: 53 } };
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3] ?? 53);
  if (isIP(address) === 0 || port < 1 || port > 65_535) {
    return { kind: "invalid", reason: "the server is no IP address with or without a port" };
  }
  return { kind: "server", server: { address, port } };
}
