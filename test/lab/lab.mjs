/**
 * A home network in network namespaces: `pc` 192.168.77.10 behind the router `gw` (192.168.77.1, real NAT, real
 * miniupnpd) and `net`, where visitors come from. All traffic stays inside. Plain JavaScript, so that the launchers
 * of the app and of the benchmark run it without a build.
 */
import { execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  environment,
  existingLabs,
  labId,
  pidsIn,
  removeNamespaces,
  signalProcess,
} from "./namespaces.mjs";
import { labUnavailable, requirePackages } from "./requirements.mjs";
import { daemonConfiguration, filterRules, forgetRules, listDnat, parseDnat } from "./router.mjs";
import { until } from "./until.mjs";
import {
  connect,
  gatewayAddress,
  isPlugged,
  pcAddress,
  replaceWanAddress,
  wanAddresses,
} from "./wiring.mjs";

/** @typedef {import("./namespaces.mjs").Place} Place */

/**
 * @typedef {object} LabOptions
 * @property {readonly import("./router.mjs").RouterProtocol[]} [protocols] what the router speaks; all by default
 * @property {readonly string[]} [daemon] further lines for miniupnpd.conf, e.g. `max_lifetime=120`
 */

const runFile = promisify(execFile);
const visitorScript = fileURLToPath(new URL("./visitor.mjs", import.meta.url));
/** 5351, as the kernel writes it. */
const MAPPING_PORT_HEX = "14E7";
const serverScript = fileURLToPath(new URL("./home-server.mjs", import.meta.url));

export class Lab {
  static pcAddress = pcAddress;
  static gatewayAddress = gatewayAddress;

