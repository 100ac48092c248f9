import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type SimulatedEnvironment,
  simulatedEnvironment,
} from "../../../test/fixtures/environment.ts";
import { FakeStunServer } from "../../../test/fixtures/fake-stun-server.ts";
import { OutsideWatch, type Way } from "./outside-watch.ts";

const minute = 60_000;
const hour = 60 * minute;

let environment: SimulatedEnvironment;
let stun: FakeStunServer;
let watch: OutsideWatch;
let server: string | null;
let way: Way | null;
let doubts: number;

beforeEach(() => {
  environment = simulatedEnvironment();
  const { network } = environment;
  stun = new FakeStunServer(network, { address: "52.3.4.1", port: 3478 }, "52.3.4.5");
  server = "52.3.4.1:3478";
  way = { gateway: "192.0.2.1", onSystemsWay: true, told: "52.3.4.5" };
  doubts = 0;
  watch = new OutsideWatch({
    environment,
    server: () => server,
    way: () => way,
    onChange: () => {},
    onDoubt: () => (doubts += 1),
  });
});
afterEach(() => watch.stop());

const advance = (milliseconds: number) => environment.clock.advance(milliseconds);
const tell = (told: string | null) => {
  way = { gateway: "192.0.2.1", onSystemsWay: true, told };
  watch.update();
};

describe("who is asked", () => {
  test("nobody, while the user chose none: no socket, no datagram, no timer", async () => {
    server = null;
    watch.start();
    watch.look();
    tell("52.3.4.6");
    await advance(3 * hour);
    expect(watch.view).toBeNull();
    expect([environment.network.opened, environment.network.sent]).toEqual([0, 0]);
    expect(environment.clock.pending).toBe(0);
  });

  test("nobody, while no router answers", async () => {
    way = null;
    watch.start();
    watch.look();
    await advance(3 * hour);
    expect(watch.view).toEqual({
      server,
      address: null,
      at: null,
      finding: null,
      error: null,
    });
    expect(environment.network.sent).toBe(0);
  });

  test("the server chosen later, and none any more once it is taken back", async () => {
    server = null;
    watch.start();
    server = "52.3.4.1:3478";
    watch.update();
    await advance(10);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", at: "2026-01-01T00:00:00.000Z" });
    server = null;
    watch.update();
    watch.look();
    await advance(3 * hour);
    expect(stun.requests).toHaveLength(1);
    expect(watch.view).toBeNull();
    expect(watch.address).toBeNull();
  });

  test("a server with a name, at the first of its addresses that is on the internet", async () => {
    server = "stun.example.org:3478";
    environment.network.hostAddresses.set("stun.example.org", ["10.0.0.1", "52.3.4.1"]);
    watch.start();
    await advance(10);
    expect(watch.address).toBe("52.3.4.5");
  });

  test("another one in its place, which is not to blame for the first", async () => {
    server = "52.3.4.2:3478";
    watch.start();
    await advance(minute);
    expect(watch.view).toMatchObject({ server, error: { code: "observer-silent" } });
    server = "52.3.4.1:3478";
    watch.update();
    expect(watch.view).toMatchObject({ server, address: null, error: null });
    await advance(10);
    expect(watch.view).toMatchObject({ address: "52.3.4.5" });
  });

  test("a server that nobody knows is said to be so", async () => {
    server = "stun.example.org:3478";
    watch.start();
    await advance(10);
    expect(watch.view).toMatchObject({ address: null, error: { code: "observer-unknown" } });
    expect(environment.network.sent).toBe(0);
  });

  test("a look-up of a name that never ends is given up", async () => {
    server = "stun.example.org:3478";
    environment.network.addresses4 = () => new Promise(() => {});
    watch.start();
    await advance(20_000);
    expect(watch.view).toMatchObject({ error: { code: "observer-silent" } });
  });
});

