/**
 * What passes on a router's cable to the home network, with the kernel's own times: how long a daemon took for an
 * answer, without anything of whoever asked. Captured by dumpcap, which decodes nothing while it runs.
 */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { until } from "../lab/until.mjs";

/** Bit of the second byte that tells an answer from a request (RFC 6887 §7.1, RFC 6886 §3.2). */
const ANSWER = 0x80;

/**
 * A datagram of PCP or NAT-PMP.
 * @typedef {object} Datagram
 * @property {number} at milliseconds since 1970, to the microsecond
 * @property {boolean} isAnswer
 * @property {number} version 2 is PCP, 0 is NAT-PMP
 * @property {number} opcode
 * @property {number | null} internalPort of a MAP request or answer
 */

export class WireTap {
  #lab;
  #dumpcap;
  #file;

  /**
   * @param {import("../lab/lab.mjs").Lab} lab
   * @param {import("node:child_process").ChildProcess} dumpcap
   * @param {string} file
   */
  constructor(lab, dumpcap, file) {
    this.#lab = lab;
    this.#dumpcap = dumpcap;
    this.#file = file;
  }

  /** Resolves once it hears. @param {import("../lab/lab.mjs").Lab} lab */
  static async open(lab) {
    const file = join(lab.directory, `tap-${performance.now()}.pcapng`);
    const filter = ["-f", "udp port 5351"];
    const dumpcap = lab.spawn("gw", "dumpcap", ["-q", "-i", "lan", ...filter, "-w", file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let words = "";
    dumpcap.stderr?.setEncoding("utf8").on("data", (text) => (words += text));
    await until("dumpcap captures", () => {
      if (dumpcap.exitCode !== null) throw new Error(`dumpcap ended: ${words}`);
      return words.includes("File:");
    });
    return new WireTap(lab, dumpcap, file);
  }

  /**
   * Ends it.
   * @returns {Promise<readonly Datagram[]>} in the order they passed
   */
  async close() {
    // The kernel hands over what it captured a quarter of a second later at most.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ended = once(this.#dumpcap, "exit");
    this.#dumpcap.kill("SIGINT");
    await ended;
    const fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "udp.payload"];
    const { stdout } = await this.#lab.exec("gw", "tshark", ["-n", "-r", this.#file, ...fields]);
    rmSync(this.#file);
    return stdout.trim().split("\n").filter(Boolean).map(datagramOf);
  }
}

/**
 * Milliseconds from each first request for a mapping to its answer, by internal port.
 * @param {readonly Datagram[]} datagrams
 * @returns {ReadonlyMap<number, number>}
 */
export function answerTimes(datagrams) {
  const asked = new Map();
  const times = new Map();
  for (const { at, isAnswer, internalPort } of datagrams) {
    if (internalPort === null) continue;
    if (!isAnswer) {
      if (!asked.has(internalPort)) asked.set(internalPort, at);
    } else if (asked.has(internalPort) && !times.has(internalPort)) {
      times.set(internalPort, at - asked.get(internalPort));
    }
  }
  return times;
}

/** @param {string} line @returns {Datagram} */
function datagramOf(line) {
  const [seconds = "", hexadecimal = ""] = line.split("\t");
  const bytes = Buffer.from(hexadecimal, "hex");
  const [version = 0, second = 0] = bytes;
  const opcode = second & ~ANSWER;
  const isAnswer = (second & ANSWER) !== 0;
  return { at: Number(seconds) * 1000, isAnswer, version, opcode, internalPort: portOf() };

  /** RFC 6887 §11.1: behind the header of 24 bytes, the nonce and four more; RFC 6886 §3.3. */
  function portOf() {
    if (version === 2) return opcode === 1 && bytes.length >= 42 ? bytes.readUInt16BE(40) : null;
    const isMapping = version === 0 && (opcode === 1 || opcode === 2);
    const offset = isAnswer ? 8 : 4;
    return isMapping && bytes.length >= offset + 2 ? bytes.readUInt16BE(offset) : null;
  }
}
