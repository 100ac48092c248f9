import { expect, test } from "vitest";
import type { Lease } from "./lease-book.ts";
import type { TableEntry } from "./port-mapper.ts";
import { routerTable } from "./router-table.ts";

const entry = (part: Partial<TableEntry>): TableEntry => ({
  transport: "tcp",
  externalPort: 8080,
  internalClient: "192.168.1.9",
  internalPort: 80,
  description: "x",
  lease: 60,
  ours: false,
  toThisPc: false,
  ...part,
});

const lease: Lease = {
  gateway: "192.168.1.1",
  layer: "ipv4",
  protocol: "pcp",
  transport: "tcp",
  internalPort: 8080,
  nonce: "00".repeat(12),
  externalAddress: "52.3.4.5",
  externalPort: 8080,
  lifetime: 7200,
  expiresAt: "2026-01-01T00:00:00.000Z",
  left: false,
};

const ours = entry({ internalPort: 8080, toThisPc: true });

test("whose each is: what is exposed, what of ours was left behind, what is another's", () => {
  const table = routerTable(
    "192.168.1.1",
    [
      // miniupnpd names a PCP mapping by its nonce; it is ours by where it leads.
      { ...ours, description: "PCP MAP 0011" },
      entry({ externalPort: 9000, ours: true }),
      entry({ externalPort: 22 }),
      { ...ours, transport: "udp" },
    ],
    [lease],
  );
  expect(table.complete).toBe(true);
  expect(table.rows.map((row) => [row.transport, row.externalPort, row.owner])).toEqual([
    ["tcp", 22, "other"],
    ["tcp", 8080, "exposure"],
    ["udp", 8080, "other"],
    ["tcp", 9000, "leaked"],
  ]);
});

const upnp: Lease = { ...lease, protocol: "upnp", internalClient: "192.168.1.7" };
const printer: Lease = { ...upnp, host: "192.168.1.50", internalPort: 80 };

test.each<[string, string, Lease, Partial<TableEntry>]>([
  ["of another host", "other", lease, { toThisPc: false }],
  ["of another port of this PC", "other", lease, { internalPort: 81 }],
  ["of another program of this PC", "other", upnp, { description: "app" }],
  ["ours", "exposure", upnp, { ours: true }],
  ["without words", "exposure", upnp, { description: "", internalClient: "192.168.1.7" }],
  [
    "under an address of this PC that is gone",
    "exposure",
    upnp,
    { internalClient: "192.168.1.7", description: "Homeport TCP 8080", toThisPc: false },
  ],
  [
    "under such an address, by another program",
    "other",
    upnp,
    { internalClient: "192.168.1.7", description: "app", toThisPc: false },
  ],
  [
    "of a device that we opened under such an address",
    "exposure",
    printer,
    {
      internalClient: "192.168.1.50",
      internalPort: 80,
      description: "Homeport TCP 80 via 192 168 1 7",
      toThisPc: false,
    },
  ],
  [
    "of a device that another Homeport opened",
    "other",
    printer,
    {
      internalClient: "192.168.1.50",
      internalPort: 80,
      description: "Homeport TCP 80 via 192 168 1 8",
      toThisPc: false,
    },
  ],
])("at a port that we hold, an entry %s: %s", (_what, owner, held, part) => {
  const [row] = routerTable("192.168.1.1", [{ ...ours, ...part }], [held]).rows;
  expect(row?.owner).toBe(owner);
});

test("all ports of a set are ours", () => {
  const table = [0, 1, 2].map((step) =>
    entry({ externalPort: 9000 + step, internalPort: 8080 + step, toThisPc: true }),
  );
  const set: Lease = { ...lease, externalPort: 9000, count: 2 };
  expect(routerTable("192.168.1.1", table, [set]).rows.map(({ owner }) => owner)).toEqual([
    "exposure",
    "exposure",
    "other",
  ]);
});

test("of a router that does not show it, what we hold there", () => {
  const table = routerTable("192.168.1.1", null, [lease]);
  expect(table).toMatchObject({
    complete: false,
    rows: [{ externalPort: 8080, internalClient: "this PC", owner: "exposure" }],
  });
});

test("foreign words are one bounded line", () => {
  const [row] = routerTable("x", [entry({ description: `a\nb\u202e${"c".repeat(200)}` })], []).rows;
  expect(row?.description).toMatch(/^a b c{76}$/);
});
