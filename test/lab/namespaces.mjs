/** Network namespaces and what runs in them, by the commands `ip` and `kill`. Needs root. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** @typedef {"pc" | "gw" | "net"} Place the home PC, its router, and the internet */

/** @type {readonly Place[]} */
const places = ["pc", "gw", "net"];

/** Node's environment with the folders of the network tools, which a root shell may lack. */
export const environment = {
  ...process.env,
  PATH: `${process.env["PATH"] ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`,
};

/**
 * Runs `ip` commands, one a line, and stops at the first that fails. Returns what they print.
 * @param {string} commands
 * @param {string} [namespace] in which they act
 */
export function ip(commands, namespace) {
  const where = namespace === undefined ? [] : ["-n", namespace];
  const told = execFileSync("ip", [...where, "-batch", "-"], { input: commands, env: environment });
  return told.toString();
}

/**
 * Pids of a lab's processes in one place; none when the namespace is gone.
 * @param {string} id @param {Place} place
 * @returns {number[]}
 */
export function pidsIn(id, place) {
  try {
    const listed = execFileSync("ip", ["netns", "pids", `${id}-${place}`], {
      env: environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const pids = listed.toString().split("\n").filter(Boolean).map(Number);
    return pids.filter((pid) => pid !== process.pid);
  } catch {
    return [];
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal */
export function signalProcess(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

/**
 * Kills what runs in a lab's namespaces, then deletes them. Synchronous, for use while the process exits.
 * @param {string} id
 */
export function removeNamespaces(id) {
  for (const place of places) {
    for (const pid of pidsIn(id, place)) signalProcess(pid, "SIGKILL");
    try {
      execFileSync("ip", ["netns", "delete", `${id}-${place}`], {
        env: environment,
        stdio: "ignore",
      });
    } catch {
      // It was never made.
    }
  }
}

/** Ids of all labs that have a namespace, with the pid of the process that made them. */
export function existingLabs() {
  const pids = new Set();
  for (const name of namespaceNames()) {
    const match = /^homeport-(\d+)-(?:pc|gw|net)$/.exec(name);
    if (match) pids.add(Number(match[1]));
  }
  return [...pids].map((pid) => ({ id: labId(pid), pid }));
}

/** @param {number} pid of the process that makes the lab */
export function labId(pid) {
  return `homeport-${pid}`;
}

function namespaceNames() {
  try {
    return readdirSync("/run/netns");
  } catch {
    return [];
  }
}
