/** The whole chain of RFC 7393: a server listens, the router maps, the name leads there, and stays right. */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Name, Snapshot } from "../../shared/snapshot.ts";
import { type Bind, startBind } from "../dns/bind.ts";
import { formatBindKey, labKey } from "../dns/keys.ts";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";
import { providerAddress } from "./topology.mjs";

const zone = "home.example";
const fqdn = "play.home.example";
const srv = `_minecraft._tcp.${fqdn}`;
const key = labKey("homeport");

function minecraft(role: "server" | "client"): string {
  return fileURLToPath(new URL(`../servers/minecraft-${role}.mjs`, import.meta.url));
}

/**
 * The answers to UPDATE (RFC 2136 §2.2: opcode 5 in the third byte; over TCP two bytes of length and a header of 32
 * go before it) get lost: writing lasts until it is seen, and nobody knows what came of it.
 */
const losesAnswers = `table inet losing {
  chain output {
    type filter hook output priority 0;
    udp sport 53 @th,80,8 0xa8 drop
    tcp sport 53 tcp doff 8 @th,288,8 0xa8 drop
  }
}`;

const settings = {
  exposures: [{ transport: "tcp", internalPort: 25_565 }],
  accounts: [{ id: "own", provider: "dns-update", server: providerAddress, zone }],
  names: [{ fqdn, account: "own", services: { "tcp/25565": "_minecraft._tcp" } }],
};