describe("when it is asked", () => {
  test("at once, then about every hour", async () => {
    watch.start();
    await advance(10);
    expect(stun.requests).toHaveLength(1);
    await advance(53 * minute);
    expect(stun.requests).toHaveLength(1);
    await advance(14 * minute);
    expect(stun.requests).toHaveLength(2);
    await advance(24 * hour);
    expect(stun.requests.length).toBeGreaterThanOrEqual(23);
    expect(stun.requests.length).toBeLessThanOrEqual(29);
  });

  test("signals only ask for a look: however many, never twice in 30 seconds", async () => {
    watch.start();
    for (let second = 0; second < 291; second += 1) {
      watch.look();
      watch.update();
      await advance(1000);
    }
    expect(stun.requests).toHaveLength(10);
    // Nor by choosing it over and over.
    for (const choice of [null, "52.3.4.1:3478", null, "52.3.4.1:3478"]) {
      server = choice;
      watch.update();
      await advance(1000);
    }
    expect(stun.requests).toHaveLength(10);
  });

  test("again after a new address of the router, and what was seen of the old one is forgotten", async () => {
    watch.start();
    await advance(minute);
    stun.sees = "52.3.4.6";
    tell("52.3.4.6");
    expect(watch.address).toBeNull();
    await advance(10);
    expect(watch.view).toMatchObject({ address: "52.3.4.6", finding: null });
    expect(stun.requests).toHaveLength(2);
  });

  test("not again because the router tells its address for the first time", async () => {
    way = { gateway: "192.0.2.1", onSystemsWay: true, told: null };
    watch.start();
    await advance(10);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", finding: null });
    tell("52.3.4.5");
    await advance(10 * minute);
    expect(watch.address).toBe("52.3.4.5");
    expect(stun.requests).toHaveLength(1);
    tell("52.3.4.9");
    expect(watch.address).toBeNull();
  });

  test("again for another router, whose far end is another one", async () => {
    watch.start();
    await advance(minute);
    way = { gateway: "192.0.2.2", onSystemsWay: true, told: null };
    stun.sees = "52.3.8.5";
    watch.update();
    expect(watch.address).toBeNull();
    await advance(10);
    expect(watch.address).toBe("52.3.8.5");
  });

  test("a router that was away is asked about again when it is back", async () => {
    watch.start();
    await advance(minute);
    way = null;
    watch.update();
    await advance(3 * hour);
    expect(stun.requests).toHaveLength(1);
    tell("52.3.4.5");
    await advance(10);
    expect(stun.requests).toHaveLength(2);
  });

  test("what changes while it is asked makes the answer one of yesterday", async () => {
    environment.network.toClient = { loss: 0, duplication: 0, delay: 400, spread: 0 };
    watch.start();
    await advance(100);
    tell("52.3.4.6");
    await advance(1000);
    expect(watch.address).toBeNull();
    stun.sees = "52.3.4.6";
    await advance(30_000);
    expect(watch.address).toBe("52.3.4.6");
  });

  test("every five minutes while a finding stands, so that it does not outlive its cause", async () => {
    tell("52.9.9.9");
    watch.start();
    await advance(10);
    expect(watch.view?.finding).not.toBeNull();
    stun.sees = "52.9.9.9";
    await advance(6 * minute);
    expect(watch.view).toMatchObject({ address: "52.9.9.9", finding: null });
    expect(stun.requests).toHaveLength(2);
  });

  test("less and less often while it does not answer, and what was seen stays", async () => {
    watch.start();
    await advance(10);
    stun.sees = null;
    await advance(70 * minute);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", error: { code: "observer-silent" } });
    const before = stun.requests.length;
    await advance(24 * hour);
    // Four datagrams a question.
    expect(stun.requests.length - before).toBeLessThanOrEqual(4 * 34);
    stun.sees = "52.3.4.5";
    await advance(70 * minute);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", error: null });
  });

  test("never again once it is stopped, also in the middle of a question", async () => {
    environment.network.toClient = { loss: 0, duplication: 0, delay: 400, spread: 0 };
    watch.start();
    await advance(100);
    watch.stop();
    await advance(3 * hour);
    expect(stun.requests).toHaveLength(1);
    expect([environment.network.openSockets, environment.clock.pending]).toEqual([0, 0]);
  });
});

