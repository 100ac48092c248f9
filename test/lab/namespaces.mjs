/** Network namespaces and what runs in them, by the commands `ip` and `kill`. Needs root. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** @typedef {string} Place a host of a lab, e.g. `pc`; its namespace is `<id>-<place>` */

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
 * Writes kernel settings of a namespace.
 * @param {string} namespace
 * @param {readonly string[]} settings e.g. `net/ipv4/ip_forward=1`
 */
export function sysctl(namespace, settings) {
  const lines = settings.map((setting) => {
    const [path, value] = setting.split("=");
    return `echo ${value} > /proc/sys/${path}`;
  });
  if (lines.length === 0) return;
  const shell = ["netns", "exec", namespace, "sh", "-ec", lines.join("\n")];
  execFileSync("ip", shell, { env: environment });
}

/**
 * Pids of a lab's processes in one place; none when the namespace is gone.
 * @param {string} id @param {Place} place
 * @returns {number[]}
 */
export function pidsIn(id, place) {
  return pidsInNamespace(`${id}-${place}`);
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
 * Names of a lab's namespaces.
 * @param {string} id
 */
export function namespacesOf(id) {
  return namespaceNames().filter((name) => name.startsWith(`${id}-`));
}

/**
 * Kills what runs in a lab's namespaces, then deletes them. Synchronous, for use while the process exits.
 * @param {string} id
 */
export function removeNamespaces(id) {
  for (const namespace of namespacesOf(id)) {
    for (const pid of pidsInNamespace(namespace)) signalProcess(pid, "SIGKILL");
    try {
      execFileSync("ip", ["netns", "delete", namespace], { env: environment, stdio: "ignore" });
    } catch {
      // Another process swept it.
    }
  }
}

/** Ids of all labs that have a namespace, with the pid of the process that made them. */
export function existingLabs() {
  /** @type {Map<string, { id: string, pid: number }>} */
  const labs = new Map();
  for (const name of namespaceNames()) {
    const [, id, pid] = /^(homeport-(\d+)\.\d+)-/.exec(name) ?? [];
    if (id !== undefined) labs.set(id, { id, pid: Number(pid) });
  }
  return [...labs.values()];
}

/** An id for a further lab of this process. */
export function unusedLabId() {
  const used = new Set(existingLabs().map(({ id }) => id));
  for (let number = 1; ; number += 1) {
    const id = `homeport-${process.pid}.${number}`;
    if (!used.has(id)) return id;
  }
}

/**
 * @param {string} namespace
 * @returns {number[]}
 */
function pidsInNamespace(namespace) {
  try {
    const listed = execFileSync("ip", ["netns", "pids", namespace], {
      env: environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const pids = listed.toString().split("\n").filter(Boolean).map(Number);
    return pids.filter((pid) => pid !== process.pid);
  } catch {
    return [];
  }
}

function namespaceNames() {
  try {
    return readdirSync("/run/netns");
  } catch {
    return [];
  }
}
