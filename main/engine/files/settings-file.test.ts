import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/settings.ts";
import { keepAside, readJsonFile, writeJsonFile } from "./json-file.ts";
import { FileSettingsStore } from "./settings-file.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-files-"));
  path = join(directory, "settings.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

const exposure = { transport: "tcp", internalPort: 8080, externalPort: null } as const;

test("without a file there are defaults and no complaint", () => {
  expect(new FileSettingsStore(path).load()).toEqual({ settings: defaultSettings, notices: [] });
  expect(readdirSync(directory)).toEqual([]);
});

test.each([
  ["inquiryMinutes", 4, 60],
  ["inquiryMinutes", 1441, 60],
  ["tableCheckMinutes", 7, 5],
  ["tableCheckMinutes", "30", 5],
] as const)("%s is never %j: it is %i then, and that is said", (key, written, kept) => {
  writeFileSync(path, JSON.stringify({ [key]: written }));
  const { settings, notices } = new FileSettingsStore(path).load();
  expect(settings[key]).toBe(kept);
  expect(notices[0]?.message).toContain(key);
});

test("what was saved is read again, and only its owner can", () => {
  const settings = { ...defaultSettings, theme: "dark" as const, exposures: [exposure] };
  expect(new FileSettingsStore(path).save(settings)).toBeNull();
  expect(new FileSettingsStore(path).load()).toEqual({ settings, notices: [] });
  expect(statSync(path).mode & 0o077).toBe(0);
  expect(readdirSync(directory)).toEqual(["settings.json"]);
});

test.each([
  ["cut off", '{"theme": "dark", "expo'],
  ["empty", ""],
  ["no settings", "[1, 2]"],
  ["binary", "\u0000\u0001\u0002"],
])(
  "a file that is %s is kept aside whole, with a message, and defaults are used",
  (_what, text) => {
    writeFileSync(path, text);
    const { settings, notices } = new FileSettingsStore(path).load();
    expect(settings).toEqual(defaultSettings);
    const [aside = ""] = readdirSync(directory);
    expect(aside).toMatch(/^settings\.corrupt-/);
    expect(readFileSync(join(directory, aside), "utf8")).toBe(text);
    expect(notices).toMatchObject([{ id: "settings-damaged", level: "warning" }]);
    expect(notices[0]?.message).toContain(aside);
  },
);

test("only what is damaged is lost", () => {
  writeFileSync(
    path,
    JSON.stringify({
      theme: "purple",
      gateway: "192.168.1.1",
      exposures: [exposure, { port: -1 }],
    }),
  );
  const { settings, notices } = new FileSettingsStore(path).load();
  expect(settings).toEqual({ ...defaultSettings, gateway: "192.168.1.1", exposures: [exposure] });
  expect(notices[0]?.message).toContain("theme");
});

test("a save that fails says so and leaves the old file", () => {
  const store = new FileSettingsStore(join(path, "settings.json"));
  writeFileSync(path, "a file where a folder should be");
  expect(store.save(defaultSettings)).toMatchObject({ id: "settings-not-saved" });
  expect(readFileSync(path, "utf8")).toBe("a file where a folder should be");
});

test("a write replaces the whole file and leaves no temporary one", () => {
  writeFileSync(path, "x".repeat(10_000));
  chmodSync(path, 0o644);
  writeJsonFile(path, { a: 1 });
  expect(readJsonFile(path)).toEqual({ kind: "value", value: { a: 1 } });
  expect(readdirSync(directory)).toEqual(["settings.json"]);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test("what cannot be moved aside is said to be so", () => {
  expect(keepAside(path, 0)).toBeNull();
});
