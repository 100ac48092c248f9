/** What a port is on the far side of a proxy: there it says more than the one that visitors see. */
import type { Server } from "../../../shared/snapshot.ts";

/** `server` with the port that its proxy leads to; itself where no proxy tells one. */
export function behindProxy(server: Server): Server {
  const port = server.process?.program?.target?.port ?? server.port;
  return port === server.port ? server : { ...server, port };
}

/** The port as evidence. */
export function portText(server: Server): string {
  const inner = behindProxy(server);
  const text = `${inner.port}/${inner.transport}`;
  return inner === server ? text : `${text} behind it`;
}
