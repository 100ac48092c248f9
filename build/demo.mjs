/**
 * `npm run demo`: the app inside the built-in demo network. Without a display it starts a virtual one, clicks Expose,
 * visits the public endpoint, prints it and writes a screenshot. Ends with Ctrl-C; `-- --once` ends by itself.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ensureBundle } from "./bundle.mjs";
import { ensureDependencies, root } from "./dependencies.mjs";
import { hasDisplay, startVirtualDisplay } from "./display.mjs";
import { electronExecutable, launchApp, sandboxFlags } from "./launch-app.mjs";
import { whenOrphaned } from "./parent.mjs";
import { SetupError, run, say } from "./say.mjs";

const screenshot = join(root, "out", "demo", "homeport-demo.png");

await run(async () => {
  const isOnce = process.argv.includes("--once");
  ensureDependencies();
  ensureBundle();
  const userData = mkdtempSync(join(tmpdir(), "homeport-demo-"));
  const ending = interrupted();
  const network = await startNetwork();
  const words = ["--gateway", network.gateway, `--user-data-dir=${userData}`];
  try {
    if (hasDisplay() && !isOnce) {
      say(`demo network: router ${network.gateway}, sample web server on tcp/${network.port}`);
      say(
        `click Expose beside the sample server (tcp/${network.port}), then open its public endpoint`,
      );
      return await launchApp(words);
    }
    return await demonstrate(words, network, isOnce, ending);
  } finally {
    network.stop();
    rmSync(userData, { recursive: true, force: true });
  }
});

/** @returns {Promise<{gateway: string, port: number, stop: () => void}>} */
async function startNetwork() {
  const child = spawn(process.execPath, [join(root, "out", "main", "demo-network.js")], {
    stdio: ["pipe", "pipe", "inherit"],
    // Out of reach of the terminal's Ctrl-C: the app closes its ports on this router first.
    detached: true,
  });
  const lines = createInterface(child.stdout);
  const [line] = await once(lines, "line", { signal: AbortSignal.timeout(15_000) });
  const event = JSON.parse(String(line));
  if (event.event !== "ready")
    throw new SetupError(`the demo network did not start: ${event.message}`);
  return { gateway: event.gateway, port: event.server.port, stop: () => child.stdin.end() };
}

/**
 * Drives the app as a person would: expose, visit, picture.
 * @param {readonly string[]} words for the app
 * @param {{port: number}} network
 * @param {boolean} isOnce
 * @param {Promise<unknown>} ending
 */
async function demonstrate(words, { port }, isOnce, ending) {
  const display = hasDisplay()
    ? { environment: {}, stop: () => undefined }
    : await startVirtualDisplay();
  const executablePath = await electronExecutable();
  const { _electron } = await import("playwright-core");
  const app = await _electron.launch({
    executablePath,
    args: [...sandboxFlags(), root, ...words],
    env: { ...environmentVariables(), ...display.environment },
  });
  try {
    const page = await app.firstWindow();
    const key = `tcp-${port}`;
    await page
      .getByTestId(`server-${key}`)
      .getByRole("button", { name: /^Expose / })
      .click();
    const card = page.getByTestId(`exposure-${key}`);
    await card.and(page.locator('[data-state="mapped"]')).waitFor();
    const endpoint = (await card.getByTestId("endpoint").innerText()).trim();
    const answer = await fetch(`http://${endpoint}/`);
    const body = await answer.text();
    if (!answer.ok || !body.includes("It works."))
      throw new Error(`no page at http://${endpoint}/`);
    mkdirSync(join(root, "out", "demo"), { recursive: true });
    await page.screenshot({ path: screenshot });
    process.stdout.write(
      `Public endpoint: http://${endpoint}/ (a visitor got the page)\nScreenshot: ${screenshot}\n`,
    );
    if (!isOnce) {
      say("the demo goes on; Ctrl-C ends it");
      await ending;
    }
    return 0;
  } finally {
    await quit(app.process());
    display.stop();
  }
}

/**
 * Asks the app to quit, as a logout would: it closes its ports first.
 * @param {import("node:child_process").ChildProcess} app
 */
async function quit(app) {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const ended = once(app, "exit");
  app.kill("SIGTERM");
  await ended;
}

/** Resolves when somebody wants us to end; until then a signal ends nothing half-way. */
function interrupted() {
  return new Promise((resolve) => {
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
      process.on(signal, resolve);
    }
    whenOrphaned(() => resolve(undefined));
  });
}

/** @returns {Record<string, string>} */
function environmentVariables() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      /** @returns {entry is [string, string]} */ (entry) => entry[1] !== undefined,
    ),
  );
}
