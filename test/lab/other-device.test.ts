/** A port of another device in the home, opened by this PC where the router lets it. */
import { describe, expect, test } from "vitest";
import { homeNetwork, secondPcAddress } from "./topology.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const port = `tcp/8080@${secondPcAddress}`;
const rule = { transport: "tcp", externalPort: 8080, toAddress: secondPcAddress, toPort: 8080 };
const topology = homeNetwork({ pc2: true });

describe.skipIf(noLab)(`a router that lets one PC act for another${whyNoLab}`, () => {
  for (const [protocol, daemon] of [
    ["pcp", ["pcp_allow_thirdparty=yes"]],
    ["upnp", ["secure_mode=no"]],
  ] as const) {
    describe(`over ${protocol}`, () => {
      const home = useLab({ protocols: [protocol], daemon, topology });

      test("a visitor reaches the other device, until the port is closed", async () => {
        await home.serve("tcp", 8080, "the other page", "0.0.0.0", "pc2");
        const homeport = home.start("--expose", port);
        const { endpoint } = await homeport.mapped("tcp", 8080);
        expect(await home.lab.dnat()).toEqual([rule]);
        const { body } = await home.lab.visit(`http://${endpoint.address}:${endpoint.port}/`);
        expect(body).toBe("the other page");
        expect(homeport.latest?.exposures).toMatchObject([
          { host: secondPcAddress, protocol, listening: false, error: null },
        ]);
        homeport.signal("SIGTERM");
        expect(await homeport.ended).toMatchObject({ code: 0 });
        expect(await home.lab.dnat()).toEqual([]);
      });
    });
  }
});

describe.skipIf(noLab)(`a router that lets one PC act for another by UPnP alone${whyNoLab}`, () => {
  const home = useLab({ daemon: ["secure_mode=no"], topology });

  test("opens its port by UPnP and this PC's own by PCP, and both are closed again", async () => {
    await home.serve("tcp", 8080, "the other page", "0.0.0.0", "pc2");
    await home.serve("tcp", 8081, "the own page");
    const homeport = home.start("--expose", port, "--expose", "tcp/8081");
    const { endpoint } = await homeport.mapped("tcp", 8080);
    await homeport.mapped("tcp", 8081);
    const { body } = await home.lab.visit(`http://${endpoint.address}:${endpoint.port}/`);
    expect(body).toBe("the other page");
    expect(homeport.latest?.exposures).toMatchObject([
      { host: secondPcAddress, protocol: "upnp", error: null },
      { internalPort: 8081, protocol: "pcp", error: null },
    ]);
    // The no to PCP was never shown: there was another way.
    const failed = homeport.snapshots.flatMap(({ exposures }) =>
      exposures.filter(({ state }) => state === "failed"),
    );
    expect(failed).toEqual([]);
    // What stands is found again by the next run.
    await homeport.kill();
    const next = home.start("--expose", port);
    expect((await next.mapped("tcp", 8080)).protocol).toBe("upnp");
    next.signal("SIGTERM");
    expect(await next.ended).toMatchObject({ code: 0 });
    expect(await home.lab.dnat()).toEqual([]);
  });
});

describe.skipIf(noLab)(`a router that lets nobody act for another${whyNoLab}`, () => {
  for (const [protocol, code, words] of [
    ["pcp", "third-party-refused", /does not let this PC open ports for another device/],
    ["upnp", "third-party-refused", /does not let this PC open ports for another device/],
    ["nat-pmp", "unsupported", /NAT-PMP opens this PC alone/],
  ] as const) {
    describe(`over ${protocol}`, () => {
      const home = useLab({ protocols: [protocol], topology });

      test("says so plainly", async () => {
        const homeport = home.start("--once", "--expose", port);
        expect(await homeport.ended).toMatchObject({ code: 1 });
        expect(homeport.stderr).toMatch(words);
        expect(homeport.latest?.exposures).toMatchObject([{ state: "failed", error: { code } }]);
        expect(await home.lab.dnat()).toEqual([]);
      });
    });
  }
});
