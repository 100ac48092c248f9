/** What a gateway hears before it is known what it speaks: the six datagrams of docs/gateways.md. */
import { describe, expect, test } from "vitest";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import { IGD2, IP1, PPP1 } from "../../../test/gateway/fake-igd.ts";
import { FakePcpGateway } from "../../../test/gateway/fake-pcp-gateway.ts";
import { ADDRESS, silence, trackerWorld, type World } from "../../../test/gateway/tracker-world.ts";
import { simulatedTransport } from "../../../test/gateway/transports.ts";
import { SSDP_GROUP4 } from "./upnp/device/ssdp.ts";

const BUDGET = 6;
/** Milliseconds. */
const ONE_LOSS = 300;
const MX = 1000;

interface Verdict {
  readonly protocol: MappingProtocol | null;
  /** Milliseconds since the first datagram. */
  readonly at: number;
  readonly datagrams: number;
}

/** Those to another candidate, once this one is silent for 1.25 s, are for that one's verdict. */
function sentTo({ network }: World, address: string): number {
  return network.sentTo.get(address) ?? 0;
}

async function verdict(prepare: (w: World) => void): Promise<Verdict> {
  const w = trackerWorld();
  silence(w, "pcp", "nat-pmp", "upnp");
  prepare(w);
  await w.tracker.look();
  const { tracker } = w;
  await w.clock.advanceUntil(() => tracker.mapper !== null || tracker.problem !== null, 10_000);
  const told = {
    protocol: tracker.mapper?.protocol ?? null,
    at: w.clock.monotonic(),
    datagrams: sentTo(w, ADDRESS) + sentTo(w, SSDP_GROUP4),
  };
  tracker.close();
  await w.clock.advance(0);
  return told;
}

const speaks: Readonly<Record<MappingProtocol, (w: World) => void>> = {
  pcp: ({ pcp }) => (pcp.script.silent = false),
  "nat-pmp": ({ natPmp }) => (natPmp.script.silent = false),
  upnp: ({ upnp }) => (upnp.script.hears = "both"),
};
const answersTo =
  (...targets: readonly string[]) =>
  (w: World): void => {
    speaks.upnp(w);
    w.upnp.script.answersTo = targets;
    if (targets.includes(IGD2)) w.upnp.script.deviceType = IGD2;
  };
const late = (delay: number) => (w: World) => void (w.upnp.script.searchDelay = delay);
const losesFirst = ({ pcp, natPmp, upnp }: World): void => {
  pcp.script.drop = 1;
  natPmp.script.drop = 1;
  upnp.script.drop = 1;
};
/** Its port for PCP and NAT-PMP is closed, and it says so. */
const closedPort = ({ pcp }: World): void => void pcp.close();

/** Routers that answer an ordinary search, or speak PCP or NAT-PMP. */
const ordinary: readonly (readonly [string, MappingProtocol, (w: World) => void])[] = [
  ["PCP alone", "pcp", speaks.pcp],
  ["NAT-PMP alone", "nat-pmp", speaks["nat-pmp"]],
  ["UPnP alone", "upnp", speaks.upnp],
  ["UPnP, multicast alone", "upnp", ({ upnp }) => (upnp.script.hears = "multicast")],
  ["UPnP, to everything alone", "upnp", answersTo("ssdp:all")],
  ["UPnP, IGD:2 and everything", "upnp", answersTo(IGD2, "ssdp:all")],
  ["UPnP, WANIPConnection and everything", "upnp", answersTo(IP1, "ssdp:all")],
  ["UPnP, WANPPPConnection and everything", "upnp", answersTo(PPP1, "ssdp:all")],
];