  /** `homeport-<pid>`; the namespaces are `<id>-pc`, `<id>-gw` and `<id>-net`. */
  id;
  /** Holds the router's files; removed with the lab. */
  directory;
  /** @type {(() => void) | null} */
  #remove = null;

  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.directory = join(tmpdir(), `${id}-lab`);
  }

  /**
   * Makes the namespaces and starts the router. One lab a process. It goes with `close()`, and at the latest when
   * the process exits or is interrupted.
   * @param {LabOptions} [options]
   * @returns {Promise<Lab>}
   */
  static async create({ protocols = ["pcp", "nat-pmp", "upnp"], daemon = [] } = {}) {
    const reason = labUnavailable();
    if (reason !== null) throw new Error(`no lab here: it ${reason}`);
    requirePackages();
    Lab.sweep();
    const lab = new Lab(labId(process.pid));
    if (existingLabs().some(({ id }) => id === lab.id)) {
      throw new Error("this process has a lab already; close it first");
    }
    lab.#removeAtExit();
    try {
      connect(lab.id);
      mkdirSync(lab.directory, { mode: 0o700 });
      writeFileSync(lab.#file("filter.nft"), filterRules(protocols));
      writeFileSync(lab.#file("miniupnpd.conf"), daemonConfiguration(lab.#file("leases"), daemon));
      writeFileSync(lab.#file("leases"), "");
      await lab.exec("gw", "nft", ["-f", lab.#file("filter.nft")]);
      await lab.#startDaemon();
      await until("the PC's cable is plugged in", () => isPlugged(lab.id));
    } catch (error) {
      lab.#remove?.();
      throw error;
    }
    return lab;
  }

  /**
   * The lab that another process made and keeps; a process started by `spawn` finds its id in HOMEPORT_LAB.
   * `close()` of an attached lab leaves it standing.
   */
  static attach(id = process.env["HOMEPORT_LAB"] ?? "") {
    if (!existingLabs().some((lab) => lab.id === id)) {
      throw new Error(id ? `there is no lab ${id}` : "HOMEPORT_LAB names no lab");
    }
    return new Lab(id);
  }

  /** Removes labs whose process ended without doing so. */
  static sweep() {
    for (const { id, pid } of existingLabs()) {
      if (!isAlive(pid)) removeLab(new Lab(id));
    }
  }

  /**
   * Runs a command to its end. Throws, with what it wrote to standard error, when it fails.
   * @param {Place} place
   * @param {string} command
   * @param {readonly string[]} [args]
   * @param {{ timeout?: number, env?: NodeJS.ProcessEnv, cwd?: string }} [options] timeout in milliseconds
   * @returns {Promise<{ stdout: string, stderr: string }>}
   */
  exec(place, command, args = [], options = {}) {
    return runFile("ip", ["netns", "exec", `${this.id}-${place}`, command, ...args], {
      timeout: 30_000,
      maxBuffer: 16 * 1024 * 1024,
      ...options,
      env: this.#environment(options.env),
    });
  }

  /**
   * Starts a command in its own process group. Its pid is the command's own: `ip` gives way to it.
   * @param {Place} place
   * @param {string} command
   * @param {readonly string[]} [args]
   * @param {import("node:child_process").SpawnOptions} [options]
   * @returns {import("node:child_process").ChildProcess}
   */
  spawn(place, command, args = [], options = {}) {
    return spawn("ip", ["netns", "exec", `${this.id}-${place}`, command, ...args], {
      detached: true,
      ...options,
      env: this.#environment(options.env),
    });
  }

  /** The mappings that stand in the router's kernel now. */
  async dnat() {
    const { stdout } = await this.exec("gw", "nft", listDnat);
    return parseDnat(stdout);
  }

  /**
   * Stops the router's daemon and starts it again: epoch from zero, one announcement. With `forget` it comes up
   * like a router that kept nothing over the reboot. Resolves when it answers again.
   * @param {{ forget?: boolean }} [options]
   */
  async restartGateway({ forget = true } = {}) {
    await this.#stopDaemon();
    if (forget) {
      writeFileSync(this.#file("leases"), "");
      writeFileSync(this.#file("forget.nft"), forgetRules);
      await this.exec("gw", "nft", ["-f", this.#file("forget.nft")]);
    }
    await this.#startDaemon();
  }

  /** The router's address towards the internet. */
  async wanAddress() {
    const { stdout } = await this.exec("gw", "ip", [
      "-json",
      "-4",
      "address",
      "show",
      "dev",
      "wan",
    ]);
    /** @type {string | undefined} */
    const address = JSON.parse(stdout)[0]?.addr_info[0]?.local;
    if (address === undefined) throw new Error("the router has no WAN address");
    return address;
  }

  /**
   * Gives the router another address towards the internet, as a provider does at night, and returns it.
   * @returns {Promise<string>}
   */
  async changeWanAddress() {
    const before = await this.wanAddress();
    const next = (wanAddresses.indexOf(before) + 1) % wanAddresses.length;
    const after = String(wanAddresses[next]);
    replaceWanAddress(this.id, before, after);
    return after;
  }

  /**
   * Gets a page as a visitor from the internet; throws when nobody answers.
   * @param {string} url http
   * @param {{ timeout?: number }} [options] timeout in milliseconds
   * @returns {Promise<{ status: number, body: string }>}
   */
  visit(url, { timeout = 3000 } = {}) {
    return this.#send("http", url, String(timeout));
  }

  /**
   * Sends a datagram as a visitor from the internet and returns the text of the reply; throws when there is none.
   * @param {string} address @param {number} port @param {string} text
   * @param {{ timeout?: number }} [options] timeout in milliseconds
   * @returns {Promise<string>}
   */
  async udpEcho(address, port, text, { timeout = 3000 } = {}) {
    return (await this.#send("udp", address, String(port), text, String(timeout))).text;
  }

  /**
   * Starts a server on the PC: tcp answers every HTTP request with `text`, udp every datagram with `text` and the
   * datagram. Resolves once it listens.
   * @param {"tcp" | "udp"} transport @param {number} port @param {string} text
   * @returns {Promise<{ pid: number, listeningAt: number, stop: () => Promise<void> }>} milliseconds since 1970
   */
  async serve(transport, port, text) {
    const child = this.spawn(
      "pc",
      process.execPath,
      [serverScript, transport, String(port), text],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const line = await new Promise((resolve, reject) => {
      child.stdout?.once("data", resolve);
      child.once("exit", () => reject(new Error(`the server on ${transport}/${port} ended`)));
      child.once("error", reject);
    });
    // A launcher that fails may exit without having stopped it.
    child.stdout?.destroy();
    child.unref();
    const stop = async () => {
      child.ref();
      child.kill("SIGKILL");
      await ended;
    };
    return { pid: Number(child.pid), listeningAt: JSON.parse(String(line)).listeningAt, stop };
  }

  /**
   * Lets programs that are started at `place` from now on ask this DNS server.
   * @param {Place} place @param {string} address
   */
  useResolver(place, address) {
    const directory = `/etc/netns/${this.id}-${place}`;
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "resolv.conf"), `nameserver ${address}\noptions timeout:1\n`);
  }

  /** What miniupnpd wrote since the lab was made. */
  gatewayLog() {
    return readFileSync(this.#file("miniupnpd.log"), "utf8");
  }

  /** Ends everything that runs in the namespaces and deletes them. */
  async close() {
    if (this.#remove === null) return;
    // The PC first: what is under test still finds its router while it ends.
    for (const place of /** @type {const} */ (["pc", "net", "gw"])) {
      for (const pid of pidsIn(this.id, place)) signalProcess(pid, "SIGTERM");
      const empty = () => pidsIn(this.id, place).length === 0;
      await until(`${place} is empty`, empty, 2000).catch(() => undefined);
    }
    this.#remove?.();
  }

  async #startDaemon() {
    await this.exec("gw", "sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    rmSync(this.#file("miniupnpd.pid"), { force: true });
    const log = openSync(this.#file("miniupnpd.log"), "a");
    const config = ["-d", "-f", this.#file("miniupnpd.conf"), "-P", this.#file("miniupnpd.pid")];
    const daemon = this.spawn("gw", "miniupnpd", config, { stdio: ["ignore", log, log] });
    closeSync(log);
    daemon.unref();
    // The daemon writes its pid before it opens sockets; the port of NAT-PMP and PCP is the last.
    await until("miniupnpd listens", () => {
      if (daemon.exitCode !== null) throw new Error(`miniupnpd ended: ${this.gatewayLog()}`);
      return udpSockets(Number(daemon.pid)).includes(`:${MAPPING_PORT_HEX} `);
    });
  }

  async #stopDaemon() {
    const pid = Number(readFileSync(this.#file("miniupnpd.pid"), "utf8"));
    signalProcess(pid, "SIGTERM");
    // It removes its rules one by one first.
    await until("miniupnpd ends", () => !pidsIn(this.id, "gw").includes(pid), 30_000);
  }

  /** @param {...string} errand for visitor.mjs */
  async #send(...errand) {
    const { stdout } = await this.exec("net", process.execPath, [visitorScript, ...errand]);
    const result = JSON.parse(stdout);
    if (result.error !== undefined) throw new Error(`${errand.join(" ")}: ${result.error}`);
    return result;
  }

  /** @param {string} name */
  #file(name) {
    return join(this.directory, name);
  }

  /** @param {NodeJS.ProcessEnv} [more] */
  #environment(more) {
    return { ...environment, ...more, HOMEPORT_LAB: this.id };
  }

  #removeAtExit() {
    const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
    const onExit = () => this.#remove?.();
    /** @param {NodeJS.Signals} signal */
    const onSignal = (signal) => {
      // Who else listens decides when to exit, and then the exit handler does it.
      if (process.listenerCount(signal) > 1) return;
      this.#remove?.();
      process.kill(process.pid, signal);
    };
    process.once("exit", onExit);
    for (const signal of signals) process.on(signal, onSignal);
    this.#remove = () => {
      this.#remove = null;
      process.removeListener("exit", onExit);
      for (const signal of signals) process.removeListener(signal, onSignal);
      removeLab(this);
    };
  }
}

/** @param {Lab} lab */
function removeLab(lab) {
  for (const place of ["pc", "gw", "net"]) {
    rmSync(`/etc/netns/${lab.id}-${place}`, { recursive: true, force: true });
  }
  removeNamespaces(lab.id);
  rmSync(lab.directory, { recursive: true, force: true });
}

/**
 * The kernel's table of the UDP sockets in a process's namespace; empty when it ended.
 * @param {number} pid
 */
function udpSockets(pid) {
  try {
    return readFileSync(`/proc/${pid}/net/udp`, "utf8");
  } catch {
    return "";
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
