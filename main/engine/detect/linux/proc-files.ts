/**
 * Bounded synchronous reads below /proc. procfs answers from memory, so a synchronous read costs microseconds
 * where a hop through the thread pool costs ten times that. Files vanish between two calls: null, never an error.
 */
import { closeSync, openSync, readSync, readdirSync, readlinkSync, statSync } from "node:fs";

/** Shared by all reads, which never overlap; grows to the largest file seen. */
let buffer = Buffer.allocUnsafe(64 * 1024);

/** Up to `limit` bytes of a file as latin1 (one character a byte), or null when it cannot be read. */
export function readProcFile(path: string, limit: number): string | null {
  return readProcBytes(path, limit)?.toString("latin1") ?? null;
}

/** Like `readProcFile`, as a view that the next read overwrites. */
export function readProcBytes(path: string, limit: number): Buffer | null {
  return readPieces(path, (length) => limit - length);
}

/**
 * Like `readProcFile` for a file that the kernel gives in one read when there is room for it (/proc/<pid>/stat,
 * cmdline, cgroup; /proc/net/sockstat): spares the second read, which only tells that the end is reached.
 */
export function readProcValue(path: string, limit: number): string | null {
  return readPieces(path, (length) => (length === 0 ? limit : 0))?.toString("latin1") ?? null;
}

/**
 * Reads a file in pieces: `next` is asked for the size of the next one, given what is there so far, and ends it with 0.
 * The kernel prints whole lines of a table, a page at most, until a piece is full: asking for little spares it the
 * rest. The answer is a view that the next read overwrites.
 */
export function readPieces(
  path: string,
  next: (length: number, bytes: Buffer) => number,
): Buffer | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    let length = 0;
    for (;;) {
      const size = next(length, buffer);
      if (size <= 0) break;
      // A read that is cut by our own room would look like the end of the file.
      const room = length + Math.min(size, buffer.length / 2);
      if (room > buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
      const read = readSync(file, buffer, length, Math.min(size, buffer.length - length), null);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

/**
 * A small file that is read again and again, each time in one read: it stays open, since opening it costs as much
 * as reading it. The kernel writes the text anew at each read from its beginning.
 */
export class OpenProcFile {
  readonly #path: string;
  #file: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Up to a page as latin1, or null when it cannot be read. */
  read(): string | null {
    try {
      this.#file ??= openSync(this.#path, "r");
      return buffer.toString("latin1", 0, readSync(this.#file, buffer, 0, 4096, 0));
    } catch {
      return null;
    }
  }
}

export function readProcLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** Names in a directory; `denied` tells a process of another user from one that is gone. */
export function listProcDirectory(path: string): readonly string[] | "denied" | null {
  try {
    return readdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" || code === "EPERM" ? "denied" : null;
  }
}

/**
 * Open files of a process, where the kernel tells their number as the size of /proc/<pid>/fd (Linux 6.2):
 * a fifth of the cost of listing them. Null where it does not.
 */
export function countProcFiles(directory: string): number | null {
  try {
    return statSync(directory, { throwIfNoEntry: false })?.size || null;
  } catch {
    return null;
  }
}
