/** Real STUN servers in the lab's internet. */
import { once } from "node:events";
import { requirePackages } from "./requirements.mjs";
import { providerAddress } from "./topology.mjs";
import { until } from "./until.mjs";
import type { HomePc } from "./use-lab.ts";

/** Command → Debian package. */
const packages = { turnserver: "coturn", stund: "stun-server" };
/** A server of RFC 3489 wants a second address. */
const secondAddress = "52.3.4.2";

/** Sends a Binding request (RFC 8489 §14) again and again until something comes back. */
const askUntilAnswered = `const socket = require("node:dgram").createSocket("udp4");
const request = Buffer.from("000100002112a442" + "00".repeat(12), "hex");
const ask = () => socket.send(request, 3478, "${providerAddress}");
const timer = setInterval(ask, 100);
socket.once("message", () => { clearInterval(timer); socket.close(); });
ask();`;

/**
 * Starts a server at the provider's address and STUN's port, until the end of the test; resolves when it listens. `stund`
 * is of RFC 3489 and knows no XOR-MAPPED-ADDRESS.
 */
export async function serveStun(home: HomePc, server: "coturn" | "stund"): Promise<void> {
  requirePackages(packages);
  const { lab } = home;
  const give = (verb: "add" | "delete"): Promise<unknown> =>
    lab.exec("net", "ip", ["address", verb, `${secondAddress}/24`, "dev", "eth0"]);
  if (server === "stund") await give("add");
  const files = `--pidfile ${home.dataDirectory}/turn.pid --userdb ${home.dataDirectory}/turndb`;
  const commands = {
    coturn: `turnserver -n --stun-only --no-tls --no-dtls --no-cli --log-file stdout --listening-ip ${providerAddress} ${files}`,
    stund: `stund -h ${providerAddress} -a ${secondAddress}`,
  };
  const [command = "", ...words] = commands[server].split(" ");
  const child = lab.spawn("net", command, words, { stdio: "ignore" });
  const ended = once(child, "exit");
  home.atEnd(async () => {
    child.kill("SIGKILL");
    await ended;
    if (server === "stund") await give("delete");
  });
  await until(`${server} listens`, async () => {
    if (child.exitCode !== null) throw new Error(`${server} ended with ${child.exitCode}`);
    const { stdout } = await lab.exec("net", "ss", ["-Hlun", "sport", "=", ":3478"]);
    return stdout.includes(providerAddress);
  });
  // It may listen for a while before it reads; nothing of this passes the PC.
  await lab.exec("net", process.execPath, ["-e", askUntilAnswered]);
}

/** Another address beside the PC's own: it looks at its network anew, and so at what the internet sees. */
export function stirNetwork({ lab }: HomePc): Promise<unknown> {
  return lab.exec("pc", "ip", ["address", "add", "192.168.77.77/24", "dev", "eth0"]);
}
