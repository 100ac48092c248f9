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

test("whose each is: what is exposed, what of ours was left behind, what is another's", () => {
  const table = routerTable(
    "192.168.1.1",
    [
      // miniupnpd names a PCP mapping by its nonce; it is ours by its port.
      entry({ description: "PCP MAP 0011" }),
      entry({ externalPort: 9000, ours: true }),
      entry({ externalPort: 22 }),
      entry({ transport: "udp", ours: false }),
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
