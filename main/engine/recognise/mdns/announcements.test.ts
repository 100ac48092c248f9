import { describe, expect, test } from "vitest";
import { silentLog } from "../../../../test/fixtures/environment.ts";
import { SimulatedClock, settled } from "../../../../test/fixtures/simulated-clock.ts";
import { type Announcement, type Found, readAnnouncement } from "./announcement.ts";
import { Announcements, type Browsing } from "./announcements.ts";

const found = {
  fqdn: "Family wiki._http._tcp.local",
  host: "pc.local",
  port: 8080,
  addresses: ["192.0.2.10", "2001:db8::10"],
  referer: { address: "192.0.2.10" },
} satisfies Found;

describe("readAnnouncement", () => {
  test("takes name, kind, port, host and addresses", () => {
    expect(readAnnouncement(found)).toEqual({
      name: "Family wiki",
      type: "_http._tcp",
      transport: "tcp",
      port: 8080,
      host: "pc",
      addresses: ["192.0.2.10", "2001:db8::10"],
      from: "192.0.2.10",
    });
  });

  test.each<[string, Found, object]>([
    ["dots in the name", { fqdn: "My v1.2._x._udp.local." }, { name: "My v1.2", transport: "udp" }],
    ["disguises", { fqdn: "a\u202Eb\u0007._http._tcp.local" }, { name: "a b" }],
    ["a long name", { fqdn: `${"x".repeat(300)}._http._tcp.local` }, { name: "x".repeat(120) }],
    ["no host", { host: undefined }, { host: null }],
    ["addresses that are none", { addresses: ["x", 7, "192.0.2.1"] }, { addresses: ["192.0.2.1"] }],
    [
      "zones, which mean nothing here",
      { addresses: [`fe80::1%${"x".repeat(200)}`, "fe80::2%eth0"] },
      { addresses: ["fe80::1", "fe80::2"] },
    ],
    ["no addresses", { addresses: undefined }, { addresses: [] }],
    [
      "more addresses than one has",
      { addresses: Array.from({ length: 99 }, (_, at) => `192.0.2.${at}`) },
      { addresses: { length: 8 } },
    ],
  ])("bears %s", (_what, change, expected) => {
    expect(readAnnouncement({ ...found, ...change })).toMatchObject(expected);
  });

  test("takes what it tells of itself (TXT), within limits", () => {
    const told = (txt: unknown): unknown => readAnnouncement({ ...found, txt })?.txt;
    expect(told({ path: "/wiki", paper: "A4", Color: true })).toEqual({
      path: "/wiki",
      paper: "A4",
      color: "",
    });
    expect(told({ a: Buffer.from("bytes") })).toEqual({ a: "bytes" });
    expect(told({ a: "x".repeat(5000), b: "a\u202Eb\u0007" })).toEqual({
      a: "x".repeat(120),
      b: "a b",
    });
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, "v"]));
    expect(Object.keys(told(many) as object)).toHaveLength(16);
    expect(
      told({ ["k".repeat(300)]: "v", "": "v", "a\n": "v", n: 7, o: { x: 1 } }),
    ).toBeUndefined();
    expect(told(JSON.parse('{"__proto__": "v"}'))).toEqual(
      Object.fromEntries([["__proto__", "v"]]),
    );
    for (const txt of [undefined, null, "x", 7, [], {}]) expect(told(txt)).toBeUndefined();
  });

  test.each<[string, Found]>([
    ["another domain", { fqdn: "x._http._tcp.example.com" }],
    ["no kind", { fqdn: "x.local" }],
    ["no name", { fqdn: "._http._tcp.local" }],
    ["a name without end", { fqdn: `${"x".repeat(600)}._http._tcp.local` }],
    ["port 0", { port: 0 }],
    ["a port that is text", { port: "80" }],
    ["no sender", { referer: undefined }],
    ["nothing", { fqdn: undefined }],
  ])("refuses %s", (_what, change) => {
    expect(readAnnouncement({ ...found, ...change })).toBeNull();
  });
});

