/**
 * A home network in network namespaces: `pc` 192.168.77.10 behind the router `gw` (192.168.77.1, real NAT, real
 * miniupnpd) and `net`, where visitors come from; or another network of topology.mjs. All traffic stays inside.
 * Plain JavaScript, so that the launchers of the app and of the benchmark run it without a build.
 */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { atExit } from "./at-exit.mjs";
import { GatewayDaemon } from "./gateway-daemon.mjs";
import {
  environment,
  existingLabs,
  namespacesOf,
  pidsIn,
  removeNamespaces,
  signalProcess,
  unusedLabId,
} from "./namespaces.mjs";
import { labUnavailable, requirePackages } from "./requirements.mjs";
import { gatewayAddress, homeNetwork, pcAddress } from "./topology.mjs";
import { until } from "./until.mjs";
import { connect, isPlugged, placesOf, softwireAddresses } from "./wiring.mjs";

/** @typedef {import("./namespaces.mjs").Place} Place */
/** @typedef {import("./topology.mjs").Topology} Topology */
/** @typedef {import("./gateway-daemon.mjs").RouterOptions} RouterOptions */

/**
 * Of the router `gw`, unless `routers` says otherwise.
 * @typedef {RouterOptions & LabLayout} LabOptions
 */

/**
 * @typedef {object} LabLayout
 * @property {Topology} [topology] of topology.mjs; a home with one PC and IPv4 alone by default
 * @property {Readonly<Record<Place, RouterOptions>>} [routers] of routers other than `gw`
 */

const runFile = promisify(execFile);
const visitorScript = fileURLToPath(new URL("./visitor.mjs", import.meta.url));
const serverScript = fileURLToPath(new URL("./home-server.mjs", import.meta.url));
const softwireScript = fileURLToPath(new URL("./softwire.py", import.meta.url));
const netemCable = fileURLToPath(new URL("./netem-cable.sh", import.meta.url));
/** In the lab's directory, for who attaches to it. */
const TOPOLOGY_FILE = "topology.json";

export class Lab {
  static pcAddress = pcAddress;
  static gatewayAddress = gatewayAddress;

  /** `homeport-<pid>.<number>`; a namespace is `<id>-<place>`, e.g. `<id>-pc`. */
  id;
  /** Holds the routers' files; removed with the lab. */
  directory;
  #topology;
  /** @type {Map<Place, GatewayDaemon>} */
  #routers = new Map();
  /** @type {(() => void) | null} */
  #remove = null;

  /** @param {string} id @param {Topology} topology */
  constructor(id, topology) {
    this.id = id;
    this.directory = directoryOf(id);
    this.#topology = topology;
    for (const [place, router] of Object.entries(topology.routers)) {
      this.#routers.set(place, new GatewayDaemon(id, place, this.directory, router));
    }
  }

