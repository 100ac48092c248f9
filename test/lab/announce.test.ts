/** Homeport seen by avahi-browse on another device, only when the user wants that. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const bonjour = fileURLToPath(import.meta.resolve("bonjour-service"));
const packages = {
  "avahi-daemon": "avahi-daemon",
  "avahi-browse": "avahi-utils",
  "dbus-run-session": "dbus-daemon",
};

describe.skipIf(noLab)(`Homeport's own announcement${whyNoLab}`, () => {
  const home = useLab({}, packages);

  /** What avahi-browse on the router hears of Homeport, as it comes: `+`, `=` and `-` lines. */
  function browse(): string[] {
    const directory = mkdtempSync(join(tmpdir(), "homeport-avahi-"));
    const configuration = join(directory, "avahi.conf");
    writeFileSync(
      configuration,
      "[server]\nhost-name=labrouter\nuse-ipv6=no\nallow-interfaces=lan\n",
    );
    const script = `export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
      avahi-daemon --no-drop-root --no-rlimits --no-chroot -f ${configuration} &
      trap 'kill %1' EXIT
      until avahi-browse -t _homeport._tcp; do sleep 0.2; done
      avahi-browse -rpk _homeport._tcp`;
    const child = home.lab.spawn("gw", "dbus-run-session", ["--", "sh", "-c", script], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout as Readable }).on("line", (line) => lines.push(line));
    home.atEnd(async () => {
      const ended = once(child, "exit");
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      await ended;
      rmSync(directory, { recursive: true });
    });
    return lines;
  }

  function start(announce: boolean) {
    const config = join(home.dataDirectory, "config.json");
    writeFileSync(config, JSON.stringify({ announce }));
    return home.start("--config", config);
  }

  test("is heard while it is wanted, leads to a small answer, and ends with a goodbye", async () => {
    const lines = browse();
    const homeport = start(true);
    const found = () => lines.find((line) => line.startsWith("=") && line.includes(Lab.pcAddress));
    await until("avahi hears it", () => found() !== undefined);
    const [, , , name, type, , host, address, port, txt] = (found() ?? "").split(";");
    expect({ name: name?.replaceAll("\\032", " "), type, address, txt }).toEqual({
      name: `Homeport on ${hostname().split(".", 1)[0]}`,
      type: "_homeport._tcp",
      address: Lab.pcAddress,
      txt: '"version=0.1.0"',
    });
    expect(host).toMatch(/\.local$/);
    const url = `http://${Lab.pcAddress}:${port}/`;
    const read = `fetch("${url}").then((page) => page.text()).then(console.log)`;
    const { stdout } = await home.lab.exec("gw", process.execPath, ["-e", read]);
    expect(JSON.parse(stdout)).toEqual({ name: "Homeport", version: "0.1.0" });
    // Its own socket is no server to be exposed.
    expect(homeport.latest?.servers.filter((server) => server.port === Number(port))).toEqual([]);
    homeport.signal("SIGTERM");
    expect(await homeport.ended).toMatchObject({ code: 0 });
    await until("avahi hears the goodbye", () => lines.some((line) => line.startsWith("-")));
  });

  test("is not heard when it is not wanted", async () => {
    const lines = browse();
    const homeport = start(false);
    // Something else is heard by then.
    const other = `new (require(${JSON.stringify(bonjour)}).Bonjour)().publish({ name: "other", type: "homeport", port: 1, probe: false })`;
    const child = home.lab.spawn("pc", process.execPath, ["-e", other], { stdio: "ignore" });
    home.atEnd(async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    });
    await homeport.now("the engine runs", ({ gateways }) => gateways[0]?.state === "answering");
    await until("avahi hears the other", () => lines.some((line) => /^=.*;other;/.test(line)));
    expect(lines.filter((line) => line.includes("Homeport"))).toEqual([]);
  });
});
