/** A home with IPv6: the router's firewall lets in what is exposed, by PCP (RFC 6887 §11) or a UPnP pinhole. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecognisedServer, Snapshot } from "../../shared/snapshot.ts";
import type { Lab } from "./lab.mjs";
import { homeNetwork, pcAddress6 } from "./topology.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const page = `http://[${pcAddress6}]:8080/`;

/** What miniupnpd notes beside the rule of its pinhole: its number, and its end in seconds on the router's clock. */
async function noteOf(lab: Lab): Promise<{ number: number; end: number }> {
  const words = ["--debug=netlink", "list", "chain", "inet", "filter", "miniupnpd"];
  const { stdout } = await lab.exec("gw", "nft", words);
  const [, number, end] = /pinhole-(\d+) ts-(\d+)/.exec(stdout) ?? [];
  return { number: Number(number), end: Number(end) };
}

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

describe.skipIf(noLab)(`a pinhole of UPnP${whyNoLab}`, () => {
  const home = useLab({ topology: homeNetwork({ ipv6: true }), protocols: ["upnp"] });

  test("asked for again is the same one, and lasts longer (UpdatePinhole)", async () => {
    await home.serve("tcp", 8080, "the page", "::");
    const homeport = home.start("--expose", "tcp/8080");
    const isOpen = ({ exposures }: Snapshot) => exposures[0]?.ipv6?.state === "mapped";
    await homeport.now("it is open", isOpen);
    const before = await noteOf(home.lab);
    // After a sleep everything that stands is asked for again.
    homeport.signal("SIGSTOP");
    await delay(20_000);
    homeport.signal("SIGCONT");
    const after = await until("it lasts longer", async () => {
      const note = await noteOf(home.lab);
      return note.end > before.end && note;
    });
    expect(after).toMatchObject({ number: before.number });
    expect(await home.lab.router().pinholes()).toHaveLength(1);
    expect((await home.lab.visit(page)).body).toBe("the page");
  });
});

describe.skipIf(noLab)(`servers of IPv6 alone${whyNoLab}`, () => {
  const home = useLab({ topology: homeNetwork({ ipv6: true }) }, { python3: "python3" });
  /** Unique to this home (RFC 4193), and routed nowhere. */
  const localAddress = "fd77:52:34::10";
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "homeport-ipv6-"));
    writeFileSync(join(folder, "index.html"), "<title>Six</title>");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function servePython(port: number, address: string): void {
    // It looks up its own name before it listens, and the lab's internet has nobody to ask.
    home.lab.useResolver("pc", "127.0.0.1");
    home.run("python3", ["-m", "http.server", String(port), "--bind", address], { cwd: folder });
  }

  const answered = ({ details }: RecognisedServer): boolean => details !== undefined;

  test("at the PC's global address: asked there, opened over IPv6 alone, and reached by a visitor", async () => {
    servePython(8080, pcAddress6);
    const homeport = home.start("--expose", "tcp/8080");
    expect(await homeport.found("tcp/8080", answered)).toMatchObject({
      service: { id: "file-listing", confidence: "high" },
      addresses: [pcAddress6],
      scope: "network",
      bind: { kind: "interface", interfaces: ["eth0"] },
      details: { name: "Six" },
      warnings: ["shows-files"],
    });
    const { exposures } = await homeport.now(
      "it is open over IPv6 alone",
      ({ exposures: [one] }) => one?.state === "mapped" && one.error?.code === "ipv6-alone",
      15_000,
    );
    expect(exposures).toMatchObject([{ endpoint: { address: pcAddress6, port: 8080 } }]);
    expect((await home.lab.visit(page)).body).toContain("<title>Six</title>");
    await until("nothing leads to IPv4", async () => (await home.lab.dnat()).length === 0);
  });

  test("at an address of the home network alone: asked there, and no port is opened", async () => {
    await home.lab.exec("pc", "ip", ["addr", "add", `${localAddress}/64`, "dev", "eth0", "nodad"]);
    servePython(8080, localAddress);
    const homeport = home.start("--expose", "tcp/8080");
    expect(await homeport.found("tcp/8080", answered)).toMatchObject({
      service: { id: "file-listing", confidence: "high" },
      addresses: [localAddress],
      scope: "network",
      details: { name: "Six" },
    });
    const { exposures } = await homeport.now(
      "it is said",
      ({ exposures: [one] }) => one?.error?.code === "ipv6-alone",
    );
    expect(exposures).toMatchObject([{ state: "failed", endpoint: null }]);
    expect(exposures[0]).not.toHaveProperty("ipv6");
    await until("nothing leads to IPv4", async () => (await home.lab.dnat()).length === 0);
  });
});
