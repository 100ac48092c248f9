/** Servers are asked what they tell of themselves while somebody looks at the window, and left alone while nobody does. */
import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { until } from "../lab/until.mjs";
import { useDesktop } from "./desktop.ts";
import { executable, root } from "./running-app.ts";

const runFile = promisify(execFile);
const port = 8090;
/** Says so on standard output each time that it is asked for its page. */
const program = `require("node:http").createServer((request, answer) => {
  if (request.url === "/") console.log("asked");
  answer.end("<title>Counting page</title>");
}).listen(${port});`;
/** Milliseconds that are longer than from one question to the next while the window is seen. */
const quiet = 36_000;

describe("what runs inside", () => {
  const desktop = useDesktop();

  /** Without Playwright, which lets every page believe that it is seen. */
  function startApp(): void {
    const words = ["--no-sandbox", root, `--user-data-dir=${desktop.data.directory}`];
    const app = spawn(executable(), words, { stdio: "ignore", detached: true });
    const ended = new Promise((resolve) => app.once("close", resolve));
    desktop.atEnd(async () => {
      if (app.pid !== undefined && app.exitCode === null) process.kill(-app.pid, "SIGKILL");
      await ended;
    });
  }

  /** Does something to the window, as its user does by way of the desktop. */
  async function xdotool(...words: readonly string[]): Promise<void> {
    const search = ["search", "--sync", "--onlyvisible", "--name", "^Homeport$"];
    await runFile("xdotool", [...search, ...words]);
  }

  async function closeWindow(): Promise<void> {
    await xdotool("windowactivate", "--sync");
    // To no window by name: the release of the keys would find it gone, and they would close the next one.
    await runFile("xdotool", ["key", "alt+F4"]);
    const search = ["search", "--onlyvisible", "--name", "^Homeport$"];
    const isThere = (): Promise<boolean> =>
      runFile("xdotool", search).then(
        () => true,
        () => false,
      );
    await until("the window is gone", async () => !(await isThere()));
  }

  test("is asked for while the window is seen, and no more once it is minimised or closed", async () => {
    const server = desktop.lab.spawn("pc", process.execPath, ["-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => server.once("close", resolve));
    desktop.atEnd(async () => {
      server.kill("SIGKILL");
      await ended;
    });
    let asked = 0;
    createInterface({ input: server.stdout as Readable }).on("line", () => (asked += 1));
    /** Does something, and resolves with the next question after it. */
    const askedAfter = async (action: () => Promise<unknown>, patience: number): Promise<void> => {
      const before = asked;
      await action();
      await until("it is asked", () => asked > before, patience);
    };
    const staysUnasked = async (): Promise<void> => {
      const before = asked;
      await wait(quiet);
      expect(asked - before).toBe(0);
    };

    await askedAfter(async () => startApp(), 30_000);
    await askedAfter(() => xdotool("getwindowname"), quiet);

    await xdotool("windowminimize");
    await wait(1000);
    await staysUnasked();
    // What a second start does for whoever looks for the window.
    await askedAfter(() => desktop.startAgain(), 15_000);

    await closeWindow();
    await staysUnasked();
    await askedAfter(() => desktop.startAgain(), 15_000);
  }, 240_000);
});
