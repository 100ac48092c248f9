/** A PC with a VPN, containers and two networks: which way to the internet is taken for the home's. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../shared/snapshot.ts";
import { secondAddress, secondRouterAddress, twoConnections } from "./further-topologies.mjs";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { type HomePc, inOwnLab, noLab, whyNoLab } from "./use-lab.ts";

const script = fileURLToPath(new URL("./tunnel.py", import.meta.url));

const rule = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress, toPort: 8080 };
const ip = (home: HomePc, words: string) => home.lab.exec("pc", "ip", words.split(" "));

/** A tunnel of the kernel's own kind, whose far end is nobody; the answer ends it and tells what went into it. */
async function openTunnel(home: HomePc, ...routes: string[]) {
  const running = home.lab.spawn("pc", "python3", [script, "tun0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(running, "exit");
  home.atEnd(() => {
    running.kill("SIGKILL");
    return ended;
  });
  let told = "";
  running.stdout?.setEncoding("utf8").on("data", (text: string) => (told += text));
  if (running.stdout) await once(running.stdout, "data");
  await ip(home, "address add 10.8.0.2/24 dev tun0");
  await ip(home, "link set tun0 up");
  for (const route of routes) await ip(home, `route add ${route} dev tun0`);
  return async () => {
    // So that silence means something.
    const send = `const socket = require("node:dgram").createSocket("udp4");
      socket.send("hello", 9, "52.99.99.99", () => socket.close());`;
    await home.lab.exec("pc", process.execPath, ["-e", send]);
    running.kill("SIGTERM");
    await ended;
    const last = told.trim().split("\n").at(-1) ?? "";
    return JSON.parse(last) as { datagrams: [string, number][] };
  };
}

async function startContainers(home: HomePc): Promise<void> {
  await ip(home, "link add docker0 type bridge");
  await ip(home, "address add 172.17.0.1/16 dev docker0");
  await ip(home, "link set docker0 up");
}

/** "Exclude private IPs", but for the pieces that are longer than eight bits. */
const withoutPrivate = (
  "0.0.0.0/5 8.0.0.0/7 11.0.0.0/8 12.0.0.0/6 16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/3 160.0.0.0/5 168.0.0.0/6 " +
  "173.0.0.0/8 174.0.0.0/7 176.0.0.0/4 192.0.0.0/9 193.0.0.0/8 194.0.0.0/7 196.0.0.0/6 200.0.0.0/5 208.0.0.0/4"
).split(" ");

describe.skipIf(noLab).concurrent(`a VPN, containers and two networks${whyNoLab}`, () => {
  const inLab = (run: (home: HomePc) => Promise<void>) =>
    inOwnLab({ topology: twoConnections }, run);

  test.each([
    ["in two halves, as OpenVPN does", ["0.0.0.0/1", "128.0.0.0/1"]],
    ["in pieces without the private networks, as WireGuard's apps do", withoutPrivate],
    ["by a better default route", ["default metric 50"]],
  ])("the tunnel takes the internet %s: the router below it is used", (_how, routes) =>
    inLab(async (home) => {
      await startContainers(home);
      const closeTunnel = await openTunnel(home, ...routes);
      await home.serve("tcp", 8080, "the page");
      const homeport = home.start("--expose", "tcp/8080");
      expect((await homeport.mapped("tcp", 8080)).endpoint).toEqual({
        address: "52.3.4.5",
        port: 8080,
      });
      expect(homeport.latest?.interfaces).toEqual([
        { name: "tun0", kind: "vpn", address: "10.8.0.2", gateway: null, inUse: false },
        {
          name: "eth0",
          kind: "ethernet",
          address: Lab.pcAddress,
          gateway: Lab.gatewayAddress,
          inUse: true,
        },
        {
          name: "eth1",
          kind: "ethernet",
          address: secondAddress,
          gateway: secondRouterAddress,
          inUse: false,
        },
      ]);
      expect(await home.lab.dnat()).toEqual([rule]);
      expect(await home.lab.router("gw2").dnat()).toEqual([]);
      expect((await home.lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");
      // A stranger at the far end would be asked to open ports.
      const { datagrams } = await closeTunnel();
      expect(datagrams).toContainEqual(["52.99.99.99", 9]);
      expect(datagrams.filter(([, port]) => [5350, 5351, 1900].includes(port))).toEqual([]);
    }),
  );

  test("another interface can be chosen, the choice lasts, and can be taken back", () =>
    inLab(async (home) => {
      await openTunnel(home, "0.0.0.0/1", "128.0.0.0/1");
      await home.serve("tcp", 8080, "the page");
      const second = { ...rule, toAddress: secondAddress };
      const endpointIs =
        (address: string) =>
        ({ exposures }: Snapshot): boolean =>
          exposures[0]?.endpoint?.address === address;

      const homeport = home.startWithCommands();
      await homeport.first("it is there", () => true);
      homeport.execute("expose", { transport: "tcp", internalPort: 8080, externalPort: null });
      await homeport.now("the first router serves", endpointIs("52.3.4.5"));
      homeport.execute("updateSettings", { interface: "eth1" });
      const chosen = await homeport.now("the second one serves", endpointIs("52.3.8.5"));
      expect(chosen.settings.interface).toBe("eth1");
      expect(chosen.interfaces?.filter(({ inUse }) => inUse)).toMatchObject([{ name: "eth1" }]);
      expect(await home.lab.router("gw2").dnat()).toEqual([second]);
      expect((await home.lab.visit("http://52.3.8.5:8080/")).body).toBe("the page");
      // What was opened on the one that is left does not stay open behind our back.
      const isClosed = async () => (await home.lab.dnat()).length === 0;
      await until("the first router's port is closed", isClosed);
      await homeport.kill();

      const again = home.startWithCommands();
      await again.now("the choice still holds", endpointIs("52.3.8.5"));
      expect(again.latest?.settings.interface).toBe("eth1");
      expect(await home.lab.dnat()).toEqual([]);
      again.execute("updateSettings", { interface: null });
      await again.now("the first router serves again", endpointIs("52.3.4.5"));
      expect((await home.lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");
    }));
});
