/** A home with IPv6: the router's firewall lets in what is exposed, by PCP (RFC 6887 §11) or a UPnP pinhole. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Lab } from "./lab.mjs";
import { homeNetwork, pcAddress6 } from "./topology.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const page = `http://[${pcAddress6}]:8080/`;

/** As the PC's kernel has it. */
async function linkOf(lab: Lab, address: string): Promise<string | undefined> {
  const { stdout } = await lab.exec("pc", "ip", ["-6", "neigh", "show", "to", address]);
  return /lladdr (\S+)/.exec(stdout)?.[1];
}

describe.skipIf(noLab).each(["pcp", "upnp"] as const)(`IPv6 by %s${whyNoLab}`, (protocol) => {
  const home = useLab({ topology: homeNetwork({ ipv6: true }), protocols: [protocol] });

  test("a server is reached at the PC's stable address, until the port is closed", async () => {
    await home.serve("tcp", 8080, "the page", "::");
    await expect(home.lab.visit(page)).rejects.toThrow(page);
    const homeport = home.start("--expose", "tcp/8080");
    const snapshot = await homeport.now(
      "the port is open over both",
      ({ exposures: [exposure] }) =>
        exposure?.state === "mapped" &&
        exposure.ipv6?.state === "mapped" &&
        exposure.endpoint?.address === "52.3.4.5",
    );
    expect(snapshot.exposures).toMatchObject([
      {
        state: "mapped",
        endpoint: { address: "52.3.4.5", port: 8080 },
        ipv6: { gateway: "fe80::1%eth0", protocol, endpoint: { address: pcAddress6, port: 8080 } },
      },
    ]);
    expect((await home.lab.visit(page)).body).toBe("the page");
    expect((await home.lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");
    homeport.signal("SIGTERM");
    expect(await homeport.ended).toEqual({ code: 0, signal: null });
    // What the next start knows of it: fe80::1 is many a router, its link-layer address is its own.
    const remembered = readFileSync(join(home.dataDirectory, "gateways.json"), "utf8");
    const { gateways } = JSON.parse(remembered) as { gateways: readonly { address: string }[] };
    expect(gateways.find(({ address }) => address === "fe80::1")).toMatchObject({
      link: await linkOf(home.lab, "fe80::1"),
      protocols: { [protocol]: "grants" },
    });
    await expect(home.lab.visit(page)).rejects.toThrow(page);
  });

  test("a server that listens on IPv4 alone is not opened over IPv6", async () => {
    await home.serve("tcp", 8080, "the page");
    const homeport = home.start("--expose", "tcp/8080");
    await homeport.mapped("tcp", 8080);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(homeport.latest?.exposures[0]).not.toHaveProperty("ipv6");
  });
});