describe("what it means", () => {
  test("another address than the router's is a finding that names both", async () => {
    tell("52.9.9.9");
    watch.start();
    await advance(10);
    expect(watch.view?.finding).toEqual({
      code: "address-differs",
      message: expect.stringMatching(
        /address of your own.*\(router 52\.9\.9\.9, internet 52\.3\.4\.5\)$/,
      ),
    });
  });

  test.each(["192.168.1.2", "100.64.0.9", "192.0.0.2", "0.0.0.0"])(
    "%s is found to be no public address without it",
    async (told) => {
      tell(told);
      watch.start();
      await advance(10);
      expect(watch.view).toMatchObject({ address: "52.3.4.5", finding: null });
    },
  );

  test("a difference that comes up is looked at twice, and the router is asked in between", async () => {
    watch.start();
    await advance(minute);
    stun.sees = "52.3.4.8";
    watch.look();
    await advance(10);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", finding: null });
    expect(doubts).toBe(1);
    await advance(30_000);
    expect(watch.view).toMatchObject({ address: "52.3.4.8", finding: { code: "address-differs" } });
    expect(doubts).toBe(1);
    stun.sees = "52.3.4.5";
    watch.look();
    await advance(30_000);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", finding: null });
  });

  test("a difference that the router explains by its new address never shows", async () => {
    watch.start();
    await advance(minute);
    stun.sees = "52.3.4.8";
    watch.look();
    await advance(10);
    tell("52.3.4.8");
    expect(watch.view).toMatchObject({ address: null, finding: null });
    await advance(30_000);
    expect(watch.view).toMatchObject({ address: "52.3.4.8", finding: null });
  });

  test.each(["192.168.1.10", "100.64.3.4", "2001:db8::7"])(
    "a server that sees %s does not stand where the internet is",
    async (sees) => {
      stun.sees = sees;
      watch.start();
      await advance(10);
      expect(watch.view).toMatchObject({ address: null, error: { code: "observer-unusable" } });
      expect(watch.view?.error?.message).toContain(sees);
    },
  );

  test("an error of the server is told with its number", async () => {
    stun.sees = 403;
    watch.start();
    await advance(10);
    expect(watch.view?.error).toMatchObject({ code: "observer-unusable" });
    expect(watch.view?.error?.message).toContain("error 403");
  });

  test("without a network nothing is seen, and nothing said to be wrong with the router", async () => {
    environment.network.connectError = "ENETUNREACH";
    watch.start();
    await advance(10);
    expect(watch.view).toMatchObject({
      address: null,
      finding: null,
      error: { code: "observer-silent", message: expect.stringContaining("ENETUNREACH") },
    });
  });
});

test("the far end of another router of the same network is not taken for this one's", async () => {
  way = { gateway: "192.0.2.2", onSystemsWay: false, told: "52.3.8.5" };
  watch.start();
  await advance(10 * minute);
  expect(watch.view).toMatchObject({
    address: null,
    finding: null,
    error: { code: "observer-detour" },
  });
});

describe("with a VPN beside the router", () => {
  const home = "192.168.1.10";
  beforeEach(() => {
    // The system sends by the tunnel; on the router's network our address is another one.
    environment.network.localAddress = "10.8.0.2";
    way = {
      gateway: "192.168.1.1",
      localAddress: home,
      onSystemsWay: false,
      told: "52.3.4.5",
    };
  });

  test("the question leaves from our address on the router's network", async () => {
    watch.start();
    await advance(10);
    expect(stun.requests).toMatchObject([{ address: home }]);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", finding: null, error: null });
  });

  test("the tunnel's far end is not taken for the router's", async () => {
    stun.sees = "45.9.9.9";
    watch.start();
    await advance(10 * minute);
    expect(watch.view).toMatchObject({
      address: null,
      finding: null,
      error: { code: "observer-detour" },
    });
  });

  test("what was seen before the VPN came up still counts", async () => {
    environment.network.localAddress = home;
    way = { gateway: "192.168.1.1", onSystemsWay: true, told: "52.3.4.5" };
    watch.start();
    await advance(minute);
    environment.network.localAddress = "10.8.0.2";
    way = { ...way, localAddress: home, onSystemsWay: false };
    stun.sees = "45.9.9.9";
    watch.update();
    await advance(10);
    expect(watch.view).toMatchObject({ address: "52.3.4.5", error: { code: "observer-detour" } });
    expect(doubts).toBe(0);
  });
});
