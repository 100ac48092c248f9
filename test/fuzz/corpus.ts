/** Inputs that reached something, one a file, named by their content. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In the order of their names, so that each run with one seed is the same. */
export function readCorpus(directory: string): Uint8Array[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .toSorted()
    .map((name) => Uint8Array.from(readFileSync(join(directory, name))));
}

/** Makes `inputs` all that the directory holds. */
export function writeCorpus(directory: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(directory, { recursive: true });
  const names = new Set(inputs.map(nameOf));
  for (const name of readdirSync(directory)) if (!names.has(name)) rmSync(join(directory, name));
  for (const input of inputs) writeFileSync(join(directory, nameOf(input)), input);
}

export function nameOf(input: Uint8Array): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 12);
}
