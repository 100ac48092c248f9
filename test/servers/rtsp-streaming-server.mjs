/** A relay for camera streams: `rtsp-streaming-server.mjs PORT`, and one port above takes the cameras. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { default: RtspServer } = require("rtsp-streaming-server");

const port = Number(process.argv[2]);
const server = new RtspServer({
  clientPort: port,
  serverPort: port + 1,
  rtpPortStart: 10_000,
  rtpPortCount: 100,
});
await server.start();
