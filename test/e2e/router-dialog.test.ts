/** What the real router holds, in the real window. */
import { expect, test } from "vitest";
import { useDesktop } from "./desktop.ts";

const desktop = useDesktop();

test("the router's dialog lists what is exposed as ours, and another program's port as another's", async () => {
  await desktop.lab.exec("pc", "natpmpc", ["-a", "9000", "9000", "tcp", "-g", "192.168.77.1"]);
  const app = await desktop.start();
  await app.page.evaluate(() =>
    window.homeport.expose({
      transport: "udp",
      internalPort: 2456,
      externalPort: null,
      block: [{ transport: "udp", internalPort: 2457 }],
    }),
  );
  await app.exposure("udp", 2456).locator('[data-testid="endpoint"]').waitFor();
  await app.page.locator(".router-button").click();
  const rows = app.page.locator(".holds tbody tr");
  await rows.first().waitFor();
  const lines = await rows.allInnerTexts();
  expect(lines.map((line) => line.split(/\s+/).slice(0, 3))).toEqual([
    ["udp/2456", "192.168.77.10:2456", "Homeport"],
    ["udp/2457", "192.168.77.10:2457", "Homeport"],
    ["tcp/9000", "192.168.77.10:9000", "Another"],
  ]);
});
