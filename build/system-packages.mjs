/** System packages on Debian-like Linux: installed as root with a printed line, else the command to type. */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SetupError, say } from "./say.mjs";

/**
 * What each purpose needs: the package, and the program or library that shows it is there.
 * @type {Readonly<Record<"electron" | "display" | "test", readonly (readonly [name: string, sign: string])[]>>}
 */
const packages = {
  electron: [
    ["libgtk-3-0", "libgtk-3.so.0"],
    ["libnss3", "libnss3.so"],
    ["libasound2", "libasound.so.2"],
    ["libgbm1", "libgbm.so.1"],
    ["libxss1", "libXss.so.1"],
    ["fonts-dejavu-core", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"],
  ],
  display: [
    ["xvfb", "Xvfb"],
    ["dbus-daemon", "dbus-run-session"],
  ],
  test: [
    ["openbox", "openbox"],
    ["xdotool", "xdotool"],
    ["imagemagick", "import"],
    ["xfce4-panel", "xfce4-panel"],
    ["xfconf", "xfconf-query"],
    ["libglib2.0-bin", "gdbus"],
    ["iproute2", "ip"],
    ["iputils-ping", "ping"],
    ["nftables", "nft"],
    ["miniupnpd-nftables", "/etc/miniupnpd/nft_init.sh"],
    ["natpmpc", "natpmpc"],
    ["miniupnpc", "upnpc"],
    ["tshark", "tshark"],
    ["dnsmasq-base", "dnsmasq"],
    ["isc-dhcp-client", "dhclient"],
    ["bind9", "named"],
    ["bind9-dnsutils", "nsupdate"],
    ["openssl", "openssl"],
    ["avahi-daemon", "avahi-daemon"],
    ["avahi-utils", "avahi-browse"],
    ["nginx-light", "nginx"],
    ["mumble-server", "murmurd"],
    ["openttd", "/usr/games/openttd"],
    ["openttd-opengfx", "/usr/share/games/openttd/baseset/opengfx/opengfx.obg"],
    ["ioquake3-server", "/usr/lib/ioquake3/ioq3ded"],
    ["redis-server", "redis-server"],
    ["vsftpd", "vsftpd"],
    ["tigervnc-standalone-server", "Xtigervnc"],
    ["opensmtpd", "smtpd"],
    ["mosquitto", "mosquitto"],
    ["memcached", "memcached"],
    ["icecast2", "icecast2"],
    ["bzflag-server", "/usr/games/bzfs"],
    ["armagetronad-dedicated", "/usr/games/armagetronad-dedicated"],
    ["minetest-server", "/usr/games/minetestserver"],
    ["wesnoth-1.16-server", "/usr/games/wesnothd-1.16"],
    ["default-jdk-headless", "javac"],
    ["python3", "python3"],
    ["openssh-server", "sshd"],
    ["socat", "socat"],
    ["user-mode-linux", "linux.uml"],
    ["kmod", "modprobe"],
    ["coturn", "turnserver"],
    ["stun-server", "stund"],
  ],
};

/** @typedef {keyof typeof packages} Purpose */

/**
 * Makes sure that everything for `purposes` is there. Nothing happens on Windows and macOS, which bring it along.
 * @param {readonly Purpose[]} purposes
 * @throws {SetupError} with the exact command to type when it cannot install by itself
 */
export function ensureSystemPackages(purposes) {
  if (process.platform !== "linux") return;
  const missing = missingPackages(purposes);
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (findProgram("apt-get") === null) {
    throw new SetupError(`please install what Debian calls: ${missing.join(" ")}`);
  }
  if (!isRoot) throw new SetupError(`please type this, then try again:\n  sudo ${command}`);
  say(`installing system packages: ${missing.join(" ")}`);
  const allowServices = keepServicesStopped();
  try {
    for (const words of [["update"], ["install", "--yes", "--no-install-recommends", ...missing]]) {
      const { status, stderr } = spawnSync("apt-get", ["-qq", "-o", "Dpkg::Use-Pty=0", ...words], {
        stdio: ["ignore", "ignore", "pipe"],
        encoding: "utf8",
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
      if (status === 0) continue;
      throw new SetupError(`apt-get ${words[0]} failed; the command was:\n  ${command}\n${stderr}`);
    }
  } finally {
    allowServices();
  }
  const still = missingPackages(purposes);
  if (still.length > 0) throw new SetupError(`still not there after apt-get: ${still.join(" ")}`);
}

/** Where Debian asks whether the installation of a package may start its service (invoke-rc.d). */
const servicePolicy = "/usr/sbin/policy-rc.d";

/**
 * We need the programs of packages like bind9, not a daemon on this machine: nothing is started while they are
 * installed. The answer ends that.
 */
function keepServicesStopped() {
  if (existsSync(servicePolicy)) return () => undefined;
  writeFileSync(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return () => rmSync(servicePolicy, { force: true });
}

/**
 * Packages whose sign is absent now: the list of libraries is read for each look, since an installation changes it.
 * @param {readonly Purpose[]} purposes
 */
function missingPackages(purposes) {
  const libraries = listLibraries();
  return purposes
    .flatMap((purpose) => packages[purpose])
    .filter(([, sign]) => !isPresent(sign, libraries))
    .map(([name]) => name);
}

function listLibraries() {
  const ldconfig = findProgram("ldconfig") ?? "ldconfig";
  return spawnSync(ldconfig, ["-p"], { encoding: "utf8" }).stdout ?? "";
}

/** @param {string} sign @param {string} libraries */
function isPresent(sign, libraries) {
  if (sign.startsWith("/")) return existsSync(sign);
  if (sign.includes(".so")) return libraries.includes(`\t${sign} `);
  return findProgram(sign) !== null;
}

/**
 * Full path of a program, looked for as root's shell would find it; null when absent.
 * @param {string} name
 */
export function findProgram(name) {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return (
    directories.map((directory) => join(directory, name)).find((path) => existsSync(path)) ?? null
  );
}
