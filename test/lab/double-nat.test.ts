/** A router behind a router: an exposure is opened on both. */
import { describe, expect, test } from "vitest";
import { startCapture, tshark } from "./capture.ts";
import { doubleNat, privateWanAddress, upperAddress } from "./further-topologies.mjs";
import { Lab } from "./lab.mjs";
import { PcpAsker } from "./pcp-asker.ts";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab).each(["pcp", "upnp"] as const)(
  `a double NAT whose outer router speaks %s${whyNoLab}`,
  (protocol) => {
    const routers = { upper: { protocols: [protocol] } };
    const home = useLab({ topology: doubleNat, routers }, { ...tshark, ping: "iputils-ping" });
    const inner = { transport: "tcp", toAddress: Lab.pcAddress, toPort: 8080 };

    test("a visitor gets through both, until the port is closed on both", async () => {
      await home.serve("tcp", 8080, "the page");
      const homeport = home.start("--expose", "tcp/8080");
      const snapshot = await homeport.now(
        "the port is open on the outer router",
        ({ exposures }) => exposures[0]?.upstream?.state === "mapped",
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
    });

    if (protocol !== "pcp") return;
    test("the outer router is asked under the address it sees, and refuses any other (RFC 6887 §8.1, §8.2)", async () => {
      const fields = ["ip.dst", "portcontrol.opcode", "portcontrol.client_ip"];
      const capture = await startCapture(home.lab, "udp dst port 5351", fields);
      home.atEnd(() => capture.stop());
      const homeport = home.start("--expose", "tcp/8080");
      await homeport.now(
        "the port is open on the outer router",
        ({ exposures }) => exposures[0]?.upstream?.state === "mapped",
      );
      homeport.signal("SIGTERM");
      await homeport.ended;
      const asked = await until("a MAP to it is captured", () => {
        const maps = capture.packets.filter((packet) => packet["portcontrol.opcode"] === "1");
        const outer = maps.filter((packet) => packet["ip.dst"] === upperAddress);
        return outer.length > 0 && outer;
      });
      const clients = asked.map((packet) => packet["portcontrol.client_ip"]);
      expect(new Set(clients)).toEqual(new Set([`::ffff:${privateWanAddress}`]));

      const asker = new PcpAsker(home.lab);
      home.atEnd(() => asker.stop());
      const request = {
        transport: "tcp",
        internalPort: 8080,
        nonce: "00112233445566778899aabb",
        suggestedPort: 18_080,
        suggestedAddress: null,
        lifetime: 600,
      } as const;
      const ask = (gateway: { address: string; clientAddress?: string }) =>
        asker.ask(gateway, { kind: "map", request });
      // As our own address, which the inner router translates.
      expect(await ask({ address: upperAddress })).toMatchObject({
        kind: "refused",
        problem: { code: "address-mismatch" },
      });
      expect(await home.lab.router("upper").dnat()).toEqual([]);
      expect(await ask({ address: upperAddress, clientAddress: privateWanAddress })).toMatchObject({
        kind: "granted",
        externalAddress: "52.3.4.5",
        externalPort: 18_080,
      });
      expect(await home.lab.router("upper").dnat()).toEqual([
        { transport: "tcp", externalPort: 18_080, toAddress: privateWanAddress, toPort: 8080 },
      ]);
    });
  },
);
