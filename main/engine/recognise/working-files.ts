/** The few configuration files that the catalogue asks for, read from a server's working directory. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Service } from "../../../shared/services/schema.ts";
import type { ServerProcess } from "../../../shared/snapshot.ts";
import type { WorkingFiles } from "./clues.ts";
import { identify, stem } from "./identity.ts";

/** Bytes of each file; what is behind is not read. */
const mostBytes = 65_536;

/** Names of files that could tell which service `process` is, or on which ports; empty for most. */
export function filesToRead(process: ServerProcess, catalogue: readonly Service[]): string[] {
  const { runtime, names, hidden } = identify(process);
  // A container's directory is not ours, whatever its path says.
  if (hidden || process.container !== undefined) return [];
  const fitting = catalogue.filter(({ clues }) =>
    clues.some(
      (clue) =>
        (clue.runtime === undefined || clue.runtime === runtime) &&
        (clue.process === undefined || clue.process.some((name) => names.includes(stem(name)))),
    ),
  );
  const wanted = fitting.flatMap(({ clues, told }) => [
    ...clues.map(({ file }) => file),
    ...told.map(({ file }) => file),
  ]);
  return [...new Set(wanted.flatMap((name) => name ?? []))];
}

/** Reads those of `names` that are there and may be read. Never rejects. */
export async function readWorkingFiles(
  directory: string,
  names: readonly string[],
): Promise<WorkingFiles> {
  const texts = await Promise.all(
    names.map(async (name) => [name, await readStart(join(directory, name))] as const),
  );
  return new Map(texts.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const])));
}

async function readStart(path: string): Promise<string | null> {
  try {
    // Not to wait for a pipe that nobody writes to.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await file.stat()).isFile()) return null;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
