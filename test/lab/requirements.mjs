/** What the lab needs of this machine, and why it cannot run where it cannot. */
import { accessSync, constants, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Command → Debian package. */
const tools = {
  ip: "iproute2",
  nft: "nftables",
  miniupnpd: "miniupnpd-nftables",
};

/** Bits of the effective capabilities (capability.h). */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/**
 * Why this machine can have no lab, whatever is installed; null where it can.
 * @returns {string | null}
 */
export function labUnavailable() {
  if (process.platform !== "linux") return "needs Linux network namespaces";
  if (process.getuid?.() !== 0) return "needs root, to make network namespaces";
  const capabilities = effectiveCapabilities();
  const has = (/** @type {bigint} */ bit) => ((capabilities >> bit) & 1n) === 1n;
  if (!has(CAP_NET_ADMIN) || !has(CAP_SYS_ADMIN)) {
    return "needs CAP_NET_ADMIN and CAP_SYS_ADMIN, which this container withholds";
  }
  return null;
}

/**
 * Throws, with the packages to install, where tools are missing.
 * @param {Readonly<Record<string, string>>} [more] further commands with their Debian packages
 */
export function requirePackages(more = {}) {
  const missing = Object.entries({ ...tools, ...more })
    .filter(([command]) => !isInstalled(command))
    .map(([, packageName]) => packageName);
  if (missing.length > 0) {
    throw new Error(`the lab lacks packages: apt-get install ${missing.join(" ")}`);
  }
}

/** @param {string} command */
function isInstalled(command) {
  // A login shell of root may lack these folders, where some of the tools live.
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/games"];
  return folders.filter(Boolean).some((folder) => {
    try {
      accessSync(resolve(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function effectiveCapabilities() {
  const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return BigInt(`0x${match?.[1] ?? "0"}`);
}
