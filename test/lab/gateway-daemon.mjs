/** One router of a lab while it runs: its packet filter in the kernel, its miniupnpd, its WAN address. */
import { execFile, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual, promisify } from "node:util";
import { environment, ip, pidsIn, signalProcess } from "./namespaces.mjs";
import { parseDnat, parsePinholes } from "./kernel-rules.mjs";
import {
  daemonConfiguration,
  filterRules,
  forgetRules,
  listDnat,
  listPinholes,
} from "./router.mjs";
import { until } from "./until.mjs";
import { replaceWanAddress } from "./wiring.mjs";

const runFile = promisify(execFile);
/** 5351, as the kernel writes it. */
const MAPPING_PORT_HEX = "14E7";

/**
 * @typedef {object} RouterOptions
 * @property {readonly import("./router.mjs").RouterProtocol[]} [protocols] what the router speaks; all by default
 * @property {readonly string[]} [daemon] further lines for miniupnpd.conf, e.g. `max_lifetime=120`
 */

export class GatewayDaemon {
  #id;
  #place;
  #directory;
  #router;

  /**
   * @param {string} id of the lab
   * @param {string} place
   * @param {string} directory for its files
   * @param {import("./topology.mjs").RouterDescription} router
   */
  constructor(id, place, directory, router) {
    this.#id = id;
    this.#place = place;
    this.#directory = directory;
    this.#router = router;
  }

  /** @param {RouterOptions} [options] */
  async setUp({ protocols = ["pcp", "nat-pmp", "upnp"], daemon = [] } = {}) {
    writeFileSync(this.#file("filter.nft"), filterRules(this.#router, protocols));
    const more = [...(this.#router.daemon ?? []), ...daemon];
    const leases = { ipv4: this.#file("leases"), ipv6: this.#file("leases6") };
    writeFileSync(this.#file("conf"), daemonConfiguration(this.#router, leases, more));
    this.#forgetLeases();
    await this.#exec("nft", "-f", this.#file("filter.nft"));
    await this.start();
  }

  /** Resolves when it answers. */
  async start() {
    const { privateWan, wanAddresses } = this.#router;
    if (privateWan === undefined) return this.#startDaemon();
    const [publicWan = ""] = wanAddresses;
    const current = await this.wanAddress();
    if (current !== publicWan) replaceWanAddress(this.#namespace, this.#router, current, publicWan);
    await this.#startDaemon();
    this.#replaceUnseen(publicWan, privateWan);
  }

  async #startDaemon() {
    rmSync(this.#file("pid"), { force: true });
    const log = openSync(this.#file("log"), "a");
    const words = ["miniupnpd", "-d", "-f", this.#file("conf"), "-P", this.#file("pid")];
    const daemon = spawn("ip", ["netns", "exec", this.#namespace, ...words], {
      detached: true,
      env: environment,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    daemon.unref();
    // The daemon writes its pid before it opens sockets; the port of NAT-PMP and PCP is the last.
    await until("miniupnpd listens", () => {
      if (daemon.exitCode !== null) throw new Error(`miniupnpd ended: ${this.log()}`);
      return udpSockets(Number(daemon.pid)).includes(`:${MAPPING_PORT_HEX} `);
    });
  }

  /** Ends the daemon, as a router does that is switched off and keeps what it has in flash memory. */
  async stop() {
    // It removes its rules one by one first.
    await this.#end("SIGTERM");
  }

  /** Ends it as a cut of the current does: nobody is told, and its rules stay. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const { pid } = this;
    signalProcess(pid, signal);
    await until("miniupnpd ends", () => !pidsIn(this.#id, this.#place).includes(pid));
  }

  /** Lets the stopped router lose every mapping. */
  async forget() {
    this.#forgetLeases();
    writeFileSync(this.#file("forget.nft"), forgetRules);
    await this.#exec("nft", "-f", this.#file("forget.nft"));
  }

  get pid() {
    return Number(readFileSync(this.#file("pid"), "utf8"));
  }

  /** The mappings that stand in its kernel now. */
  async dnat() {
    return standing(async () => parseDnat(await this.#exec("nft", ...listDnat)));
  }

  /** What its firewall lets in over IPv6 now. */
  async pinholes() {
    return standing(async () => parsePinholes(await this.#exec("nft", ...listPinholes)));
  }

  /** Its IPv4 address towards the internet. */
  async wanAddress() {
    const show = ["-json", "-4", "address", "show", "dev", this.#router.wan];
    /** @type {string | undefined} */
    const address = JSON.parse(await this.#exec("ip", ...show))[0]?.addr_info[0]?.local;
    if (address === undefined) throw new Error("the router has no WAN address");
    return address;
  }

  /**
   * Gives it another address towards the internet, as a provider does at night, and returns it.
   * @returns {Promise<string>}
   */
  async changeWanAddress() {
    const { wanAddresses } = this.#router;
    const before = await this.wanAddress();
    const next = (wanAddresses.indexOf(before) + 1) % wanAddresses.length;
    const after = String(wanAddresses[next]);
    replaceWanAddress(this.#namespace, this.#router, before, after);
    return after;
  }

  /** Pulls the cable to the provider, or plugs it in; the address stays with the cable. @param {boolean} up */
  async connectWan(up) {
    const { wan, provider, wanAddresses } = this.#router;
    if (up) {
      ip(
        `link set ${wan} up
         address add ${wanAddresses[0]}/24 dev ${wan}
         route add default via ${provider}`,
        this.#namespace,
      );
    } else {
      ip(
        `address delete ${await this.wanAddress()}/24 dev ${wan}
         link set ${wan} down`,
        this.#namespace,
      );
    }
  }

  /** What miniupnpd wrote since the lab was made. */
  log() {
    return readFileSync(this.#file("log"), "utf8");
  }

  /**
   * Changes the WAN address so that the daemon, which would refuse to map with a private one, does not learn it: while
   * it is stopped, its queue of news fills up. From then on it maps and, by PCP, tells the private address; by UPnP it
   * tells an empty one.
   * @param {string} before @param {string} after
   */
  #replaceUnseen(before, after) {
    signalProcess(this.pid, "SIGSTOP");
    const news = "address add 127.1.1.1/32 dev lo\naddress delete 127.1.1.1/32 dev lo\n";
    ip(news.repeat(1500), this.#namespace);
    replaceWanAddress(this.#namespace, this.#router, before, after);
    signalProcess(this.pid, "SIGCONT");
  }

  get #namespace() {
    return `${this.#id}-${this.#place}`;
  }

  #forgetLeases() {
    for (const name of ["leases", "leases6"]) writeFileSync(this.#file(name), "");
  }

  /** @param {...string} words */
  async #exec(...words) {
    const { stdout } = await runFile("ip", ["netns", "exec", this.#namespace, ...words], {
      timeout: 60_000,
      maxBuffer: 16 * 1024 * 1024,
      env: environment,
    });
    return stdout;
  }

  /** @param {string} name */
  #file(name) {
    return join(this.#directory, `${this.#place}.${name}`);
  }
}

/**
 * What two looks in a row see alike: at a renewal miniupnpd takes its rule out and puts it in again, and it is gone for
 * some milliseconds.
 * @template T
 * @param {() => Promise<T>} look
 * @returns {Promise<T>}
 */
async function standing(look) {
  let before = await look();
  for (;;) {
    await delay(50);
    const now = await look();
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
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
