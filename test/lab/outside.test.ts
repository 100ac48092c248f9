/** The address that the internet sees, told by real STUN servers there. */
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type Capture, startCapture, tshark } from "./capture.ts";
import {
  secondGatewayAddress,
  squattedAddress,
  squattedNat,
  squattersRules,
  twoGateways,
} from "./further-topologies.mjs";
import { providerAddress } from "./topology.mjs";
import { until } from "./until.mjs";
import { type HomePc, noLab, useLab, whyNoLab } from "./use-lab.ts";

const packages = { turnserver: "coturn", stund: "stun-server" };
/** Milliseconds: no server is asked twice in 30 s. */
const NEXT_LOOK = 35_000;

/** Starts the server in the internet; resolves when it listens. */
async function serveStun(home: HomePc, server: "coturn" | "stund"): Promise<void> {
  const { lab } = home;
  // RFC 3489 wants two addresses of a server.
  const second = "52.3.4.2";
  if (server === "stund")
    await lab.exec("net", "ip", ["address", "add", `${second}/24`, "dev", "eth0"]);
  const words = {
    coturn: [
      ...["turnserver", "-n", "--stun-only", "--no-tls", "--no-dtls", "--no-cli", "--simple-log"],
      ...["--listening-ip", providerAddress, "--log-file", "stdout"],
      ...["--pidfile", `${home.dataDirectory}/turnserver.pid`],
      ...["--userdb", `${home.dataDirectory}/turndb`],
    ],
    stund: ["stund", "-h", providerAddress, "-a", second],
  }[server];
  const [command = "", ...rest] = words;
  const child = lab.spawn("net", command, rest, { stdio: "ignore" });
  const ended = once(child, "exit");
  home.atEnd(async () => {
    child.kill("SIGKILL");
    await ended;
    if (server === "stund")
      await lab.exec("net", "ip", ["address", "del", `${second}/24`, "dev", "eth0"]);
  });
  await until(`${server} listens`, async () => {
    if (child.exitCode !== null) throw new Error(`${server} ended with ${child.exitCode}`);
    const { stdout } = await lab.exec("net", "ss", ["-Hlun", "sport", "=", ":3478"]);
    return stdout.includes(providerAddress);
  });
}

/** Another address beside the PC's own: it looks at its network anew. */
function stirNetwork({ lab }: HomePc): Promise<unknown> {
  return lab.exec("pc", "ip", ["address", "add", "192.168.77.77/24", "dev", "eth0"]);
}

describe.skipIf(noLab)(`seen from the internet${whyNoLab}`, () => {
  const home = useLab({}, { ...packages, ...tshark });
  const capture = async (): Promise<Capture> => {
    const fields = ["ip.src", "ip.dst", "udp.length", "stun.type", "_ws.malformed"];
    const made = await startCapture(home.lab, `host ${providerAddress} or udp port 3478`, fields);
    home.atEnd(() => made.stop());
    return made;
  };

  test("the router's own address: the same, also after the provider gave another one", async () => {
    await serveStun(home, "coturn");
    const { packets } = await capture();
    const homeport = home.start("--expose", "tcp/8080", "--observer", providerAddress);
    const first = await homeport.now("it is seen", ({ outside }) => outside?.address != null);
    const before = await home.lab.wanAddress();
    expect(first.outside).toMatchObject({ address: before, finding: null, error: null });
    await homeport.mapped("tcp", 8080);
    // One datagram there, of 8 and 20 bytes, and one back.
    await until("the answer is captured", () => packets.length >= 2);
    expect(packets).toEqual([
      {
        "ip.src": "192.168.77.10",
        "ip.dst": providerAddress,
        "udp.length": "28",
        "stun.type": "0x0001",
        "_ws.malformed": "",
      },
      expect.objectContaining({ "ip.src": providerAddress, "stun.type": "0x0101" }),
    ]);
    const after = await home.lab.changeWanAddress();
    await homeport.now("it is seen", ({ outside }) => outside?.address === after, NEXT_LOOK);
    expect(homeport.latest).toMatchObject({
      gateways: [{ externalAddress: after }],
      outside: { finding: null, error: null },
    });
    const findings = homeport.snapshots.flatMap(({ outside, exposures }) => [
      outside?.finding ?? null,
      ...exposures.map(({ finding }) => finding),
    ]);
    expect(new Set(findings)).toEqual(new Set([null]));
  });

  test("a server of RFC 3489, which knows no hidden address, does as well", async () => {
    await serveStun(home, "stund");
    const homeport = home.start("--observer", `${providerAddress}:3478`);
    const { outside } = await homeport.now("it is seen", (now) => now.outside?.address != null);
    expect(outside).toMatchObject({ address: await home.lab.wanAddress(), error: null });
  });

  test("nobody is asked where nobody was chosen: not one datagram", async () => {
    await serveStun(home, "coturn");
    const { packets } = await capture();
    const homeport = home.start("--expose", "tcp/8080");
    const { endpoint } = await homeport.mapped("tcp", 8080);
    const after = await home.lab.changeWanAddress();
    expect(after).not.toBe(endpoint.address);
    await homeport.now("the new address", ({ gateways }) => gateways[0]?.externalAddress === after);
    await stirNetwork(home);
    await homeport.now("the network is looked at", ({ revision }) => revision > 0);
    homeport.signal("SIGTERM");
    await homeport.ended;
    expect(homeport.latest).not.toHaveProperty("outside");
    expect(packets).toEqual([]);
  });
});

