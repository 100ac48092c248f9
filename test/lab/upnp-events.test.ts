/** Events of the real miniupnpd (UPnP Device Architecture 1.1 §4): a new address is told, not polled for. */
import { describe, expect, test } from "vitest";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab)(`UPnP events${whyNoLab}`, () => {
  const home = useLab({ protocols: ["upnp"] });

  test("the router's new address is the endpoint long before the next poll", async () => {
    await home.serve("tcp", 8080, "the page");
    const homeport = home.start("--verbose", "--expose", "tcp/8080=18080");
    await homeport.mapped("tcp", 8080);
    await until("events are subscribed", () => homeport.stderr.includes("events subscribed"));

    const changed = performance.now();
    const address = await home.lab.changeWanAddress();
    const after = await homeport.now(
      "the endpoint has the new address",
      ({ exposures }) => exposures[0]?.endpoint?.address === address,
    );
    console.log(`new endpoint ${Math.round(performance.now() - changed)} ms after the change`);
    expect(after.changes?.[0]).toMatchObject({
      what: "external-address",
      after: address,
      signal: "upnp-event",
    });
    expect((await home.lab.visit(`http://${address}:18080/`)).body).toBe("the page");
  });
});
