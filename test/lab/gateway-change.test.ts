/** A router that reboots, and a provider that hands out another address. */
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

/** Milliseconds: a random wait of up to 5 s before the mappings are asked for again (RFC 6887 §14.1.3), and a second. */
const SOON = 6000;

describe.skipIf(noLab)(`gateway changes${whyNoLab}`, () => {
  const home = useLab({}, { natpmpc: "natpmpc" });

  /** Seconds since the router's daemon started, as it tells itself. */
  async function epoch(): Promise<number> {
    const { stdout } = await home.lab.exec("pc", "natpmpc", ["-g", Lab.gatewayAddress]);
    return Number(/epoch = (\d+)/.exec(stdout)?.[1]);
  }

  test("a router that forgot everything in a reboot gets the mapping back", async () => {
    await home.serve("tcp", 8080, "the page");
    // The epoch of a router that has just started would look no different after a reboot.
    await until("the router is up for a while", async () => (await epoch()) >= 3);
    const homeport = home.start("--expose", "tcp/8080=18080");
    const { endpoint } = await homeport.mapped("tcp", 8080);
    const rules = await home.lab.dnat();
    expect(rules).toHaveLength(1);

    await home.lab.restartGateway({ forget: true });
    const forgotten = performance.now();
    const back = await until(
      "the mapping is back",
      async () => {
        const found = await home.lab.dnat();
        return found.length > 0 && found;
      },
      SOON,
    );
    console.log(`mapping back ${Math.round(performance.now() - forgotten)} ms after the reboot`);
    expect(back).toEqual(rules);
    expect((await homeport.mapped("tcp", 8080)).endpoint).toEqual(endpoint);
    const { body } = await home.lab.visit(`http://${endpoint.address}:${endpoint.port}/`);
    expect(body).toBe("the page");
  });

  test("a new address of the router becomes the new endpoint", async () => {
    await home.serve("tcp", 8080, "the page");
    const homeport = home.start("--expose", "tcp/8080");
    const before = await homeport.mapped("tcp", 8080);

    const changed = performance.now();
    const address = await home.lab.changeWanAddress();
    expect(address).not.toBe(before.endpoint.address);
    const after = await homeport.now(
      "the endpoint has the new address",
      ({ exposures }) => exposures[0]?.endpoint?.address === address,
      SOON,
    );
    console.log(`new endpoint ${Math.round(performance.now() - changed)} ms after the change`);
    expect(after).toMatchObject({
      gateways: [{ externalAddress: address }],
      exposures: [{ state: "mapped", endpoint: { address, port: before.endpoint.port } }],
    });
    expect(await home.lab.dnat()).toHaveLength(1);
    const { body } = await home.lab.visit(`http://${address}:${before.endpoint.port}/`);
    expect(body).toBe("the page");
  });
});
