/** Letting in a few visitors alone, where the router is a real miniupnpd. */
import { describe, expect, test } from "vitest";
import { homeNetwork, pcAddress6, providerAddress, providerAddress6 } from "./topology.mjs";
import { type HomePc, noLab, useLab, whyNoLab } from "./use-lab.ts";

const page = "http://52.3.4.5:8080/";
const limited = ["--expose", "tcp/8080", "--allow", providerAddress];

async function refused(home: HomePc): Promise<string | undefined> {
  const homeport = home.start(...limited);
  const { exposures } = await homeport.now(
    "it stays closed",
    (snapshot) => snapshot.exposures[0]?.state === "failed",
  );
  return exposures[0]?.error?.message;
}

describe.skipIf(noLab).each([
  ["pcp", "PCP: it does not look at the list"],
  ["nat-pmp", "NAT-PMP lets in everybody"],
  ["upnp", "UPnP: it does not keep the address"],
] as const)(`miniupnpd 2.3.1 by %s cannot keep strangers out${whyNoLab}`, (protocol, why) => {
  const home = useLab({ protocols: [protocol] });

  test("which is found out before anything is open", async () => {
    await home.serve("tcp", 8080, "the page");
    expect(await refused(home)).toContain(why);
    expect(await home.lab.dnat()).toEqual([]);
    await expect(home.lab.visit(page)).rejects.toThrow(page);
  });

  test("and what an earlier run left open to everybody is closed", async () => {
    await home.serve("tcp", 8080, "the page");
    const open = home.start("--expose", "tcp/8080", "--once");
    expect((await open.ended).code).toBe(0);
    expect((await home.lab.visit(page)).body).toBe("the page");
    expect(await refused(home)).toContain("cannot limit who may connect");
    await expect.poll(() => home.lab.dnat()).toEqual([]);
    await expect(home.lab.visit(page)).rejects.toThrow(page);
  });
});

describe.skipIf(noLab)(`a pinhole of miniupnpd 2.3.1 for one visitor${whyNoLab}`, () => {
  const home = useLab({ topology: homeNetwork({ ipv6: true }), protocols: ["upnp"] });
  const page6 = `http://[${pcAddress6}]:8080/`;
  const stranger = "2a01:52:34:1::66";

  test("lets that one in, and another address of the internet not", async () => {
    await home.serve("tcp", 8080, "the page", "::");
    const homeport = home.start("--expose", "tcp/8080", "--allow", providerAddress6);
    const { exposures } = await homeport.now(
      "the port is open over IPv6",
      (snapshot) => snapshot.exposures[0]?.state === "mapped",
    );
    expect(exposures).toMatchObject([
      { sources: [providerAddress6], error: { code: "no-ipv4-visitors" } },
    ]);
    expect(await home.lab.dnat()).toEqual([]);
    expect((await home.lab.visit(page6)).body).toBe("the page");
    // The same host, which now comes from another address.
    const moved = `address replace ${providerAddress6}/64 dev eth0 preferred_lft 0`;
    await home.lab.exec("net", "ip", ["address", "add", `${stranger}/64`, "dev", "eth0", "nodad"]);
    await home.lab.exec("net", "ip", moved.split(" "));
    await expect(home.lab.visit(page6)).rejects.toThrow(page6);
    homeport.signal("SIGTERM");
    await homeport.ended;
    // It is not the way that keeps that address out.
    const open = home.start("--expose", "tcp/8080");
    await open.now("it is open", ({ exposures: [one] }) => one?.ipv6?.state === "mapped");
    expect((await home.lab.visit(page6)).body).toBe("the page");
  });
});
