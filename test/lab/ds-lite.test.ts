/**
 * A provider that shares addresses (RFC 7393 §3.1, Figure 2): pc – cpe – AFTR – net. The AFTR alone translates and
 * speaks PCP; the CPE passes requests on to it.
 */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { aftrAddress, b4Address, dsLite } from "./shared-addresses.mjs";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

/** Milliseconds: a random wait of up to 5 s before the mapping is asked for again (RFC 6887 §14.1.3), and a second. */
const SOON = 6000;
const proxy = fileURLToPath(new URL("./pcp-proxy.mjs", import.meta.url));

describe.skipIf(noLab)(`DS-Lite${whyNoLab}`, () => {
  const home = useLab({ topology: dsLite() }, { natpmpc: "natpmpc" });

  async function startProxy(): Promise<void> {
    const words = [proxy, Lab.gatewayAddress, b4Address, aftrAddress];
    const running = home.lab.spawn("cpe", process.execPath, words, {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(running, "exit");
    home.atEnd(() => {
      running.kill("SIGKILL");
      return ended;
    });
    if (running.stdout) await once(running.stdout, "data");
  }

  test("through the CPE's proxy: the AFTR's address and the port that it gives", async () => {
    await startProxy();
    await home.serve("tcp", 8080, "the page");
    // Another customer of the AFTR was first.
    await home.lab.exec("cpe", "natpmpc", ["-g", aftrAddress, "-a", "8080", "8080", "tcp", "3600"]);
    const theirs = { transport: "tcp", externalPort: 8080, toAddress: b4Address, toPort: 8080 };
    expect(await home.lab.router("aftr").dnat()).toEqual([theirs]);

    const homeport = home.start("--expose", "tcp/8080");
    const { endpoint } = await homeport.mapped("tcp", 8080);
    const ours = { ...theirs, externalPort: endpoint.port, toAddress: Lab.pcAddress };
    expect(await home.lab.router("aftr").dnat()).toEqual([theirs, ours]);
    expect(endpoint.address).toBe("52.3.4.5");
    expect(endpoint.port).not.toBe(8080);
    expect((await home.lab.visit(`http://52.3.4.5:${endpoint.port}/`)).body).toBe("the page");

    // The epoch of a server that has just started would look no different after a reboot.
    await delay(3000);
    await home.lab.restartGateway({ place: "aftr" });
    const forgotten = performance.now();
    await until(
      "the mapping is back",
      async () => (await home.lab.router("aftr").dnat()).length === 1,
      SOON,
    );
    console.log(
      `mapping back ${Math.round(performance.now() - forgotten)} ms after the AFTR's reboot`,
    );
    expect((await home.lab.visit(`http://52.3.4.5:${endpoint.port}/`)).body).toBe("the page");
  });
});

describe.skipIf(noLab).each([
  ["192.0.0.9", { anycast: true }],
  ["192.0.0.1", { anycast: false }],
] as const)(`DS-Lite whose CPE knows no PCP${whyNoLab}`, (server, options) => {
  const home = useLab({ topology: dsLite(options) });

  test(`the AFTR is asked itself, at ${server}`, async () => {
    await home.serve("tcp", 8080, "the page");
    const homeport = home.start("--expose", "tcp/8080");
    const { endpoint } = await homeport.mapped("tcp", 8080);
    expect(endpoint).toEqual({ address: "52.3.4.5", port: 8080 });
    expect(homeport.latest?.gateways).toContainEqual(
      expect.objectContaining({ address: server, protocols: ["pcp"], state: "answering" }),
    );
    const rule = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress, toPort: 8080 };
    expect(await home.lab.router("aftr").dnat()).toEqual([rule]);
    expect((await home.lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");

    homeport.signal("SIGTERM");
    await homeport.ended;
    expect(await home.lab.router("aftr").dnat()).toEqual([]);
  });
});
