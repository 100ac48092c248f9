/** `netstat -anl` of macOS: cheap, but without owners; tells whether it is worth asking lsof. */

export interface NetstatListeners {
  /** Changes when a socket that may be a server comes or goes. */
  readonly servers: string;
  /** Changes when a UDP socket on a dynamic port comes or goes: mostly clients. */
  readonly ephemeral: string;
}

const firstDynamic = 49_152;

/**
 * Local addresses of TCP sockets in LISTEN and of UDP sockets without a peer, as two comparable texts.
 * Only the first six columns are read: those behind them differ by release.
 */
export function parseNetstat(text: string): NetstatListeners {
  const servers = new Set<string>();
  const ephemeral = new Set<string>();
  for (const line of text.split("\n")) {
    const [protocol = "", , , local = "", foreign = "", state = ""] = line.trim().split(/\s+/, 6);
    const udp = /^udp(4|6|46)$/.test(protocol);
    if (!udp && !/^tcp(4|6|46)$/.test(protocol)) continue;
    if (udp ? !isAnyPeer(foreign) : state !== "LISTEN") continue;
    const port = Number(local.slice(local.lastIndexOf(".") + 1));
    if (!Number.isInteger(port) || port < 1 || port > 65_535) continue;
    (udp && port >= firstDynamic ? ephemeral : servers).add(`${protocol} ${local}`);
  }
  return {
    servers: [...servers].toSorted().join("\n"),
    ephemeral: [...ephemeral].toSorted().join("\n"),
  };
}

function isAnyPeer(foreign: string): boolean {
  return foreign === "*.*";
}
