import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type Lease, LeaseBook } from "./lease-book.ts";
import { PERMANENT_LEASE } from "./port-mapper.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 24 * 3600_000;
let directory: string;
let path: string;
let now: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-book-"));
  path = join(directory, "leases.jsonl");
  now = START;
});

function book(): LeaseBook {
  return new LeaseBook(path, () => now);
}

function lease(change: Partial<Lease> = {}): Lease {
  return {
    gateway: "192.168.1.1",
    layer: "ipv4",
    protocol: "pcp",
    transport: "tcp",
    internalPort: 8080,
    nonce: "00112233445566778899aabb",
    externalAddress: "203.0.113.7",
    externalPort: 8080,
    lifetime: 7200,
    expiresAt: new Date(START + 7200_000).toISOString(),
    left: false,
    ...change,
  };
}

function lines(...values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

/** What a new run finds. */
function reloaded(): { leases: readonly Lease[]; notices: readonly string[] } {
  const next = book();
  const notices = next.load().map(({ message }) => message);
  return { leases: next.all(), notices };
}

test("what was put is there for the next run", () => {
  const first = book();
  expect(first.load()).toEqual([]);
  first.put(lease());
  expect(reloaded()).toEqual({ leases: [lease()], notices: [] });
});

test("what a server granted at one of its addresses moves to another, by PCP alone", () => {
  const first = book();
  const own = lease({ gateway: "10.0.0.1", router: "02:00:00:00:00:01" });
  first.put(own);
  first.put(lease({ gateway: "10.0.0.1", protocol: "upnp" }));
  first.put(lease({ gateway: "10.0.0.9", internalPort: 9090 }));
  first.move(["10.0.0.1", "10.0.0.2"], "10.0.0.2");
  const { router: _router, ...moved } = own;
  expect(reloaded().leases).toEqual([
    { ...own, lifetime: 0, expiresAt: new Date(START).toISOString() },
    lease({ gateway: "10.0.0.1", protocol: "upnp" }),
    lease({ gateway: "10.0.0.9", internalPort: 9090 }),
    { ...moved, gateway: "10.0.0.2" },
  ]);
  // And back.
  first.move(["10.0.0.1", "10.0.0.2"], "10.0.0.1");
  expect(first.held().map(({ gateway, protocol }) => `${gateway} ${protocol}`)).toEqual(
    expect.arrayContaining(["10.0.0.1 pcp", "10.0.0.1 upnp", "10.0.0.9 pcp"]),
  );
});

test("one lease for each gateway, protocol, transport and internal port", () => {
  const first = book();
  first.put(lease());
  first.put(lease({ externalPort: 8081 }));
  first.put(lease({ protocol: "upnp" }));
  first.put(lease({ transport: "udp" }));
  first.put(lease({ gateway: "192.168.2.1" }));
  first.put(lease({ internalPort: 9000 }));
  expect(first.all()).toHaveLength(5);
  expect(first.find(lease())?.externalPort).toBe(8081);
  expect(first.find(lease({ protocol: "nat-pmp" }))).toBeNull();
});

test("what is found is what was put last, however often it was looked for before", () => {
  const opened = book();
  expect(opened.find(lease())).toBeNull();
  opened.put(lease());
  expect(opened.find(lease())?.externalPort).toBe(8080);
  opened.put(lease({ externalPort: 9000 }));
  expect(opened.find(lease())?.externalPort).toBe(9000);
  opened.put(lease({ internalPort: 8081, externalPort: 8081 }));
  expect(opened.find(lease())?.externalPort).toBe(9000);
  const later = book();
  expect(later.find(lease())).toBeNull();
  later.load();
  expect(later.find(lease())?.externalPort).toBe(9000);
});

test("held until it ends; a permanent one for good", () => {
  const first = book();
  const permanent = lease({
    internalPort: 1,
    protocol: "upnp",
    lifetime: PERMANENT_LEASE,
    expiresAt: new Date(START + PERMANENT_LEASE * 1000).toISOString(),
  });
  first.put(lease());
  first.put(permanent);
  now = START + 7_199_999;
  expect(first.held()).toHaveLength(2);
  now += 1;
  expect(first.held()).toEqual([permanent]);
  now += 3650 * DAY;
  expect(reloaded().leases).toEqual([permanent]);
});

test("a full book makes room: what ends first goes", () => {
  const full = Array.from({ length: 10_000 }, (_, at) => lease({ internalPort: at + 1 }));
  full[7] = lease({ internalPort: 8, expiresAt: new Date(START + 1000).toISOString() });
  writeFileSync(path, lines({ version: 1 }, ...full));
  const first = book();
  expect(first.load()).toEqual([]);
  first.put(lease({ internalPort: 20_000 }));
  const { leases, notices } = reloaded();
  expect([leases.length, notices]).toEqual([10_000, []]);
  const ports = new Set(leases.map(({ internalPort }) => internalPort));
  expect([ports.has(8), ports.has(20_000)]).toEqual([false, true]);
});

test("a lease granted before its router was known gives way to the one that names it", () => {
  const first = book();
  first.put(lease());
  first.put(lease({ router: "02:00:00:00:00:01" }));
  first.put(lease({ router: "02:00:00:00:00:02" }));
  const routers = ["02:00:00:00:00:01", "02:00:00:00:00:02"];
  expect(first.all().map(({ router }) => router)).toEqual(routers);
  expect(reloaded().leases.map(({ router }) => router)).toEqual(routers);
});

test("an ended lease is remembered for a month, for its port", () => {
  book().put(lease());
  now = START + 30 * DAY;
  expect(reloaded().leases).toHaveLength(1);
  now = START + 7200_000 + 30 * DAY + 1;
  expect(reloaded().leases).toEqual([]);
});

describe("a damaged book", () => {
  test.each([
    ["no JSON", "{\n"],
    ["nothing", ""],
    ["another version", lines({ version: 2 })],
    ["a bad nonce", lines({ version: 1 }, { ...lease(), nonce: "zz" })],
    ["a bad port", lines({ version: 1 }, { ...lease(), externalPort: 0 })],
    ["a bad address", lines({ version: 1 }, { ...lease(), gateway: "router" })],
  ])("%s is kept aside and told", (_name, content) => {
    writeFileSync(path, content);
    const { leases, notices } = reloaded();
    expect(leases).toEqual([]);
    expect(notices).toEqual([expect.stringContaining("could not be read")]);
    const aside = readdirSync(directory).filter((name) => name !== "leases.jsonl");
    expect(aside.map((name) => readFileSync(join(directory, name), "utf8"))).toEqual([content]);
  });
});

test("a disk that refuses is told to the caller, and nothing counts as written", () => {
  const broken = new LeaseBook(join(path, "not-a-folder", "leases.jsonl"), () => now);
  writeFileSync(path, "a file where a folder should be");
  expect(() => broken.put(lease())).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
  expect(broken.all()).toEqual([]);
});
