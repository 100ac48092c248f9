/**
 * A desktop on the PC of a lab: virtual display, session bus, window manager, and a panel with a tray. The session
 * itself is run-on-desktop.mjs, inside the namespace.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { electronExecutable } from "../../build/launch-app.mjs";
import { findProgram } from "../../build/system-packages.mjs";

const root = join(import.meta.dirname, "../..");
const session = join(import.meta.dirname, "run-on-desktop.mjs");

/**
 * One panel, with a tray, so that the panel asks no questions at its first start.
 */
const panelConfiguration = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="false"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="30"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray"/>
  </property>
</channel>
`;

/**
 * Runs a Node script on the desktop, with HOMEPORT_LAB and HOMEPORT_ELECTRON set, and answers its exit code.
 * @param {import("../lab/lab.mjs").Lab} lab
 * @param {readonly string[]} command script and words
 * @returns {Promise<number>}
 */
export async function runOnDesktop(lab, command) {
  const home = mkdtempSync(join(tmpdir(), "homeport-desktop-"));
  try {
    const xfconf = join(home, ".config", "xfce4", "xfconf", "xfce-perchannel-xml");
    mkdirSync(xfconf, { recursive: true });
    writeFileSync(join(xfconf, "xfce4-panel.xml"), panelConfiguration);
    const runtime = join(home, "run");
    mkdirSync(runtime, { mode: 0o700 });
    const bus = findProgram("dbus-run-session") ?? "dbus-run-session";
    const words = [
      "netns",
      "exec",
      `${lab.id}-pc`,
      bus,
      "--",
      process.execPath,
      session,
      ...command,
    ];
    const child = spawn("ip", words, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: join(home, ".config"),
        XDG_CACHE_HOME: join(home, ".cache"),
        XDG_RUNTIME_DIR: runtime,
        HOMEPORT_LAB: lab.id,
        HOMEPORT_ELECTRON: await electronExecutable(),
        // GTK would look for an accessibility bus that is not there.
        NO_AT_BRIDGE: "1",
      },
    });
    const [code] = await once(child, "exit");
    return code ?? 1;
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
