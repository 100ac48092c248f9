/** Secrets of DNS accounts in the real Electron, on a desktop without a keyring. */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../lab/until.mjs";
import { useDesktop } from "./desktop.ts";
import type { RunningApp } from "./running-app.ts";

const secret = "s3cr3t-of-this-test";

describe("without a keyring", () => {
  const desktop = useDesktop();
  const plain = (): string => join(desktop.data.directory, "secrets-unencrypted.json");

  test("secrets last for the run, or in a file as long as the user wants that", async () => {
    let app = await desktop.start();
    const backend = await app.electron.evaluate(({ safeStorage }) =>
      safeStorage.getSelectedStorageBackend(),
    );
    expect(backend).toBe("basic_text");
    await addName(app);
    expect(await storageOf(app)).toBe("session");
    expect(commandLinesOf(app).filter((line) => line.includes(secret))).toEqual([]);
    expect(filesWith(desktop.data.directory, secret)).toEqual([]);

    await chooseFile(app, "file");
    expect(statSync(plain()).mode & 0o777).toBe(0o600);
    expect(readFileSync(plain(), "utf8")).toContain(secret);
    await app.kill();
    app = await desktop.start();
    expect(await storageOf(app)).toBe("file");
    await until("the name has its secret", async () => (await errorOf(app)) !== "dns-no-secret");

    await chooseFile(app, "session");
    expect(existsSync(plain())).toBe(false);
    await app.kill();
    expect(filesWith(desktop.data.directory, secret)).toEqual([]);
    app = await desktop.start();
    await until("the secret is gone", async () => (await errorOf(app)) === "dns-no-secret");
    await app.page.getByTestId("name-home.duckdns.org").getByText("no password, token").waitFor();
  });
});

async function addName({ page }: RunningApp): Promise<void> {
  await page.getByRole("button", { name: "Add a name…" }).click();
  await page.getByLabel("Name", { exact: true }).fill("home");
  await page.getByLabel("Token", { exact: true }).fill(secret);
  await page.getByText("forgets it on quitting").waitFor();
  await page.getByRole("button", { name: "Add name" }).click();
  await page.getByTestId("name-home.duckdns.org").waitFor();
}

/** Ticks or unticks the file in the settings, and waits until `storage` is what it came to. */
async function chooseFile({ page }: RunningApp, storage: "file" | "session"): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("checkbox", { name: /file that is not encrypted/ }).click();
  await page.locator(`[data-storage="${storage}"]`).waitFor();
  await page.keyboard.press("Escape");
}

async function storageOf({ page }: RunningApp): Promise<string | undefined> {
  const snapshot = await page.evaluate(() => window.homeport.getSnapshot(undefined));
  return snapshot.ok ? snapshot.value.secretStorage : undefined;
}

async function errorOf({ page }: RunningApp): Promise<string | undefined> {
  const snapshot = await page.evaluate(() => window.homeport.getSnapshot(undefined));
  return snapshot.ok ? snapshot.value.names[0]?.error?.code : undefined;
}

/** Of the app and all its helpers. */
function commandLinesOf({ process: { pid } }: RunningApp): readonly string[] {
  const lines = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const group = readFileSync(`/proc/${entry}/stat`, "utf8").split(") ")[1]?.split(" ")[2];
        return group === String(pid) ? [readFileSync(`/proc/${entry}/cmdline`, "utf8")] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
  expect(lines.length).toBeGreaterThan(2);
  return lines;
}

/** All files below `directory`, Chromium's own included, that hold `text` as it is or in base64. */
function filesWith(directory: string, text: string): readonly string[] {
  const forms = [text, Buffer.from(text).toString("base64").replace(/=+$/, "")];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => {
      const content = readFileSync(path, "latin1");
      return forms.some((form) => content.includes(form));
    });
}
