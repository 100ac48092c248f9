import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { RecordFile } from "./record-file.ts";

const schema = z.strictObject({ name: z.string(), value: z.number() });
type Entry = z.infer<typeof schema>;
const NOW = Date.UTC(2026, 0, 1);

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-records-"));
  path = join(directory, "records.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A book of entries by name, as the users of such a file keep one. */
class Book {
  readonly #file = new RecordFile(path, schema);
  readonly entries = new Map<string, Entry>();

  load(): string {
    const read = this.#file.read(NOW);
    if (read.kind === "value") for (const entry of read.value) this.entries.set(entry.name, entry);
    return read.kind;
  }

  put(name: string, value: number): void {
    const entry = { name, value };
    this.#file.add(entry, this.entries);
    this.entries.set(name, entry);
  }
}

/** What a next run finds. */
function reread(): Record<string, number> {
  const book = new Book();
  expect(book.load()).toBe("value");
  return Object.fromEntries([...book.entries.values()].map(({ name, value }) => [name, value]));
}

function lineCount(): number {
  return readFileSync(path, "utf8").split("\n").length - 1;
}

test("absent, then there, for its owner alone", () => {
  const book = new Book();
  expect(book.load()).toBe("absent");
  book.put("a", 1);
  book.put("b", 2);
  book.put("a", 3);
  expect(reread()).toEqual({ a: 3, b: 2 });
  expect(statSync(path).mode & 0o077).toBe(0);
  expect(readdirSync(directory)).toEqual(["records.jsonl"]);
});

test("a change adds a line and touches nothing before it", () => {
  const book = new Book();
  book.put("a", 1);
  const { ino } = statSync(path);
  const before = readFileSync(path, "utf8");
  book.put("a", 2);
  expect(readFileSync(path, "utf8")).toBe(`${before}{"name":"a","value":2}\n`);
  expect(statSync(path).ino).toBe(ino);
});

test("does not grow without end, and loses nothing when it is written anew", () => {
  const book = new Book();
  book.put("first", 1);
  let most = 0;
  for (let value = 0; value < 1000; value += 1) {
    book.put("often", value);
    most = Math.max(most, lineCount());
  }
  expect(most).toBeLessThanOrEqual(206);
  expect(reread()).toEqual({ first: 1, often: 999 });
});

describe("a crash in the middle of a line", () => {
  test.each([
    ["half of it", '{"name":"b","va'],
    ["all but its end", '{"name":"b","value":2}'],
    ["a block of zeros", "\0".repeat(512)],
  ])("%s was not written", (_name, rest) => {
    const before = new Book();
    before.put("a", 1);
    appendFileSync(path, rest);
    expect(reread()).toEqual({ a: 1 });

    const after = new Book();
    after.load();
    after.put("c", 3);
    expect(reread()).toEqual({ a: 1, c: 3 });
  });
});

describe("a system that refuses", () => {
  test("is told, and what it left half done does no harm", () => {
    const book = new Book();
    book.put("a", 1);
    const aside = `${path}.there`;
    renameSync(path, aside);
    mkdirSync(path);
    expect(() => book.put("b", 2)).toThrow(expect.objectContaining({ code: "EISDIR" }));
    rmSync(path, { recursive: true });
    renameSync(aside, path);
    appendFileSync(path, '{"name":"b","va');
    book.put("c", 3);
    expect(reread()).toEqual({ a: 1, c: 3 });
  });

  test("a file that somebody removed comes back whole", () => {
    const book = new Book();
    book.put("a", 1);
    rmSync(directory, { recursive: true });
    book.put("b", 2);
    expect(reread()).toEqual({ a: 1, b: 2 });
  });
});

describe("damage", () => {
  test.each([
    ["nothing", ""],
    ["no header", '{"name":"a","value":1}\n'],
    ["another version", '{"version":2}\n{"name":"a","value":1}\n'],
    ["no JSON", '{"version":1}\n{"name":"a"\n{"name":"b","value":1}\n'],
    ["another thing", '{"version":1}\n{"name":"a","value":"one"}\n'],
    ["an empty line", '{"version":1}\n\n{"name":"b","value":1}\n'],
  ])("%s is kept aside whole", (_name, content) => {
    writeFileSync(path, content);
    expect(new RecordFile(path, schema).read(NOW)).toEqual({
      kind: "damaged",
      aside: join(directory, "records.jsonl.corrupt-2026-01-01T00-00-00-000Z.json"),
    });
    expect(
      readdirSync(directory).map((name) => readFileSync(join(directory, name), "utf8")),
    ).toEqual([content]);
  });

  test("a folder in its place is moved aside too", () => {
    mkdirSync(path);
    const book = new Book();
    expect(book.load()).toBe("damaged");
    book.put("a", 1);
    expect(reread()).toEqual({ a: 1 });
  });
});
