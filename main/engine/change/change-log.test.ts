import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { describeChange } from "../../../shared/changes.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { ChangeLog } from "./change-log.ts";
import type { WayIn } from "./way-in.ts";

let directory: string;
let environment: ReturnType<typeof simulatedEnvironment>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-changes-"));
  environment = simulatedEnvironment();
});

function start(): ChangeLog {
  const log = new ChangeLog(join(directory, "changes.json"), environment);
  log.load();
  return log;
}

function way(part: Partial<WayIn> = {}, port?: number): WayIn {
  return {
    gateway: "192.168.1.1",
    externalAddress: "52.3.4.5",
    outerAddress: null,
    furtherAddresses: new Map(),
    ports: new Map(port === undefined ? [] : [["tcp/8080", port]]),
    ...part,
  };
}

function lines(log: ChangeLog): readonly string[] {
  return log.changes.map((change) => `${describeChange(change)}, ${change.signal}`);
}

test("what is first seen, unknown or the same is no change", () => {
  const log = start();
  log.signal("announcement");
  log.observe(way({ externalAddress: null }));
  log.observe(way());
  log.observe(way({ gateway: null, externalAddress: null }));
  log.observe(way());
  expect(log.changes).toEqual([]);
});

test("a change is put down to the signal before it, else to the renewal that brought it", async () => {
  const log = start();
  log.observe(way({}, 8080));
  log.signal("announcement");
  log.signal("address-poll");
  await environment.clock.advance(5000);
  log.observe(way({ externalAddress: "52.3.4.6" }, 8080));
  await environment.clock.advance(61_000);
  log.observe(way({ externalAddress: "52.3.4.6" }, 31_000));
  expect(lines(log)).toEqual([
    "Port of tcp/8080 8080 → 31000, renewal",
    "Internet address 52.3.4.5 → 52.3.4.6, announcement",
  ]);
});

test("a periodic check is put down to where nothing else told, and for its own answers alone", async () => {
  const log = start();
  log.observe(way());
  log.check("inquiry");
  log.observe(way({ externalAddress: "52.3.4.6" }));
  log.check("table-check");
  log.signal("announcement");
  log.observe(way({ externalAddress: "52.3.4.7" }));
  await environment.clock.advance(61_000);
  log.check("table-check");
  await environment.clock.advance(11_000);
  log.observe(way({ externalAddress: "52.3.4.8" }));
  expect(lines(log)).toEqual([
    "Internet address 52.3.4.7 → 52.3.4.8, renewal",
    "Internet address 52.3.4.6 → 52.3.4.7, announcement",
    "Internet address 52.3.4.5 → 52.3.4.6, inquiry",
  ]);
});

test("of several servers each one's address counts by itself", async () => {
  const [second, third] = ["192.168.1.2", "192.168.1.3"];
  const log = start();
  log.observe(way({ furtherAddresses: new Map([[second, "52.3.8.5"]]) }));
  log.observe(way());
  log.signal("epoch");
  log.observe(
    way({
      furtherAddresses: new Map([
        [second, "52.3.8.6"],
        [third, "52.3.9.5"],
      ]),
    }),
  );
  const next = start();
  next.observe(way({ furtherAddresses: new Map([[third, "52.3.9.6"]]) }));
  expect(lines(next)).toEqual([
    "Internet address 52.3.9.5 → 52.3.9.6, start",
    "Internet address 52.3.8.5 → 52.3.8.6, epoch",
  ]);
});

test("of servers that were named long ago nothing is kept", async () => {
  const log = start();
  for (let at = 0; at < 40; at += 1) {
    log.observe(way({ furtherAddresses: new Map([[`10.0.0.${at}`, "52.3.8.5"]]) }));
  }
  await environment.clock.advance(0);
  const kept = readFileSync(join(directory, "changes.json"), "utf8");
  expect(kept.match(/10\.0\.0\./g)).toHaveLength(6);
});

test("of two routers in a row both addresses count, each by itself", async () => {
  const log = start();
  log.observe(way({ externalAddress: "10.0.0.7" }));
  log.observe(way({ externalAddress: "10.0.0.7", outerAddress: "52.3.4.9" }));
  log.observe(way({ externalAddress: "10.0.0.7" }));
  log.signal("network-change");
  log.observe(way({ externalAddress: "10.0.0.8", outerAddress: "52.3.4.10" }));
  await environment.clock.advance(0);
  const next = start();
  next.observe(way({ externalAddress: "10.0.0.8", outerAddress: "52.3.4.11" }));
  expect(lines(next)).toEqual([
    "Internet address 52.3.4.10 → 52.3.4.11, start",
    "Internet address 52.3.4.9 → 52.3.4.10, network-change",
    "Internet address 10.0.0.7 → 10.0.0.8, network-change",
  ]);
});

test("another network is another gateway and address at once", () => {
  const log = start();
  log.observe(way());
  log.signal("network-change");
  log.observe(way({ gateway: "10.0.0.1", externalAddress: "52.3.4.9" }));
  expect(lines(log)).toEqual([
    "Internet address 52.3.4.5 → 52.3.4.9, network-change",
    "Router 192.168.1.1 → 10.0.0.1, network-change",
  ]);
});

test("another port that the user asked for is none", () => {
  const log = start();
  log.observe(way({}, 8080));
  log.forget("tcp/8080");
  log.observe(way({}, 31_000));
  expect(log.changes).toEqual([]);
});

test("what changed while nothing ran is told by the next run, and the history stays", async () => {
  const first = start();
  first.observe(way());
  await environment.clock.advance(0);
  const next = start();
  next.signal("network-change");
  next.observe(way({ externalAddress: "52.3.4.6" }));
  expect(lines(next)).toEqual(["Internet address 52.3.4.5 → 52.3.4.6, start"]);
  next.observe(way({ externalAddress: "52.3.4.7" }));
  expect(lines(start())).toEqual([
    "Internet address 52.3.4.6 → 52.3.4.7, network-change",
    "Internet address 52.3.4.5 → 52.3.4.6, start",
  ]);
});

test("it is bounded, and a damaged file is kept aside", () => {
  const log = start();
  for (let at = 0; at < 120; at += 1) log.observe(way({ externalAddress: `52.3.4.${at}` }));
  expect(log.changes).toHaveLength(50);
  expect(start().changes).toHaveLength(50);
  writeFileSync(join(directory, "changes.json"), '{"version":1,"changes":[{"what":"x"}]}');
  expect(start().changes).toEqual([]);
  expect(readdirSync(directory).some((name) => name.startsWith("changes.corrupt-"))).toBe(true);
});