  /**
   * Makes the namespaces and starts the routers. It goes with `close()`, and at the latest when the process exits or
   * is interrupted.
   * @param {LabOptions} [options]
   * @returns {Promise<Lab>}
   */
  static async create({ topology = homeNetwork(), routers = {}, ...gateway } = {}) {
    const reason = labUnavailable();
    if (reason !== null) throw new Error(`no lab here: it ${reason}`);
    requirePackages();
    Lab.sweep();
    const lab = new Lab(unusedLabId(), topology);
    lab.#remove = atExit(() => removeLab(lab.id));
    try {
      connect(lab.id, topology);
      mkdirSync(lab.directory, { mode: 0o700 });
      writeFileSync(join(lab.directory, TOPOLOGY_FILE), JSON.stringify(topology));
      await lab.#joinCables();
      for (const [place, router] of lab.#routers) {
        await router.setUp(place === "gw" ? { ...gateway, ...routers[place] } : routers[place]);
      }
      await until("the cables are plugged in", () => isPlugged(lab.id));
    } catch (error) {
      lab.#remove();
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
    return new Lab(id, JSON.parse(readFileSync(join(directoryOf(id), TOPOLOGY_FILE), "utf8")));
  }

  /** Removes labs whose process ended without doing so. */
  static sweep() {
    for (const { id, pid } of existingLabs()) {
      if (!isAlive(pid)) removeLab(id);
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
      timeout: 60_000,
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

  /**
   * A router, by its place.
   * @param {Place} [place]
   */
  router(place = "gw") {
    const router = this.#routers.get(place);
    if (router === undefined) throw new Error(`there is no router ${place}`);
    return router;
  }

  get routerPlaces() {
    return [...this.#routers.keys()];
  }

  /** The mappings that stand in the kernel of the router `gw` now. */
  dnat() {
    return this.router().dnat();
  }

  /**
   * Stops a router's daemon and starts it again: epoch from zero, one announcement. With `forget` it is cut off
   * without a goodbye and comes up like a router that kept nothing. Resolves when it answers again.
   * @param {{ forget?: boolean, place?: Place }} [options]
   */
  async restartGateway({ forget = true, place = "gw" } = {}) {
    const router = this.router(place);
    if (forget) {
      await router.kill();
      await router.forget();
    } else await router.stop();
    await router.start();
  }

  /** The address of the router `gw` towards the internet. */
  wanAddress() {
    return this.router().wanAddress();
  }

  /** Gives the router `gw` another address towards the internet and returns it. */
  changeWanAddress() {
    return this.router().changeWanAddress();
  }

  /**
   * Gets a page as a visitor from the internet; throws when nobody answers.
   * @param {string} url http
   * @param {{ timeout?: number }} [options] timeout in milliseconds
   * @returns {Promise<{ status: number, body: string }>}
   */
  visit(url, { timeout = 10_000 } = {}) {
    return this.#send("http", url, String(timeout));
  }

  /**
   * Sends a datagram as a visitor from the internet and returns the text of the reply; throws when there is none.
   * @param {string} address @param {number} port @param {string} text
   * @param {{ timeout?: number }} [options] timeout in milliseconds
   * @returns {Promise<string>}
   */
  async udpEcho(address, port, text, { timeout = 10_000 } = {}) {
    return (await this.#send("udp", address, String(port), text, String(timeout))).text;
  }

  /**
   * Starts a server on the PC: tcp answers every HTTP request with `text`, udp every datagram with `text` and the
   * datagram. Resolves once it listens.
   * @param {"tcp" | "udp"} transport @param {number} port @param {string} text
   * @param {string} [address] to listen on; `::` is for IPv6 and IPv4
   * @param {Place} [place] another device than the PC
   * @returns {Promise<{ pid: number, listeningAt: number, stop: () => Promise<void> }>} milliseconds since 1970
   */
  async serve(transport, port, text, address = "0.0.0.0", place = "pc") {
    const child = this.spawn(
      place,
      process.execPath,
      [serverScript, transport, String(port), text, address],
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

  /** Ends everything that runs in the namespaces and deletes them. */
  async close() {
    if (this.#remove === null) return;
    // The PCs first: what is under test still finds its router while it ends.
    for (const place of placesOf(this.#topology)) {
      for (const pid of pidsIn(this.id, place)) signalProcess(pid, "SIGTERM");
      const empty = () => pidsIn(this.id, place).length === 0;
      await until(`${place} is empty`, empty, 2000).catch(() => undefined);
    }
    this.#remove?.();
    this.#remove = null;
  }

  /** Starts the programs that parts of the network consist of. */
  async #joinCables() {
    for (const [index, { ends, faults, softwire }] of this.#topology.segments.entries()) {
      if (faults !== undefined) {
        requirePackages({ "linux.uml": "user-mode-linux", modprobe: "kmod" });
        await this.#join(`cable${index}`, ...this.#netem(faults));
      }
      for (const [end, { place, device }] of softwire ? ends.entries() : []) {
        const { own, other } = softwireAddresses(end);
        await this.#join(place, "python3", softwireScript, device, own, other);
      }
    }
  }

  /**
   * The command line of a user-mode Linux between the two halves of a cable, since not every kernel has netem.
   * @param {import("./topology.mjs").Faults} faults
   * @returns {[command: string, ...words: string[]]}
   */
  #netem({ loss, duplication, reordering }) {
    const percent = (/** @type {number} */ part) => String(Math.round(part * 100));
    const root = ["root=/dev/root", "rootfstype=hostfs", "hostfs=/", "ro"];
    const ends = [0, 1].map((end) => `vec${end}:transport=tap,ifname=tap${end}`);
    const console = ["quiet", "con=null", "con0=null,fd:1"];
    return [
      "linux.uml",
      "mem=64M",
      `uml_dir=${this.directory}`,
      ...root,
      ...ends,
      ...console,
      `init=${netemCable}`,
      `LOSS=${percent(loss)}`,
      `DUPLICATION=${percent(duplication)}`,
      `PROMPT=${percent(1 - reordering)}`,
    ];
  }

  /**
   * Starts a program that is a part of a cable; resolves once it says that it has joined.
   * @param {Place} place
   * @param {string} command
   * @param {...string} words
   */
  async #join(place, command, ...words) {
    const cable = this.spawn(place, command, words, { stdio: ["ignore", "pipe", "pipe"] });
    let told = "";
    await new Promise((resolve, reject) => {
      for (const stream of [cable.stdout, cable.stderr]) {
        stream?.setEncoding("utf8").on("data", (more) => {
          told += more;
          if (/^joined\r?$/m.test(told)) resolve(null);
        });
      }
      cable.once("error", reject);
      cable.once("exit", () =>
        reject(new Error(`a cable broke: ${[command, ...words].join(" ")}\n${told}`)),
      );
    });
    cable.stdout?.destroy();
    cable.stderr?.destroy();
    cable.unref();
  }

  /** @param {...string} errand for visitor.mjs */
  async #send(...errand) {
    const { stdout } = await this.exec("net", process.execPath, [visitorScript, ...errand]);
    const result = JSON.parse(stdout);
    if (result.error !== undefined) throw new Error(`${errand.join(" ")}: ${result.error}`);
    return result;
  }

  /** @param {NodeJS.ProcessEnv} [more] */
  #environment(more) {
    return { ...environment, ...more, HOMEPORT_LAB: this.id };
  }
}

/** @param {string} id */
function directoryOf(id) {
  return join(tmpdir(), `${id}-lab`);
}

/** @param {string} id */
function removeLab(id) {
  for (const namespace of namespacesOf(id)) {
    rmSync(`/etc/netns/${namespace}`, { recursive: true, force: true });
  }
  removeNamespaces(id);
  rmSync(directoryOf(id), { recursive: true, force: true });
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