class FakeBrowser {
  services: readonly Found[] = [];
  stopped = false;
  readonly type: string;
  readonly #onChange: () => void;

  constructor(type: string, onChange: () => void) {
    this.type = type;
    this.#onChange = onChange;
  }

  hear(...services: readonly Found[]): void {
    this.services = services;
    this.#onChange();
  }

  stop(): void {
    this.stopped = true;
  }
}

function setUp(open?: () => Promise<Browsing>) {
  const clock = new SimulatedClock();
  const browsers: FakeBrowser[] = [];
  const lists: (readonly Announcement[])[] = [];
  let closed = false;
  const browsing: Browsing = {
    browse: (type, _protocol, onChange) => {
      const browser = new FakeBrowser(type, onChange);
      browsers.push(browser);
      return browser;
    },
    close: async () => void (closed = true),
  };
  const announcements = new Announcements({
    clock,
    log: silentLog,
    open: open ?? (async () => browsing),
    onChange: (list) => lists.push(list),
  });
  const browser = (type: string) => browsers.findLast((one) => one.type === type) as FakeBrowser;
  const names = () => lists.at(-1)?.map(({ name }) => name) ?? [];
  return { clock, announcements, browsers, browser, lists, names, isClosed: () => closed };
}

describe("Announcements", () => {
  test("gathers what is heard within half a second", async () => {
    const world = setUp();
    await world.announcements.start();
    world.browser("http").hear(found);
    world.browser("ssh").hear({ ...found, fqdn: "pc._ssh._tcp.local", port: 22 });
    await world.clock.advance(499);
    expect(world.lists).toEqual([]);
    await world.clock.advance(1);
    expect(world.names()).toEqual(["Family wiki", "pc"]);
    world.browser("http").hear(found);
    await world.clock.advance(1000);
    expect(world.lists).toHaveLength(1);
  });

  test("forgets what a new round does not hear, but not before it had time to", async () => {
    const world = setUp();
    await world.announcements.start();
    world.browser("http").hear(found);
    await world.clock.advance(300_000);
    const old = world.browsers.slice(0, world.browsers.length / 2);
    world.browser("ssh").hear({ ...found, fqdn: "pc._ssh._tcp.local", port: 22 });
    await world.clock.advance(9999);
    expect(world.names()).toEqual(["Family wiki", "pc"]);
    await world.clock.advance(1);
    expect(world.names()).toEqual(["pc"]);
    expect(old.every(({ stopped }) => stopped)).toBe(true);
    expect(world.browser("http").stopped).toBe(false);
  });

  test("stops listening when a flood comes, until the next round", async () => {
    const world = setUp();
    await world.announcements.start();
    const flood = Array.from({ length: 5000 }, (_, at) => ({
      ...found,
      fqdn: `${at}._http._tcp.local`,
    }));
    world.browser("http").hear(...flood);
    await world.clock.advance(500);
    expect(world.browsers.every(({ stopped }) => stopped)).toBe(true);
    expect(world.names()).toHaveLength(500);
    await world.clock.advance(300_000);
    expect(world.browser("http").stopped).toBe(false);
  });

  test("where nothing can be heard there is nothing", async () => {
    const world = setUp(() => Promise.reject(Object.assign(new Error("x"), { code: "EACCES" })));
    await world.announcements.start();
    expect(world.clock.pending).toBe(0);
    world.announcements.stop();
  });

  test("stopped, it leaves nothing behind, even while it opens", async () => {
    const world = setUp();
    await world.announcements.start();
    world.announcements.stop();
    expect(world.isClosed()).toBe(true);
    expect(world.browsers.every(({ stopped }) => stopped)).toBe(true);
    expect(world.clock.pending).toBe(0);
    const late = setUp();
    const starting = late.announcements.start();
    late.announcements.stop();
    await starting;
    await settled();
    expect(late.isClosed()).toBe(true);
    expect(late.browsers).toEqual([]);
  });
});
