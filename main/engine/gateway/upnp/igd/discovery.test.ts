import { describe, expect, test } from "vitest";
import { never, watch } from "../../../../../test/gateway/pcp-world.ts";
import {
  FakeIgd,
  fakeService,
  IGD2,
  IP1,
  IP2,
  PPP1,
} from "../../../../../test/gateway/fake-igd.ts";
import { upnpWorld } from "../../../../../test/gateway/upnp-world.ts";
import { type IgdControl } from "./control.ts";
import { discover } from "./discovery.ts";
import { ProbePace } from "../../probe-pace.ts";
import { Quirks } from "./quirks.ts";

type World = ReturnType<typeof upnpWorld>;

async function found(world: World): Promise<IgdControl | null | undefined> {
  const { environment, lan, gateway, clock } = world;
  const control = watch(
    discover(
      { environment, lan, gateway, quirks: new Quirks(), pace: new ProbePace(clock) },
      never,
    ),
  );
  await clock.advance(6000);
  if (control.error !== undefined) throw control.error;
  return control.value;
}

const own = "http://192.0.2.1:5000/control";

describe("how gateways answer", () => {
  test.each<[string, (world: World) => void]>([
    ["multicast alone", ({ gateway }) => (gateway.script.hears = "multicast")],
    ["unicast alone", ({ gateway }) => (gateway.script.hears = "unicast")],
    [
      "IGD:2 alone",
      ({ gateway }) => {
        gateway.script.deviceType = IGD2;
        gateway.script.answersTo = [IGD2];
      },
    ],
    ["ssdp:all alone", ({ gateway }) => (gateway.script.answersTo = ["ssdp:all"])],
    ["WANPPPConnection alone", ({ gateway }) => (gateway.script.answersTo = [PPP1])],
    ["WANIPConnection alone", ({ gateway }) => (gateway.script.answersTo = [IP1])],
    [
      "from another port",
      ({ gateway }) => (gateway.script.answersFrom = { address: "192.0.2.1", port: 49_999 }),
    ],
    ["within MX", ({ gateway }) => (gateway.script.searchDelay = 1000)],
    [
      "in odd letters and line ends",
      ({ gateway }) =>
        (gateway.script.spoilAnswer = (answer) =>
          answer.replace("LOCATION:", "location :").replaceAll("\r\n", "\n")),
    ],
    [
      "after a description that refuses connections",
      ({ gateway }) => (gateway.script.otherLocations = ["http://192.0.2.1:49152/wps.xml"]),
    ],
    [
      "after a description that never comes",
      ({ gateway, lan }) => {
        lan.serve("192.0.2.1:49152", () => "hang");
        gateway.script.otherLocations = ["http://192.0.2.1:49152/slow.xml"];
      },
    ],
    [
      "after a description of something else",
      ({ gateway, lan }) => {
        lan.serve("192.0.2.1:49152", () => ({
          status: 200,
          body: "<root><device><deviceType>printer</deviceType></device></root>",
        }));
        gateway.script.otherLocations = ["http://192.0.2.1:49152/printer.xml"];
      },
    ],
    [
      "as a device of another name",
      ({ gateway }) => (gateway.script.deviceType = "urn:example:device:Router:1"),
    ],
    [
      "when others answer too",
      ({ clock, network, lan, gateway }) => {
        gateway.script.searchDelay = 200;
        const neighbours = [50, 51, 52].map(
          (last) => new FakeIgd({ clock, network, lan, address: `192.0.2.${last}` }),
        );
        for (const neighbour of neighbours) neighbour.script.searchDelay = 10;
      },
    ],
  ])("%s", async (_name, prepare) => {
    const world = upnpWorld();
    prepare(world);
    const control = await found(world);
    expect(control?.service.controlUrl).toBe(own);
    expect(world.network.openSockets).toBe(0);
    expect(world.lan.concurrent).toBe(0);
  });

  test.each<[string, (world: World) => void]>([
    [
      "to a foreign network",
      ({ gateway }) => (gateway.script.location = "http://198.51.100.7:5000/root.xml"),
    ],
    ["by name", ({ gateway }) => (gateway.script.location = "http://router.local:5000/root.xml")],
    ["over https", ({ gateway }) => (gateway.script.location = "https://192.0.2.1:5000/root.xml")],
    ["with a user", ({ gateway }) => (gateway.script.location = "http://u:p@192.0.2.1:5000/")],
    ["to this PC", ({ gateway }) => (gateway.script.location = "http://192.0.2.10:5000/root.xml")],
    ["to loopback", ({ gateway }) => (gateway.script.location = "http://127.0.0.1:5000/root.xml")],
    [
      "with an IPv6 zone",
      ({ gateway }) => (gateway.script.location = "http://[fe80::1%25eth0]:5000/root.xml"),
    ],
    [
      "from a stranger",
      ({ gateway }) => (gateway.script.answersFrom = { address: "198.51.100.1", port: 1900 }),
    ],
    [
      "from another host for a third",
      ({ gateway }) => {
        gateway.script.answersFrom = { address: "192.0.2.66", port: 1900 };
        gateway.script.location = "http://192.0.2.77:5000/root.xml";
      },
    ],
  ])("nothing is fetched where an answer points %s", async (_name, prepare) => {
    const world = upnpWorld();
    prepare(world);
    expect(await found(world)).toBeNull();
    expect(world.lan.requests).toEqual([]);
  });

  test("a location on another host is not followed, even told under the gateway's address", async () => {
    const world = upnpWorld();
    const { lan, gateway } = world;
    lan.serve("192.0.2.2:5000", () => ({ status: 200, body: gateway.description() }));
    gateway.script.location = "http://192.0.2.2:5000/root.xml";
    expect(await found(world)).toBeNull();
    expect(lan.requests).toEqual([]);
  });

  test("another host that speaks for itself is not the gateway, also where the gateway is silent", async () => {
    const world = upnpWorld();
    const { clock, network, lan, gateway } = world;
    gateway.script.hears = "none";
    const other = new FakeIgd({ clock, network, lan, address: "192.0.2.66" });
    expect(await found(world)).toBeNull();
    expect(other.names()).toEqual([]);
  });

  test.each(["both", "multicast", "unicast"] as const)(
    "the gateway is found (by %s) where another device answers first, with dead places on it",
    async (hears) => {
      const world = upnpWorld();
      const { clock, network, lan, gateway } = world;
      gateway.script.hears = hears;
      gateway.script.searchDelay = 300;
      const liar = new FakeIgd({ clock, network, lan, address: "192.0.2.66" });
      liar.script.location = "http://192.0.2.1:5000/dead/0";
      liar.script.otherLocations = Array.from(
        { length: 100 },
        (_, index) => `http://192.0.2.1:5000/dead/${index + 1}`,
      );
      expect((await found(world))?.service.controlUrl).toBe(own);
    },
  );

  test("an attacker's flood of places is not followed", async () => {
    const world = upnpWorld();
    world.gateway.script.otherLocations = Array.from(
      { length: 100 },
      (_, index) => `http://192.0.2.1:5000/${index}`,
    );
    await found(world);
    // Eight that it told to the one search, eight to the other.
    expect(world.lan.requests).toHaveLength(16);
  });

  test("a VPN's or virtual switch's network is not searched and not believed", async () => {
    const world = upnpWorld();
    world.lan.others = [
      { interface: "vEthernet", family: 4, address: "198.51.100.5", prefixLength: 24 },
    ];
    world.gateway.script.location = "http://198.51.100.1:5000/root.xml";
    world.lan.serve("198.51.100.1:5000", () => ({
      status: 200,
      body: world.gateway.description(),
    }));
    expect(await found(world)).toBeNull();
  });
});

