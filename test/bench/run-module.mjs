/**
 * Runs one function of a TypeScript file of this folder, with a data directory of its own, and prints its answer as
 * JSON: `run-module.mjs FILE FUNCTION [ARGUMENT…]`, each argument a number. For what the benchmark runs on the lab's PC.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [, , file = "", name = "", ...words] = process.argv;
const path = fileURLToPath(new URL(file, import.meta.url));
const { module } = await runnerImport(path, { configFile: false, logLevel: "error" });
const data = mkdtempSync(join(tmpdir(), "homeport-bench-"));
const answer = await module[name](data, ...words.map(Number));
rmSync(data, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
