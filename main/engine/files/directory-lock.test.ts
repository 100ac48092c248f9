import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { lockDirectory } from "./directory-lock.ts";

const directory = mkdtempSync(join(tmpdir(), "homeport-lock-"));
afterEach(() => rmSync(join(directory, "engine.lock"), { force: true }));

test("is taken once and can be taken again after its release", () => {
  const lock = lockDirectory(directory);
  expect(lock.kind).toBe("held");
  expect(readFileSync(join(directory, "engine.lock"), "utf8")).toMatch(/^\d+ /);
  if (lock.kind === "held") lock.release();
  expect(lockDirectory(directory).kind).toBe("held");
});

test("is refused while another living process holds it, with its number", async () => {
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  try {
    await new Promise((resolve) => other.once("spawn", resolve));
    const stat = readFileSync(`/proc/${other.pid}/stat`, "utf8");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    writeFileSync(join(directory, "engine.lock"), `${other.pid} ${start}\n`);
    expect(lockDirectory(directory)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining(`process ${other.pid}`),
    });
    // The same number, but another program since:
    writeFileSync(join(directory, "engine.lock"), `${other.pid} 1\n`);
    expect(lockDirectory(directory).kind).toBe("held");
  } finally {
    other.kill("SIGKILL");
  }
});

test("is taken over from a process that was killed, and from a damaged file", () => {
  writeFileSync(join(directory, "engine.lock"), "4194999 77\n");
  expect(lockDirectory(directory).kind).toBe("held");
  writeFileSync(join(directory, "engine.lock"), "\0garbage");
  expect(lockDirectory(directory).kind).toBe("held");
});

test("says why when the folder cannot be used", () => {
  const file = join(directory, "a-file");
  writeFileSync(file, "");
  expect(lockDirectory(join(file, "below"))).toMatchObject({ kind: "refused" });
});
