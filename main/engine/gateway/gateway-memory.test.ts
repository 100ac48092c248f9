import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { GatewayMemory } from "./gateway-memory.ts";

const path = () => join(mkdtempSync(join(tmpdir(), "homeport-memory-")), "gateways.json");
const home = { address: "192.168.1.1", link: "a0:36:9f:11:22:33" };

function memory(file: string): GatewayMemory {
  const loaded = new GatewayMemory(file, simulatedEnvironment());
  loaded.load();
  return loaded;
}

test("outlives the run, by address and link-layer address together", () => {
  const file = path();
  const first = memory(file);
  first.note(home, "pcp", "refuses");
  first.note(home, "upnp", "grants");
  const next = memory(file);
  expect(next.recall(home)).toEqual({ pcp: "refuses", upnp: "grants" });
  expect(next.recall({ ...home, link: "a0:36:9f:11:22:34" })).toEqual({});
  expect(next.recall({ ...home, address: "192.168.1.254" })).toEqual({});
  next.note(home, "pcp", "grants");
  expect(memory(file).recall(home)).toEqual({ pcp: "grants", upnp: "grants" });
});

test("an IPv6 gateway is the same on whichever interface, and is read again", () => {
  const file = path();
  const router = { ...home, address: "fe80::1%eth0" };
  memory(file).note(router, "pcp", "refuses");
  expect(memory(file).recall({ ...router, address: "fe80::1%wlan0" })).toEqual({ pcp: "refuses" });
  expect(memory(file).recall({ ...router, link: "a0:36:9f:11:22:34" })).toEqual({});
});

test("a gateway that cannot be told from another is not remembered", () => {
  const file = path();
  const nameless = { ...home, link: null };
  const one = memory(file);
  one.note(nameless, "pcp", "grants");
  expect(one.recall(nameless)).toEqual({});
});

test("holds a few dozen, the latest", () => {
  const file = path();
  const one = memory(file);
  for (let host = 1; host <= 40; host += 1)
    one.note({ ...home, address: `10.0.0.${host}` }, "pcp", "grants");
  const next = memory(file);
  expect(next.recall({ ...home, address: "10.0.0.8" })).toEqual({});
  expect(next.recall({ ...home, address: "10.0.0.9" })).toEqual({ pcp: "grants" });
});

test("a damaged file is kept aside and begun anew", () => {
  const file = path();
  writeFileSync(file, '{"version":1,"gateways":[{"address":"evil"}]}');
  const one = memory(file);
  expect(one.recall(home)).toEqual({});
  one.note(home, "pcp", "grants");
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ gateways: [home] });
});

test("a disk that cannot be written costs nothing but the memory", () => {
  const file = path();
  writeFileSync(file, "no folder");
  const one = new GatewayMemory(join(file, "gateways.json"), simulatedEnvironment());
  one.note(home, "pcp", "grants");
  expect(one.recall(home)).toEqual({ pcp: "grants" });
});

describe("quirks", () => {
  const of = (from: GatewayMemory) => from.quirksOf(() => home);

  test("outlive the run, beside what protocols do; undefined drops them", () => {
    const file = path();
    const first = memory(file);
    first.note(home, "upnp", "grants");
    of(first).note({ lease: 0, listOnly: true });
    const next = memory(file);
    expect(of(next).recall()).toEqual({ lease: 0, listOnly: true });
    expect(next.recall(home)).toEqual({ upnp: "grants" });
    of(next).note({ lease: undefined, listOnly: true });
    expect(of(memory(file)).recall()).toEqual({ listOnly: true });
    of(next).note({});
    expect(of(memory(file)).recall()).toEqual({});
    expect(memory(file).recall(home)).toEqual({ upnp: "grants" });
  });

  test("of the same address with another link-layer address are others", () => {
    const one = memory(path());
    of(one).note({ lease: 0 });
    expect(one.quirksOf(() => ({ ...home, link: "a0:36:9f:11:22:34" })).recall()).toEqual({});
    const nameless = one.quirksOf(() => ({ ...home, link: null }));
    nameless.note({ lease: 0 });
    expect(nameless.recall()).toEqual({});
  });

  test("that make no sense are not taken from the file", () => {
    for (const known of [{ lease: -1 }, { lease: 1e10 }, { lease: "0" }, { evil: true }]) {
      const file = path();
      of(memory(file)).note({ lease: 0 });
      const text = readFileSync(file, "utf8");
      const spoilt = JSON.parse(text) as { gateways: { quirks: { known: unknown } }[] };
      for (const gateway of spoilt.gateways) gateway.quirks.known = known;
      writeFileSync(file, JSON.stringify(spoilt));
      expect(of(memory(file)).recall()).toEqual({});
    }
  });
});
