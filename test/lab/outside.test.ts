/** The address that the internet sees, told by real STUN servers there. What takes its time is in long-runs.test.ts. */
import { describe, expect, test } from "vitest";
import { type Capture, startCapture, tshark } from "./capture.ts";
import { secondGatewayAddress, twoGateways } from "./further-topologies.mjs";
import { serveStun, stirNetwork } from "./stun-server.ts";
import { providerAddress } from "./topology.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab)(`seen from the internet${whyNoLab}`, () => {
  const home = useLab({}, tshark);
  const capture = async (): Promise<Capture> => {
    const fields = ["ip.src", "ip.dst", "udp.length", "stun.type", "stun.id", "_ws.malformed"];
    const made = await startCapture(home.lab, `host ${providerAddress} or udp port 3478`, fields);
    home.atEnd(() => made.stop());
    return made;
  };

  test("the router's own address is the same, for one datagram there and one back", async () => {
    await serveStun(home, "coturn");
    const { packets } = await capture();
    const homeport = home.start("--expose", "tcp/8080", "--observer", providerAddress);
    const { outside } = await homeport.now("it is seen", (now) => now.outside?.address != null);
    const address = await home.lab.wanAddress();
    expect(outside).toMatchObject({ address, finding: null, error: null });
    expect((await homeport.mapped("tcp", 8080)).finding).toBeNull();
    await until("the answer is captured", () => packets.length >= 2);
    // The same once more is a datagram whose answer was slow.
    const once = new Map(packets.map((packet) => [JSON.stringify(packet), packet]));
    expect([...once.values()]).toEqual([
      {
        "ip.src": "192.168.77.10",
        "ip.dst": providerAddress,
        // Bytes: UDP's header, and STUN's.
        "udp.length": "28",
        "stun.type": "0x0001",
        "stun.id": packets[0]?.["stun.id"],
        "_ws.malformed": "",
      },
      expect.objectContaining({
        "ip.src": providerAddress,
        "stun.type": "0x0101",
        "stun.id": packets[0]?.["stun.id"],
      }),
    ]);
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
    await stirNetwork(home);
    await homeport.now("the new address", ({ gateways }) => gateways[0]?.externalAddress === after);
    homeport.signal("SIGTERM");
    await homeport.ended;
    expect(homeport.latest).not.toHaveProperty("outside");
    expect(packets).toEqual([]);
  });
});

describe.skipIf(noLab)(`a router that is not the one the system sends by${whyNoLab}`, () => {
  const home = useLab({ topology: twoGateways });

  test("is not judged by what is seen of the other", async () => {
    await serveStun(home, "coturn");
    const words = `--expose tcp/8080 --gateway ${secondGatewayAddress} --observer ${providerAddress}`;
    const homeport = home.start(...words.split(" "));
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
