/**
 * Makes mappings with one client library, each from a cold start, and prints the milliseconds from the command to the
 * mapping as a JSON list, `times`; `verdicts` are those from the command until ours knew the router. Run on the lab's
 * PC: `map-clients.mjs CLIENT ROUNDS`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Milliseconds between rounds. */
const PAUSE = 500;
const gateway = "192.168.77.1";
const self = "192.168.77.10";

/** @type {number[]} */
const verdicts = [];

/** Each makes one mapping of a TCP port with a new instance, and answers what ends the instance. */
const clients = {
  async homeport() {
    const { runnerImport } = await import("vite");
    const path = fileURLToPath(new URL("map-homeport.ts", import.meta.url));
    const { module } = await runnerImport(path, { configFile: false, logLevel: "error" });
    return async (/** @type {number} */ port) => {
      const data = mkdtempSync(join(tmpdir(), "homeport-bench-"));
      const { verdict, stop } = await module.mapOnce(data, port);
      verdicts.push(verdict);
      return async () => {
        await stop();
        rmSync(data, { recursive: true });
      };
    };
  },
  async "nat-api"() {
    const { default: NatAPI } = await import("@silentbot1/nat-api");
    return async (/** @type {number} */ port) => {
      const client = new NatAPI({ enablePMP: true, enableUPNP: true, gateway });
      await client.map({ publicPort: port, privatePort: port, protocol: "TCP", ttl: 7200 });
      return () => client.destroy();
    };
  },
  async "nat-port-mapper-pmp"() {
    const { pmpNat } = await import("@achingbrain/nat-port-mapper");
    return async (/** @type {number} */ port) => {
      const found = pmpNat(gateway);
      await found.map(port, self, { protocol: "tcp" });
      // Its stop() throws ERR_SOCKET_ALREADY_BOUND (4.0.5); the process ends soon enough.
      return () => undefined;
    };
  },
  async "nat-port-mapper-upnp"() {
    const { upnpNat } = await import("@achingbrain/nat-port-mapper");
    return async (/** @type {number} */ port) => {
      for await (const found of upnpNat().findGateways({ signal: AbortSignal.timeout(10_000) })) {
        await found.map(port, self, { protocol: "tcp" });
        return () => found.stop();
      }
      throw new Error("no UPnP gateway found");
    };
  },
};

const [, , name = "", rounds = "1"] = process.argv;
const map = await clients[/** @type {keyof typeof clients} */ (name)]();
/** @type {number[]} */
const times = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const start = performance.now();
  const stop = await map(10_000 + round);
  times.push(performance.now() - start);
  await stop();
  // The router is busy with a deletion for a while: that is not the next one's time.
  await delay(PAUSE);
}
process.stdout.write(`${JSON.stringify({ times, verdicts })}\n`);
process.exit(0);
