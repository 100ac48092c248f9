/** A small JSON file that survives crashes: atomic writes, and what cannot be read is kept aside, never lost. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { z } from "zod";

export type JsonRead =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** Reads and parses `path`; never throws. */
export function readJsonFile(path: string): JsonRead {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? { kind: "absent" }
      : { kind: "unreadable", reason: String(error) };
  }
  try {
    return { kind: "value", value: JSON.parse(text) };
  } catch (error) {
    return { kind: "unreadable", reason: String(error) };
  }
}

export type CheckedRead<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "absent" }
  /** `aside`: where the file as it was is kept now, or null when even that failed. */
  | { readonly kind: "damaged"; readonly aside: string | null };

/** Reads a file of ours; one that does not fit `schema` is kept aside whole. Never throws. */
export function readCheckedFile<T>(
  path: string,
  schema: z.ZodType<T>,
  now: number,
): CheckedRead<T> {
  const read = readJsonFile(path);
  if (read.kind === "absent") return read;
  const parsed = read.kind === "value" ? schema.safeParse(read.value) : null;
  return parsed?.success === true
    ? { kind: "value", value: parsed.data }
    : { kind: "damaged", aside: keepAside(path, now) };
}

/** `; it was kept as …`, to follow "could not be read" or "is damaged". */
export function keptAs(aside: string | null): string {
  return aside === null ? "" : `; it was kept as ${aside}`;
}

/**
 * Replaces `path` in one step (temporary file, then rename), readable by the user alone. Throws the system's
 * error (ENOSPC, EACCES, …); the old file then still stands.
 */
export function writeJsonFile(path: string, value: unknown): void {
  replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** The same for any text. */
export function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Moves a file that cannot be used out of the way as `name.corrupt-<time>.json`, so that nothing is lost.
 * Returns the new path, or null when even that failed.
 */
export function keepAside(path: string, now: number): string | null {
  const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, "-");
  const aside = join(dirname(path), `${basename(path, ".json")}.corrupt-${stamp}.json`);
  try {
    renameSync(path, aside);
    return aside;
  } catch {
    return null;
  }
}