describe.skipIf(noLab)(`names${whyNoLab}`, () => {
  const home = useLab(
    {},
    { named: "bind9", nsupdate: "bind9-dnsutils", dig: "bind9-dnsutils", natpmpc: "natpmpc" },
  );
  let bind: Bind;

  beforeEach(async () => {
    const at = { namespace: `${home.lab.id}-net`, address: providerAddress };
    bind = await startBind({ zone, keys: [key], at });
  });
  afterEach(() => bind.stop());

  /** Starts the engine with the name in its configuration and the key in its secrets. */
  function start(change: Partial<typeof settings> = {}) {
    mkdirSync(home.dataDirectory, { recursive: true });
    const config = join(home.dataDirectory, "config.json");
    writeFileSync(config, JSON.stringify({ ...settings, ...change }));
    const secrets = JSON.stringify({ own: formatBindKey(key) });
    writeFileSync(join(home.dataDirectory, "secrets.json"), secrets, { mode: 0o600 });
    return home.start("--config", config);
  }

  function nameIn({ names }: Snapshot): Name | undefined {
    return names.find((name) => name.fqdn === fqdn);
  }

  function isPublished(snapshot: Snapshot): boolean {
    return ["published", "visible"].includes(nameIn(snapshot)?.state ?? "");
  }

  /** What a visitor's client does with the name alone: SRV, then the address of its target. */
  async function visitByName(): Promise<string> {
    const [record = ""] = bind.dig(srv, "SRV");
    const [port, target] = record.split(" ").slice(-2);
    const address = bind.dig(String(target), "A")[0]?.split(" ").at(-1);
    return (await home.lab.visit(`http://${address}:${port}/`)).body;
  }

  test("a friend who knows the name alone gets in", async () => {
    await home.serve("tcp", 25_565, "the world");
    const homeport = start();
    await homeport.now("the name is published", isPublished);
    const address = await home.lab.wanAddress();
    expect(bind.dig(fqdn, "A")).toEqual([`${fqdn}. 60 IN A ${address}`]);
    expect(bind.dig(srv, "SRV")).toEqual([`${srv}. 60 IN SRV 0 0 25565 ${fqdn}.`]);
    expect(await visitByName()).toBe("the world");
    expect(bind.updates()).toBe(1);
  });

  test("a port that the router gives to somebody else: the new one is in the DNS, alone", async () => {
    await home.serve("tcp", 25_565, "the world");
    // The epoch of a router that has just started would look no different after a reboot.
    await until("the router is up for a while", async () => {
      const { stdout } = await home.lab.exec("pc", "natpmpc", ["-g", Lab.gatewayAddress]);
      return Number(/epoch = (\d+)/.exec(stdout)?.[1]) >= 5;
    });
    const homeport = start();
    await homeport.now("the name is published", isPublished);
    const before = bind.touched().length;
    expect(before).toBeGreaterThan(0);
    // Frozen, so that another program is faster when the router has forgotten everything.
    homeport.signal("SIGSTOP");
    await home.lab.restartGateway({ forget: true });
    const taken = ["-a", "25565", "7000", "tcp", "3600"];
    await home.lab.exec("pc", "natpmpc", ["-g", Lab.gatewayAddress, ...taken]);
    homeport.signal("SIGCONT");
    const from = Date.now();
    const seen = await homeport.first(
      "the router gives another port",
      ({ exposures: [exposure] }) =>
        exposure?.state === "mapped" && exposure.endpoint?.port !== 25_565,
    );
    const port = seen.snapshot.exposures[0]?.endpoint?.port;
    await until("the DNS has the new port", () =>
      bind.dig(srv, "SRV").join().includes(` 0 0 ${port} `),
    );
    console.log(
      `forced port change: seen after ${seen.at - from} ms, in the DNS after ${Date.now() - from} ms`,
    );
    expect(await visitByName()).toBe("the world");
    expect(new Set(bind.touched().slice(before))).toEqual(new Set([`SRV ${srv}`]));
  });

  test("the name follows a new address and a new port", async () => {
    await home.serve("tcp", 25_565, "the world");
    const homeport = start();
    await homeport.now("the name is published", isPublished);
    const before = bind.touched().length;
    const address = await home.lab.changeWanAddress();
    const from = Date.now();
    const seen = await homeport.first(
      "the new address is seen",
      ({ exposures }) => exposures[0]?.endpoint?.address === address,
    );
    await until("the DNS has the new address", () => bind.dig(fqdn, "A").join().endsWith(address));
    console.log(
      `WAN address change: seen after ${seen.at - from} ms, in the DNS after ${Date.now() - from} ms`,
    );
    expect(await visitByName()).toBe("the world");
    expect(new Set(bind.touched().slice(before))).toEqual(new Set([`A ${fqdn}`]));
    homeport.signal("SIGTERM");
    await homeport.ended;

    const moved = [{ transport: "tcp", internalPort: 25_565, externalPort: 31_000 }];
    const later = start({ exposures: moved as unknown as typeof settings.exposures });
    await until("the DNS has the new port", () => bind.dig(srv, "SRV").join().includes(" 31000 "));
    await later.now("the name is published", isPublished);
    expect(await visitByName()).toBe("the world");
  });

  test("a Minecraft client joins by the name alone, though the port is another", async () => {
    const server = home.lab.spawn("pc", process.execPath, [minecraft("server"), "25565"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(server, "exit");
    home.atEnd(async () => {
      server.kill("SIGKILL");
      await ended;
    });
    let said = "";
    server.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await until("the Minecraft server listens", () => said.includes("ready"));
    const moved = [{ transport: "tcp", internalPort: 25_565, externalPort: 31_000 }];
    const homeport = start({ exposures: moved as unknown as typeof settings.exposures });
    await homeport.now("the name is published", isPublished);

    home.lab.useResolver("net", providerAddress);
    const { stdout } = await home.lab.exec("net", process.execPath, [minecraft("client"), fqdn]);
    const address = await home.lab.wanAddress();
    expect(JSON.parse(stdout)).toEqual({ joined: true, address, port: 31_000 });
  });

  test("a run that was killed while it wrote is finished by the next", async () => {
    await home.serve("tcp", 25_565, "the world");
    await home.lab.exec("net", "nft", [losesAnswers]);
    const homeport = start();
    await homeport.now("it writes", (snapshot) => nameIn(snapshot)?.state === "writing");
    await until("the server has written", () => bind.updates() === 1);
    await homeport.kill();
    await home.lab.exec("net", "nft", ["delete table inet losing"]);
    const later = start();
    await later.now("the name is published", isPublished);
    expect(bind.dig(srv, "SRV")).toEqual([`${srv}. 60 IN SRV 0 0 25565 ${fqdn}.`]);
    expect(await visitByName()).toBe("the world");
  });

  test("records of somebody else under the name stay as they are", async () => {
    bind.nsupdate(key, [`update add ${fqdn} 300 A 203.0.113.9`]);
    await home.serve("tcp", 25_565, "the world");
    const homeport = start();
    const snapshot = await homeport.now(
      "the name is blocked",
      (latest) => nameIn(latest)?.state === "blocked",
    );
    expect(nameIn(snapshot)?.error).toMatchObject({ code: expect.stringContaining("foreign") });
    expect(bind.dig(fqdn, "A")).toEqual([`${fqdn}. 300 IN A 203.0.113.9`]);
    expect(bind.dig(srv, "SRV")).toEqual([]);
  });

  test("the key is in no line of output, and in no file but its own", async () => {
    const homeport = start();
    await homeport.now("the name is published", isPublished);
    homeport.signal("SIGTERM");
    await homeport.ended;
    const said = JSON.stringify(homeport.snapshots) + homeport.stderr;
    expect(said).toContain(fqdn);
    expect(said).not.toContain(key.secret);
  });
});