describe("descriptions", () => {
  test.each<[string, string, string | null, string | null]>([
    ["relative", "/ctl/IPConn", null, "http://192.0.2.1:5000/ctl/IPConn"],
    ["without a slash", "ctl", null, "http://192.0.2.1:5000/ctl"],
    ["with a question mark", "/UD/?9", null, "http://192.0.2.1:5000/UD/?9"],
    ["with an ampersand", "/c?a=1&b=2", null, "http://192.0.2.1:5000/c?a=1&b=2"],
    ["absolute, other port", "http://192.0.2.1:2828/c", null, "http://192.0.2.1:2828/c"],
    ["with URLBase", "c", "http://192.0.2.1:49000/x/", "http://192.0.2.1:49000/x/c"],
    ["with a foreign URLBase", "/c", "http://198.51.100.7/", "http://192.0.2.1:5000/c"],
    ["with an empty URLBase", "/c", "", "http://192.0.2.1:5000/c"],
    ["on another host", "http://192.0.2.77/c", null, null],
  ])("control URL %s", async (_name, controlPath, urlBase, expected) => {
    const world = upnpWorld();
    world.gateway.script.services = [fakeService(IP1, { controlPath })];
    world.gateway.script.urlBase = urlBase;
    const control = await found(world);
    expect(control?.service.controlUrl ?? null).toBe(expected);
  });

  test.each([
    ["a redirect", { status: 302, body: "" }],
    ["an error", { status: 500, body: "" }],
    ["too much", { status: 200, body: "x".repeat(300_000) }],
    ["no XML", { status: 200, body: "<html><body>Welcome" }],
    ["a DTD", { status: 200, body: '<!DOCTYPE root [<!ENTITY a "a">]><root/>' }],
    ["a broken connection", "reset" as const],
  ])("%s is no gateway", async (_name, reply) => {
    const world = upnpWorld();
    world.gateway.script.spoilDescription = () => reply;
    expect(await found(world)).toBeNull();
    expect(world.lan.requests).toHaveLength(1);
  });

  test("old URNs of the DSL forum are asked under their own name", async () => {
    const world = upnpWorld();
    const type = "urn:dslforum-org:service:WANPPPConnection:1";
    world.gateway.script.services = [fakeService(type)];
    const control = await found(world);
    expect(control?.service.type).toBe(type);
  });

  test("of several services the connected one", async () => {
    const world = upnpWorld();
    const at = (controlPath: string, connected: boolean, type = IP1) =>
      fakeService(type, { controlPath, connected });
    world.gateway.script.services = [at("/a", false), at("/b", true, PPP1), at("/c", true)];
    expect((await found(world))?.service.controlUrl).toContain("/b");
    world.gateway.script.services = [at("/a", false), at("/b", false, IP2)];
    expect((await found(world))?.service.controlUrl).toContain("/b");
    world.gateway.script.services = [at("/a", true), at("/b", true, IP2)];
    expect((await found(world))?.service.controlUrl).toContain("/b");
    world.gateway.script.services = [at("/a", false), at("/b", true)];
    world.gateway.script.fault = (action) => (action === "GetStatusInfo" ? 501 : null);
    expect((await found(world))?.service.controlUrl).toContain("/a");
  });
});
