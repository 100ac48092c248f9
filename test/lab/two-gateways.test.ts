/** Two providers, each with a router on the same LAN. */
import { describe, expect, test } from "vitest";
import { secondGatewayAddress, twoGateways } from "./further-topologies.mjs";
import { Lab } from "./lab.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab)(`two gateways${whyNoLab}`, () => {
  const home = useLab({ topology: twoGateways });
  const rule = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress, toPort: 8080 };

  test("the default route's is used, and the other once that is gone", async () => {
    await home.serve("tcp", 8080, "the page");
    const homeport = home.start("--expose", "tcp/8080");
    expect((await homeport.mapped("tcp", 8080)).endpoint.address).toBe("52.3.4.5");
    expect(await home.lab.dnat()).toEqual([rule]);
    expect(await home.lab.router("gw2").dnat()).toEqual([]);
    expect((await home.lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");

    const gone = performance.now();
    await home.lab.exec("gw", "ip", ["link", "set", "lan", "down"]);
    await home.lab.exec("pc", "ip", ["route", "delete", "default", "via", Lab.gatewayAddress]);
    await homeport.now(
      "the endpoint is the second router's",
      ({ exposures }) => exposures[0]?.endpoint?.address === "52.3.8.5",
    );
    console.log(`mapped on the other router ${Math.round(performance.now() - gone)} ms later`);
    expect(homeport.latest?.gateways).toContainEqual(
      expect.objectContaining({ address: secondGatewayAddress, state: "answering" }),
    );
    expect(await home.lab.router("gw2").dnat()).toEqual([rule]);
    expect((await home.lab.visit("http://52.3.8.5:8080/")).body).toBe("the page");
  });
});
