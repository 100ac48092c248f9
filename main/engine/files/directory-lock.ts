/** One engine per data folder: two would undo each other's mappings. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type DirectoryLock =
  | { readonly kind: "held"; readonly release: () => void }
  | { readonly kind: "refused"; readonly reason: string };

/** Takes `engine.lock` in `directory` (made when absent); a lock whose process is gone is taken over. */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, "engine.lock");
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      mkdirSync(directory, { recursive: true });
      writeFileSync(path, `${process.pid} ${startOf(process.pid)}\n`, { flag: "wx", mode: 0o600 });
      return { kind: "held", release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        return { kind: "refused", reason: `cannot use the folder ${directory}: ${String(error)}` };
      }
      const owner = ownerOf(path);
      if (owner !== null) {
        return {
          kind: "refused",
          reason: `another Homeport (process ${owner}) already runs with the folder ${directory}`,
        };
      }
      rmSync(path, { force: true });
    }
  }
  return { kind: "refused", reason: `cannot lock the folder ${directory}` };
}

/** The living process that holds the lock, or null. */
function ownerOf(path: string): number | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const [first, start] = text.trim().split(" ");
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return null;
  }
  // The number may have been given to another program since.
  return startOf(pid) === start ? pid : null;
}

/** When the process started (Linux: field 22 of /proc/<pid>/stat); `-` where that cannot be told. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "-";
  } catch {
    return "-";
  }
}
