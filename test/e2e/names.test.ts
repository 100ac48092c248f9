/** A name from nothing to a visitor, in the window: add, test, look, save, and what became of it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { startBind } from "../dns/bind.ts";
import { formatBindKey, labKey } from "../dns/keys.ts";
import { providerAddress } from "../lab/topology.mjs";
import { until } from "../lab/until.mjs";
import { useDesktop } from "./desktop.ts";
import { root } from "./running-app.ts";

const zone = "home.example";
const fqdn = `friends.${zone}`;
const key = labKey("homeport");
const pictures = process.env["HOMEPORT_SCREENSHOTS"];

describe("a name", () => {
  const desktop = useDesktop();

  test("is tested and shown before it is saved, and leads visitors here within a minute", async () => {
    const at = { namespace: `${desktop.lab.id}-net`, address: providerAddress };
    const bind = await startBind({ zone, keys: [key], at });
    desktop.atEnd(() => bind.stop());
    await desktop.serve("tcp", 8080, "the page");
    const app = await desktop.start();
    const { page } = app;
    const { port } = await app.expose("tcp", 8080);

    const from = Date.now();
    await page.getByRole("button", { name: "Add a name…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Where it is kept").selectOption("dns-update");
    await dialog.getByLabel("Name", { exact: true }).fill(fqdn);
    await dialog.getByLabel("Server (optional)").fill(providerAddress);
    const secret = dialog.getByLabel("TSIG key, as the server has it");
    await secret.fill(formatBindKey({ ...key, secret: labKey("other").secret }));
    await dialog.getByRole("button", { name: "Test the account" }).click();
    await dialog.getByText("has another secret for this key").waitFor();
    await secret.fill(formatBindKey(key));
    await dialog.getByRole("button", { name: "Test the account" }).click();
    await dialog.getByText("The provider accepts this account for this name.").waitFor();
    await picture(page, "name-tested");
    await dialog.getByRole("button", { name: "Preview records" }).click();
    await dialog.getByRole("cell", { name: await desktop.lab.wanAddress() }).waitFor();
    await picture(page, "name-preview");
    expect(bind.dig(fqdn, "A")).toEqual([]);

    await dialog.getByRole("button", { name: "Add name" }).click();
    const card = page.getByTestId(`name-${fqdn}`);
    await card.and(page.locator('[data-state="visible"]')).waitFor({ timeout: 30_000 });
    console.log(`from the first click to a name that all servers tell: ${Date.now() - from} ms`);
    const [record = ""] = bind.dig(fqdn, "A");
    expect(record.split(" ").at(-1)).toBe(await desktop.lab.wanAddress());
    const { body } = await desktop.lab.visit(`http://${record.split(" ").at(-1)}:${port}/`);
    expect(body).toBe("the page");

    // Behind our back: it is noticed, and the window tells what became of it.
    bind.nsupdate(key, [`update delete ${fqdn} A`, `update add ${fqdn} 60 A 203.0.113.9`]);
    await card.getByRole("button", { name: `Update ${fqdn} now` }).click();
    await until("the record is restored", () =>
      bind
        .dig(fqdn, "A")
        .join()
        .includes(String(record.split(" ").at(-1))),
    );
    await open(card, "Last updates");
    await card.getByText("203.0.113.9").waitFor();
    await open(card, /records$/);
    await picture(page, "names");
  });
});

async function open(card: Locator, summary: string | RegExp): Promise<void> {
  await card.locator("summary").filter({ hasText: summary }).click();
}

/** In both themes, where pictures are wanted. */
async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  const folder = join(root, pictures);
  mkdirSync(folder, { recursive: true });
  await page.mouse.move(2, 2);
  for (const theme of ["light", "dark"] as const) {
    await page.evaluate((value) => window.homeport.updateSettings({ theme: value }), theme);
    await page.locator(`html[data-theme="${theme}"]`).waitFor();
    await page.screenshot({
      path: join(folder, `${name}-${theme}.png`),
      fullPage: true,
      animations: "disabled",
    });
  }
}
