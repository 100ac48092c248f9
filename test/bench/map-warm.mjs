/** Prints the figures of map-warm.ts as JSON. Run on the lab's PC: `map-warm.mjs ROUNDS SELF GATEWAY`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [, , rounds = "1", self = "", gateway = ""] = process.argv;
const path = fileURLToPath(new URL("map-warm.ts", import.meta.url));
const { module } = await runnerImport(path, { configFile: false, logLevel: "error" });
const data = mkdtempSync(join(tmpdir(), "homeport-bench-"));
const figures = await module.mapWarm(Number(rounds), 10_500, { self, gateway }, data);
rmSync(data, { recursive: true });
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
