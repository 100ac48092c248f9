/** Several servers that control several ways out: a mapping is made with each (RFC 7488 §4). */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../shared/snapshot.ts";
import { leaseServers } from "./dhcp.ts";
import {
  secondAddress,
  secondGatewayAddress,
  secondRouterAddress,
  twoConnections,
  twoGateways,
} from "./further-topologies.mjs";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { inOwnLab, noLab, whyNoLab } from "./use-lab.ts";

const rule = { transport: "tcp", externalPort: 8080, toPort: 8080 };
const first = { ...rule, toAddress: Lab.pcAddress };

/** Where the first is silent for a moment, the endpoint of the further one is told meanwhile. */
function isOpenOnBoth({ exposures: [exposure] }: Snapshot): boolean {
  const [other] = exposure?.further ?? [];
  const differs = exposure?.endpoint?.address !== other?.endpoint?.address;
  return exposure?.state === "mapped" && other?.state === "mapped" && differs;
}

describe.skipIf(noLab).concurrent(`several servers${whyNoLab}`, () => {
  test("named by hand are both mapped with, and visitors get in by both connections", () =>
    inOwnLab({ topology: twoConnections }, async (home) => {
      const { lab } = home;
      const second = { ...rule, toAddress: secondAddress };
      const rules = async () => [await lab.dnat(), await lab.router("gw2").dnat()];
      const words = ["--expose", "tcp/8080", "--gateway", Lab.gatewayAddress];
      const start = () => home.start(...words, "--gateway", secondRouterAddress);
      await home.serve("tcp", 8080, "the page");
      const crashed = start();
      const { exposures, gateways } = await crashed.now("both are open", isOpenOnBoth);
      expect(exposures).toMatchObject([
        {
          endpoint: { address: "52.3.4.5", port: 8080 },
          further: [
            { gateway: secondRouterAddress, endpoint: { address: "52.3.8.5", port: 8080 } },
          ],
        },
      ]);
      expect(gateways).toContainEqual(
        expect.objectContaining({ address: secondRouterAddress, way: "further" }),
      );
      expect(await rules()).toEqual([[first], [second]]);
      for (const address of ["52.3.4.5", "52.3.8.5"]) {
        expect((await lab.visit(`http://${address}:8080/`)).body).toBe("the page");
      }

      // The next run goes on with what stands on both.
      await crashed.kill();
      const homeport = start();
      await homeport.now("both are open again", isOpenOnBoth);
      expect(await rules()).toEqual([[first], [second]]);

      // A further one that restarts and forgets is noticed by itself, once it has run for longer than its clock may err.
      await delay(3000);
      await lab.restartGateway({ place: "gw2" });
      await until("it is open there again", async () => (await rules())[1]?.length === 1);
      expect(await rules()).toEqual([[first], [second]]);

      homeport.signal("SIGTERM");
      await homeport.ended;
      expect(await rules()).toEqual([[], []]);
    }));

  test("named by DHCP are both mapped with, each by the address that answers", () =>
    inOwnLab({ topology: twoGateways }, async (home) => {
      // Two lists (RFC 7291 §4.1): of the router that the PC does not prefer, and of the other, whose first address is
      // nobody's.
      const option4 = "04:c0:a8:4d:02:08:c0:a8:4d:63:c0:a8:4d:01";
      const behind = await leaseServers(home, { place: "gw", option4 });
      const homeport = home.startBehind(behind, "--expose", "tcp/8080");
      const { exposures } = await homeport.now("both are open", isOpenOnBoth);
      expect(exposures).toMatchObject([
        {
          endpoint: { address: "52.3.8.5", port: 8080 },
          further: [
            {
              gateway: Lab.gatewayAddress,
              protocol: "pcp",
              endpoint: { address: "52.3.4.5", port: 8080 },
            },
          ],
        },
      ]);
      expect(homeport.latest?.gateways[0]?.address).toBe(secondGatewayAddress);
      expect(await home.lab.dnat()).toEqual([first]);
      expect(await home.lab.router("gw2").dnat()).toEqual([first]);
      homeport.signal("SIGTERM");
      await homeport.ended;
      expect(await home.lab.dnat()).toEqual([]);
      expect(await home.lab.router("gw2").dnat()).toEqual([]);
    }));
});