describe.skipIf(noLab)(`a provider that squats on public addresses${whyNoLab}`, () => {
  const home = useLab({ topology: squattedNat }, packages);

  test(
    "is found, until the address is the home's own and visitors get through",
    { timeout: 120_000 },
    async () => {
      const { lab } = home;
      await lab.exec("upper", "nft", [squattersRules.translate]);
      await serveStun(home, "coturn");
      await home.serve("tcp", 8080, "the page");
      const homeport = home.start("--expose", "tcp/8080", "--observer", providerAddress);
      const found = await homeport.now(
        "the difference is found",
        ({ exposures }) => exposures[0]?.finding != null,
      );
      expect(found).toMatchObject({
        outside: { address: "52.3.4.5", finding: { code: "address-differs" } },
        exposures: [
          {
            state: "mapped",
            endpoint: { address: squattedAddress },
            finding: {
              code: "address-differs",
              message: expect.stringContaining(`router ${squattedAddress}, internet 52.3.4.5`),
            },
          },
        ],
      });
      const page = `http://${squattedAddress}:${found.exposures[0]?.endpoint?.port}/`;
      await expect(lab.visit(page)).rejects.toThrow();

      // From now on the provider routes the address instead of translating it.
      await lab.exec("upper", "nft", [squattersRules.route]);
      await lab.exec("net", "ip", ["route", "add", "52.9.9.0/24", "via", "52.3.4.5"]);
      expect((await lab.visit(page)).body).toBe("the page");
      await stirNetwork(home);
      const mended = await homeport.now(
        "the difference is gone",
        ({ outside }) => outside?.address === squattedAddress,
        NEXT_LOOK,
      );
      expect(mended).toMatchObject({ outside: { finding: null }, exposures: [{ finding: null }] });
    },
  );
});

describe.skipIf(noLab)(`a router that is not the one the system sends by${whyNoLab}`, () => {
  const home = useLab({ topology: twoGateways }, packages);

  test("is not judged by what is seen of the other", async () => {
    await serveStun(home, "coturn");
    const homeport = home.start(
      ...["--expose", "tcp/8080", "--gateway", secondGatewayAddress],
      ...["--observer", providerAddress],
    );
    expect((await homeport.mapped("tcp", 8080)).endpoint.address).toBe("52.3.8.5");
    const { outside } = await homeport.now("it was asked", (now) => now.outside?.error != null);
    expect(outside).toMatchObject({
      address: null,
      finding: null,
      error: { code: "observer-detour" },
    });
    expect(homeport.latest?.exposures[0]?.finding).toBeNull();
  });
});
