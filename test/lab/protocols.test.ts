/** Routers that do not speak PCP. */
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab).each(["nat-pmp", "upnp"] as const)(
  `a router with %s alone${whyNoLab}`,
  (protocol) => {
    const home = useLab({ protocols: [protocol] });
    const rule = { transport: "tcp", externalPort: 18080, toAddress: Lab.pcAddress, toPort: 8080 };

    test("opens ports that a visitor gets through, and closes them", async () => {
      await home.serve("tcp", 8080, "the page");
      await home.serve("udp", 9000, "echo of");
      const homeport = home.start("--expose", "tcp/8080=18080", "--expose", "udp/9000");
      const page = await homeport.mapped("tcp", 8080);
      const echo = await homeport.mapped("udp", 9000);
      expect(page).toMatchObject({ protocol, endpoint: { address: "52.3.4.5", port: 18080 } });
      expect(homeport.latest?.gateways).toMatchObject([
        { address: Lab.gatewayAddress, protocols: [protocol], externalAddress: "52.3.4.5" },
      ]);
      const { address, port } = echo.endpoint;
      const udp = { transport: "udp", externalPort: port, toAddress: Lab.pcAddress, toPort: 9000 };
      const rules = await home.lab.dnat();
      expect(rules).toHaveLength(2);
      expect(rules).toEqual(expect.arrayContaining([rule, udp]));
      expect((await home.lab.visit("http://52.3.4.5:18080/")).body).toBe("the page");
      expect(await home.lab.udpEcho(address, port, "hello")).toBe("echo of hello");

      homeport.signal("SIGTERM");
      expect(await homeport.ended).toEqual({ code: 0, signal: null });
      expect(await home.lab.dnat()).toEqual([]);
    });

    test("keeps one mapping over a crash, which the next run adopts", async () => {
      const first = home.start("--expose", "tcp/8080=18080");
      const before = await first.mapped("tcp", 8080);
      await first.kill();
      expect(await home.lab.dnat()).toEqual([rule]);

      const second = home.start("--expose", "tcp/8080");
      expect((await second.mapped("tcp", 8080)).endpoint).toEqual(before.endpoint);
      expect(await home.lab.dnat()).toEqual([rule]);
      second.signal("SIGTERM");
      await second.ended;
      expect(await home.lab.dnat()).toEqual([]);
    });
  },
);
