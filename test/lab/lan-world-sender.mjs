/**
 * Says to the group of Minecraft's clients what a client says after "Open to LAN", as often as it does.
 * Usage: lan-world-sender.mjs ADDRESS-OF-THE-INTERFACE MOTD PORT
 */
import { createSocket } from "node:dgram";

const [address = "", motd = "", port = ""] = process.argv.slice(2);
const socket = createSocket("udp4");
socket.bind(0, () => {
  socket.setMulticastInterface(address);
  const say = () => socket.send(`[MOTD]${motd}[/MOTD][AD]${port}[/AD]`, 4445, "224.0.2.60");
  say();
  setInterval(say, 1500);
});
