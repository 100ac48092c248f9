/** A cold start whose first packets are lost: still open, and not much later. */
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import { inOwnLab, noLab, whyNoLab } from "./use-lab.ts";

/**
 * What the router loses of each protocol: the first request that asks whether it is spoken, the first that asks for a
 * mapping, and both searches of UPnP that go out before it goes wide. The second byte behind the UDP header is the opcode.
 */
const losses = {
  pcp: ["udp dport 5351 @th,64,16 0x0200", "udp dport 5351 @th,64,16 0x0201"],
  "nat-pmp": ["udp dport 5351 @th,64,16 0x0000", "udp dport 5351 @th,64,16 0x0002"],
  upnp: Array.from({ length: 2 }, () => "udp dport 1900"),
};

/** Each rule drops the first packet that it sees, and passes on the others. */
function losing(rules: readonly string[]): string {
  const lines = rules.map((rule) => `${rule} numgen inc mod 1000000 0 counter drop`);
  return `table inet losing {
    chain input {
      type filter hook input priority -10;
      ${lines.join("\n      ")}
    }
  }`;
}

describe.skipIf(noLab).concurrent(`the first packets are lost${whyNoLab}`, () => {
  test.each(["pcp", "nat-pmp", "upnp"] as const)(
    "of %s alone: the port is open all the same",
    (protocol) =>
      inOwnLab({ protocols: [protocol] }, async (home) => {
        const { lab } = home;
        await home.serve("tcp", 8080, "the page");
        await lab.exec("gw", "nft", [losing(losses[protocol])]);
        const homeport = home.start("--expose", "tcp/8080");
        expect(await homeport.mapped("tcp", 8080)).toMatchObject({ protocol });
        const [first] = homeport.arrivals;
        console.log(
          `${protocol}: mapped ${Date.now() - (first?.at ?? 0)} ms after the start, with its first packets lost`,
        );
        const { stdout } = await lab.exec("gw", "nft", ["list", "table", "inet", "losing"]);
        expect(stdout.match(/counter packets 1 /g)).toHaveLength(losses[protocol].length);
        const rule = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress };
        expect(await lab.dnat()).toEqual([{ ...rule, toPort: 8080 }]);
        expect((await lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");
      }),
  );

  test("of all protocols: PCP is used, as if nothing had been lost", () =>
    inOwnLab({}, async (home) => {
      await home.lab.exec("gw", "nft", [losing(Object.values(losses).flat())]);
      const homeport = home.start("--expose", "tcp/8080");
      expect(await homeport.mapped("tcp", 8080)).toMatchObject({ protocol: "pcp" });
      const [first] = homeport.arrivals;
      console.log(`all protocols: mapped ${Date.now() - (first?.at ?? 0)} ms after the start`);
    }));
});
