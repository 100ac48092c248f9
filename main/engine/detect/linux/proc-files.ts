/**
 * Bounded synchronous reads below /proc. procfs answers from memory, so a synchronous read costs microseconds
 * where a hop through the thread pool costs ten times that. Files vanish between two calls: null, never an error.
 */
import { closeSync, openSync, readSync, readdirSync, readlinkSync } from "node:fs";

/** Shared by all reads, which never overlap; grows to the largest file seen. */
let buffer = Buffer.allocUnsafe(64 * 1024);

/** Up to `limit` bytes of a file as latin1 (one character a byte), or null when it cannot be read. */
export function readProcFile(path: string, limit: number): string | null {
  return readWhile(path, limit, null);
}

/**
 * Like `readProcFile`, but asks after each piece whether to go on. The kernel gives at most a page a read,
 * whole lines, so stopping early spares it from printing the rest.
 */
export function readWhile(
  path: string,
  limit: number,
  goOn: ((piece: string) => boolean) | null,
): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    let length = 0;
    while (length < limit) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
      const room = Math.min(buffer.length, limit) - length;
      const read = readSync(file, buffer, length, room, null);
      if (read === 0) break;
      length += read;
      if (goOn && !goOn(buffer.toString("latin1", length - read, length))) break;
    }
    return buffer.toString("latin1", 0, length);
  } catch {
    return null;
  } finally {
    closeSync(file);
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
