/** One snapshot as one line. */
import type { Snapshot } from "../../shared/snapshot.ts";

/** Without the icons of servers: they are for eyes, and would make lines of a hundred kilobytes. */
export function snapshotLine(snapshot: Snapshot): string {
  const servers = snapshot.servers.map((server) => {
    if (server.details?.icon === undefined) return server;
    const { icon: _icon, ...details } = server.details;
    return { ...server, details };
  });
  return `${JSON.stringify({ ...snapshot, servers })}\n`;
}
