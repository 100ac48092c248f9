/** A router behind a router: an exposure is opened on both. */
import { describe, expect, test } from "vitest";
import { doubleNat, privateWanAddress, upperAddress } from "./further-topologies.mjs";
import { Lab } from "./lab.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab).each(["pcp", "upnp"] as const)(
  `a double NAT whose outer router speaks %s${whyNoLab}`,
  (protocol) => {
    const routers = { upper: { protocols: [protocol] } };
    const home = useLab({ topology: doubleNat, routers }, { ping: "iputils-ping" });
    const inner = { transport: "tcp", toAddress: Lab.pcAddress, toPort: 8080 };

    test(
      "a visitor gets through both, until the port is closed on both",
      { timeout: 120_000 },
      async () => {
        await home.serve("tcp", 8080, "the page");
        const homeport = home.start("--expose", "tcp/8080");
        const snapshot = await homeport.now(
          "the port is open on the outer router",
          ({ exposures }) => exposures[0]?.upstream?.state === "mapped",
          30_000,
        );
        expect(snapshot.exposures).toMatchObject([
          {
            state: "mapped",
            finding: null,
            endpoint: { address: "52.3.4.5" },
            upstream: { gateway: upperAddress, protocol },
          },
        ]);
        const endpoint = snapshot.exposures[0]?.endpoint;
        const [first] = await home.lab.dnat();
        expect(first).toMatchObject(inner);
        const outer = {
          transport: "tcp",
          externalPort: endpoint?.port,
          toAddress: privateWanAddress,
          toPort: first?.externalPort,
        };
        expect(await home.lab.router("upper").dnat()).toEqual([outer]);
        const page = `http://52.3.4.5:${endpoint?.port}/`;
        expect((await home.lab.visit(page)).body).toBe("the page");

        homeport.signal("SIGTERM");
        await homeport.ended;
        expect(await home.lab.dnat()).toEqual([]);
        expect(await home.lab.router("upper").dnat()).toEqual([]);
      },
    );
  },
);
