/**
 * A file of records, one JSON line each, of which the last of its kind counts: a change costs one more line, not the
 * whole file. It is written anew once it is mostly what later lines replaced.
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { z } from "zod";
import { type CheckedRead, keepAside, replaceFile } from "./json-file.ts";

const headerSchema = z.strictObject({ version: z.literal(1) });

/** Lines beyond two for each record, after which the file is written anew. */
const SPARE_LINES = 200;

/** Never creates: a file that went is to come back whole. */
const APPENDING = constants.O_WRONLY | constants.O_APPEND;

export class RecordFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  /** Lines that stand there; null where another one cannot simply follow. */
  #lines: number | null = null;

  constructor(path: string, schema: z.ZodType<T>) {
    this.#path = path;
    this.#schema = schema;
  }

  /**
   * All lines, oldest first. A last one that a crash cut off was told to nobody as written, and is left out. A file
   * that is damaged elsewhere is kept aside whole; `now`: milliseconds of the wall clock. Never throws.
   */
  read(now: number): CheckedRead<readonly T[]> {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "absent" };
      return { kind: "damaged", aside: keepAside(this.#path, now) };
    }
    const [first = "", ...lines] = text.split("\n");
    const rest = lines.pop();
    const records = lines.map((line) => parsed(line, this.#schema));
    if (parsed(first, headerSchema) === null || records.includes(null)) {
      return { kind: "damaged", aside: keepAside(this.#path, now) };
    }
    this.#lines = rest === "" ? records.length : null;
    return { kind: "value", value: records.filter((record) => record !== null) };
  }

  /**
   * Adds a line for `record`, or writes `others` anew with it as the last. Throws the system's error (ENOSPC, EACCES,
   * …): what stood there before is what the next run reads.
   */
  add(record: T, others: ReadonlyMap<unknown, T>): void {
    const lines = this.#lines;
    this.#lines = null;
    if (lines !== null && lines < 2 * others.size + SPARE_LINES && this.#append(record)) {
      this.#lines = lines + 1;
      return;
    }
    const all = [{ version: 1 }, ...others.values(), record];
    replaceFile(this.#path, all.map(lineOf).join(""));
    this.#lines = others.size + 1;
  }

  /** False where the file is gone. */
  #append(record: T): boolean {
    let file: number;
    try {
      file = openSync(this.#path, APPENDING);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
    try {
      const line = Buffer.from(lineOf(record));
      // A full disk takes a part of it.
      for (let at = 0; at < line.length;) at += writeSync(file, line, at);
      return true;
    } finally {
      closeSync(file);
    }
  }
}

function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** Null for what is not such a thing. */
function parsed<T>(line: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
