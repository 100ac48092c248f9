/** The main job, as its user and her visitor see it. */
import { describe, expect, test } from "vitest";
import { leasesIn } from "../fixtures/lease-file.ts";
import { until } from "../lab/until.mjs";
import { useDesktop } from "./desktop.ts";
import { TrayMenu } from "./tray.ts";

describe("from a click to a visitor", () => {
  const desktop = useDesktop();

  test("found servers appear, and one click opens each to the internet", async () => {
    const app = await desktop.start();
    for (const [transport, port] of [
      ["tcp", 8080],
      ["udp", 9000],
    ] as const) {
      const { listeningAt } = await desktop.serve(transport, port, `${transport} says`);
      await app.sees(transport, port);
      console.log(`listen() to window, ${transport}: ${Date.now() - listeningAt} ms`);
    }
    const tcp = await app.expose("tcp", 8080);
    const udp = await app.expose("udp", 9000);
    const wan = await desktop.lab.wanAddress();
    expect([tcp.address, udp.address]).toEqual([wan, wan]);

    expect(await desktop.lab.dnat()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ transport: "tcp", externalPort: tcp.port, toPort: 8080 }),
        expect.objectContaining({ transport: "udp", externalPort: udp.port, toPort: 9000 }),
      ]),
    );
    const page = await desktop.lab.visit(`http://${tcp.address}:${tcp.port}/`);
    expect(page).toEqual({ status: 200, body: "tcp says" });
    expect(await desktop.lab.udpEcho(udp.address, udp.port, "hello")).toBe("udp says hello");

    const tray = await TrayMenu.find();
    for (const [key, { address, port }] of [
      ["tcp/8080", tcp],
      ["udp/9000", udp],
    ] as const) {
      const label = await tray.label(new RegExp(`\\(${key}\\).*${wan}`));
      const shown = /(\d+\.\d+\.\d+\.\d+):(\d+) · \d+ (?:min|h) left/.exec(label);
      expect(shown?.slice(1)).toEqual([address, String(port)]);
    }

    await app
      .exposure("tcp", 8080)
      .getByRole("button", { name: /Stop exposing/ })
      .click();
    await app.exposure("tcp", 8080).waitFor({ state: "detached" });
    expect(await desktop.lab.dnat()).toMatchObject([{ transport: "udp" }]);
    await expect(desktop.lab.visit(`http://${tcp.address}:${tcp.port}/`)).rejects.toThrow("http");

    await tray.click("Close ports and quit");
    expect(await app.ended()).toEqual({ code: 0, signal: null });
    expect(await desktop.lab.dnat()).toEqual([]);
  });

  test("the tray alone does the same, without a window", async () => {
    await desktop.serve("tcp", 8080, "from the tray");
    const app = await desktop.start();
    const tray = await TrayMenu.find();
    await app.page.close();
    const offer = await tray.label(/\(tcp\/8080\)$/);
    await tray.click(offer);
    const label = await tray.label(/\(tcp\/8080\).* left$/);
    const address = /(\d+\.\d+\.\d+\.\d+:\d+)/.exec(label)?.[1];
    expect((await desktop.lab.visit(`http://${address}/`)).body).toBe("from the tray");

    await tray.click("Stop exposing");
    await tray.label(/^No ports open$/);
    expect(await desktop.lab.dnat()).toEqual([]);

    const opened = app.electron.waitForEvent("window");
    await tray.click("Open Homeport");
    await (await opened).getByRole("heading", { name: "Homeport" }).waitFor();
    await tray.click("Quit");
    expect(await app.ended()).toEqual({ code: 0, signal: null });
  });

  test("after kill -9 the same mapping is adopted: nonce, external port, one rule", async () => {
    await desktop.serve("tcp", 8080, "still here");
    const first = await desktop.start();
    const before = await first.expose("tcp", 8080);
    const rules = await desktop.lab.dnat();
    expect(rules).toHaveLength(1);
    const [lease] = leasesIn(desktop.data.directory);
    await first.kill();
    expect(await desktop.lab.dnat()).toEqual(rules);

    const second = await desktop.start();
    expect(await second.endpoint("tcp", 8080)).toEqual(before);
    expect(leasesIn(desktop.data.directory)).toMatchObject([
      { nonce: lease?.nonce, externalPort: before.port },
    ]);
    expect(await desktop.lab.dnat()).toEqual(rules);
    expect((await desktop.lab.visit(`http://${before.address}:${before.port}/`)).body).toBe(
      "still here",
    );
  });

  test("a second start shows the window of the first; SIGTERM closes the ports", async () => {
    await desktop.serve("tcp", 8080, "page");
    const app = await desktop.start();
    await app.expose("tcp", 8080);
    await app.page.close();
    const opened = app.electron.waitForEvent("window");
    expect(await desktop.startAgain()).toBe(0);
    await (await opened).getByRole("heading", { name: "Homeport" }).waitFor();

    app.process.kill("SIGTERM");
    expect(await app.ended()).toEqual({ code: 0, signal: null });
    await until("the rule is gone", async () => (await desktop.lab.dnat()).length === 0);
  });

  test("Quit and keep ports open does what it says", async () => {
    await desktop.serve("tcp", 8080, "kept");
    const app = await desktop.start();
    const { address, port } = await app.expose("tcp", 8080);
    await (await TrayMenu.find()).click("Quit and keep ports open");
    expect(await app.ended()).toEqual({ code: 0, signal: null });
    expect((await desktop.lab.visit(`http://${address}:${port}/`)).body).toBe("kept");
  });
});
