/**
 * Every PCP and NAT-PMP packet that a lab's PC sent, in the eyes of an independent decoder: recorded while the tests
 * run, decoded once at their end.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Lab } from "./lab.mjs";
import { until } from "./until.mjs";

/** Commands and Debian packages. */
export const recorder = { dumpcap: "wireshark-common", tshark: "tshark" };

/** What tshark has to say against a packet: fields that are empty for a sound one. */
const complaints = ["_ws.malformed", "_ws.expert.message", "portcontrol.option.unknown"];
/** Port numbers that follow each other remind tshark of something, which is no complaint. */
const sound = /^[^\t]*:udp:portcontrol\t+(?:Possible traceroute: [^\t]*)?\t*$/;
/** Bytes of a pcap file without packets. */
const EMPTY_FILE = 24;
const runFile = promisify(execFile);

export interface PacketRecord {
  /** Ends the recording. Rejects with the packets that tshark complains of; else the number of packets. */
  judge(): Promise<number>;
}

/** Records on all interfaces of the PC; resolves once packets are seen. */
export async function recordPackets(lab: Lab): Promise<PacketRecord> {
  const directory = mkdtempSync(join(tmpdir(), "homeport-packets-"));
  const file = join(directory, "sent.pcap");
  const filter = "outbound and udp dst port 5351";
  const words = ["-q", "-i", "any", "-f", filter, "-P", "-w", file];
  const child = lab.spawn("pc", "dumpcap", words, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let told = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (told += text));
  await until("dumpcap records", () => {
    if (child.exitCode !== null) throw new Error(`dumpcap ended: ${told}`);
    return told.includes("File: ");
  });
  return {
    judge: async () => {
      child.kill("SIGINT");
      await ended;
      try {
        return statSync(file).size > EMPTY_FILE ? await decode(file) : 0;
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  };
}

async function decode(file: string): Promise<number> {
  const fields = ["frame.protocols", ...complaints].flatMap((field) => ["-e", field]);
  const words = ["-n", "-r", file, "-T", "fields", "-E", "separator=/t", ...fields];
  const { stdout } = await runFile("tshark", words, { maxBuffer: 64 * 1024 * 1024 });
  const packets = stdout.split("\n").filter((line) => line !== "");
  const unsound = packets.filter((line) => !sound.test(line));
  if (unsound.length > 0) {
    throw new Error(
      `tshark complains of ${unsound.length} of ${packets.length} packets, e.g.\n${unsound.slice(0, 5).join("\n")}`,
    );
  }
  return packets.length;
}