describe("at most six datagrams go to a verdict", () => {
  for (const [name, protocol, prepare] of ordinary) {
    test.each([0, 500, MX])(`${name}, searches answered after %i ms`, async (delay) => {
      const told = await verdict((w) => (prepare(w), late(delay)(w)));
      expect(told.protocol).toBe(protocol);
      expect(told.datagrams).toBeLessThanOrEqual(BUDGET);
    });

    test.each([0, 500, MX])(
      `${name}, the first datagram of each kind lost, after %i ms`,
      async (delay) => {
        const whole = await verdict((w) => (prepare(w), late(delay)(w)));
        const lossy = await verdict((w) => (prepare(w), late(delay)(w), losesFirst(w)));
        expect(lossy.protocol).toBe(protocol);
        expect(lossy.datagrams).toBeLessThanOrEqual(BUDGET);
        expect(lossy.at - whole.at).toBeLessThanOrEqual(ONE_LOSS);
      },
    );
  }

  test.each([0, 500, MX])("UPnP beside a closed port, after %i ms", async (delay) => {
    const told = await verdict((w) => (speaks.upnp(w), closedPort(w), late(delay)(w)));
    expect(told.protocol).toBe("upnp");
    expect(told.datagrams).toBeLessThanOrEqual(BUDGET);
  });

  test("a description that takes half a second is waited for", async () => {
    const told = await verdict((w) => {
      answersTo("ssdp:all")(w);
      late(MX)(w);
      w.upnp.script.spoilDescription = (body) => ({ status: 200, body, delay: 500 });
    });
    expect(told.protocol).toBe("upnp");
    expect(told.datagrams).toBeLessThanOrEqual(BUDGET);
  });

  test("a router that spoke PCP once and now speaks UPnP alone", async () => {
    const told = await verdict((w) => {
      w.hold("pcp");
      speaks.upnp(w);
      late(MX)(w);
    });
    expect(told.protocol).toBe("upnp");
    expect(told.datagrams).toBeLessThanOrEqual(BUDGET);
  });
});

describe("a router that answers no ordinary search is found all the same", () => {
  test.each<[string, (w: World) => void]>([
    ["unicast alone", ({ upnp }) => (upnp.script.hears = "unicast")],
    ["IGD:2 alone", answersTo(IGD2)],
    ["WANIPConnection alone", answersTo(IP1)],
    ["WANPPPConnection alone", answersTo(PPP1)],
  ])("%s", async (_name, prepare) => {
    const told = await verdict(prepare);
    expect(told.protocol).toBe("upnp");
    expect(told.at).toBeLessThanOrEqual(1400);
    expect(told.datagrams).toBeLessThanOrEqual(14);
    const lossy = await verdict((w) => (prepare(w), losesFirst(w)));
    expect(lossy.protocol).toBe("upnp");
  });

  test("by unicast within the six, where the closed port of PCP and NAT-PMP leaves some", async () => {
    const told = await verdict((w) => {
      w.upnp.script.hears = "unicast";
      closedPort(w);
    });
    expect(told.protocol).toBe("upnp");
    expect(told.datagrams).toBeLessThanOrEqual(BUDGET);
    expect(told.at).toBeLessThanOrEqual(500);
  });
});

test("silence is told within three seconds, and what was spent on it", async () => {
  const told = await verdict(() => undefined);
  expect(told.protocol).toBeNull();
  expect(told.at).toBeLessThanOrEqual(3000);
  expect(told.datagrams).toBeLessThanOrEqual(19);
});

test("the next candidate has a budget of its own", async () => {
  const w = trackerWorld();
  silence(w, "pcp", "nat-pmp", "upnp");
  const anycast = "192.0.0.9";
  const { clock } = w;
  const transport = simulatedTransport(w.network, { address: anycast, port: 5351 });
  const server = new FakePcpGateway({ clock, transport });
  await w.tracker.look();
  await clock.advanceUntil(() => w.tracker.mapper !== null, 10_000);
  expect(w.tracker.address).toBe(anycast);
  expect(server.received).toHaveLength(1);
  expect(sentTo(w, ADDRESS) + sentTo(w, SSDP_GROUP4)).toBeLessThanOrEqual(BUDGET);
  w.tracker.close();
});
