import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { catalogue } from "../../../shared/services/catalogue.ts";
import { processOf } from "../../../test/fixtures/servers.ts";
import { filesToRead, readWorkingFiles } from "./working-files.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-files-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("reads the start of what is there, and no more", async () => {
  writeFileSync(join(directory, "server.properties"), "server-port=25570\n");
  writeFileSync(join(directory, "serverconfig.xml"), "x".repeat(1_000_000));
  const names = ["server.properties", "serverconfig.xml", "velocity.toml"];
  const files = await readWorkingFiles(directory, names);
  expect([...files.keys()]).toEqual(["server.properties", "serverconfig.xml"]);
  expect(files.get("server.properties")).toBe("server-port=25570\n");
  expect(files.get("serverconfig.xml")).toHaveLength(65_536);
});

test("takes neither folders nor a folder that is not there", async () => {
  mkdirSync(join(directory, "server.properties"));
  expect((await readWorkingFiles(directory, ["server.properties"])).size).toBe(0);
  expect((await readWorkingFiles(join(directory, "none"), ["a.txt"])).size).toBe(0);
});

test.skipIf(process.platform === "win32")("does not wait for a pipe", async () => {
  execFileSync("sh", ["-c", 'mkfifo "$0"', join(directory, "server.properties")]);
  expect((await readWorkingFiles(directory, ["server.properties"])).size).toBe(0);
});

test("only what could tell something of this program is read", () => {
  const of = (commandLine: string): string[] => filesToRead(processOf(commandLine), catalogue);
  expect(of("java -jar x.jar")).toEqual(["server.properties", "velocity.toml"]);
  expect(of("/srv/bedrock_server")).toEqual(["server.properties"]);
  expect(of("/usr/sbin/nginx")).toEqual([]);
  const contained = processOf("java -jar x.jar", { container: "0123456789ab" });
  expect(filesToRead(contained, catalogue)).toEqual([]);
});
