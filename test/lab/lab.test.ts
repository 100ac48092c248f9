/** The lab leaves nothing behind, however the process that made it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import { existingLabs } from "./namespaces.mjs";
import { until } from "./until.mjs";
import { noLab, whyNoLab } from "./use-lab.ts";

const script = `
  const { Lab } = await import(${JSON.stringify(new URL("./lab.mjs", import.meta.url).href)});
  const { homeNetwork } = await import(${JSON.stringify(new URL("./topology.mjs", import.meta.url).href)});
  const lab = await Lab.create({ topology: homeNetwork({ pc2: true }) });
  const server = await lab.serve("tcp", 8080, "the page");
  console.log(JSON.stringify({ id: lab.id, directory: lab.directory, server: server.pid }));
  setInterval(() => undefined, 1000);
`;

describe.skipIf(noLab)(`a lab${whyNoLab}`, () => {
  async function makeElsewhere() {
    const maker = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise((resolve, reject) => {
      maker.stdout.once("data", resolve);
      maker.once("exit", () => reject(new Error("no lab was made")));
    });
    const made = JSON.parse(String(line)) as { id: string; directory: string; server: number };
    return { maker, ...made };
  }

  async function end(maker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise((resolve) => maker.once("exit", resolve));
    maker.kill(signal);
    await ended;
  }

  const stands = (id: string): boolean => existingLabs().some((lab) => lab.id === id);

  test("ends with an interrupted process", async () => {
    const { maker, id, directory, server } = await makeElsewhere();
    expect(stands(id)).toBe(true);
    await end(maker, "SIGINT");
    expect(stands(id)).toBe(false);
    expect(existsSync(directory)).toBe(false);
    await until("its server ended", () => !existsSync(`/proc/${server}`));
  });

  test("of a killed process is swept away, that of a living one is not", async () => {
    const killed = await makeElsewhere();
    const living = await makeElsewhere();
    await end(killed.maker, "SIGKILL");
    expect(stands(killed.id)).toBe(true);
    Lab.sweep();
    expect(stands(killed.id)).toBe(false);
    expect(existsSync(killed.directory)).toBe(false);
    await until("its server ended", () => !existsSync(`/proc/${killed.server}`));
    expect(stands(living.id)).toBe(true);
    await end(living.maker, "SIGTERM");
    expect(stands(living.id)).toBe(false);
  });
});
