/** `netstat -ano` of Windows, read without its words: they are in the user's language, in an old code page. */
import ipaddr from "ipaddr.js";
import type { Transport } from "../../../../shared/snapshot.ts";
import { readPid } from "../pid.ts";

export interface NetstatSocket {
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  readonly pid: number;
}

/**
 * A TCP socket listens when its foreign port is 0; a UDP row has no state and `*:*` as its foreign address.
 * The pid is the last column in both.
 */
export function parseNetstat(text: string): NetstatSocket[] {
  const sockets: NetstatSocket[] = [];
  for (const line of text.split(/\r?\n/)) {
    const columns = line.trim().split(/\s+/);
    const transport = { TCP: "tcp", UDP: "udp" }[columns[0] ?? ""] as Transport | undefined;
    const pid = readPid(columns.at(-1) ?? "");
    const waits = transport === "tcp" ? /:0$/ : /^\*:\*$/;
    if (!transport || columns.length < 4 || !waits.test(columns[2] ?? "") || pid === null) continue;
    const bound = parseEndpoint(columns[1] ?? "");
    if (bound) sockets.push({ transport, ...bound, pid });
  }
  return sockets;
}

/** `192.168.1.2:80` or `[fe80::1%12]:80`. */
function parseEndpoint(text: string): { address: string; port: number } | null {
  const [, v6, v4, digits] = /^(?:\[([^\]%]+)(?:%\d+)?\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = v6 ?? v4 ?? "";
  const port = Number(digits);
  if (!ipaddr.isValid(address) || !(port >= 1 && port <= 65_535)) return null;
  return { address: ipaddr.process(address).toString(), port };
}
