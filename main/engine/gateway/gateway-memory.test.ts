import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
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
