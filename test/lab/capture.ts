/** Packets of the PC as tshark reads them, while they pass. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Lab } from "./lab.mjs";
import { until } from "./until.mjs";

/** A decoded packet: what tshark has for each field asked for; empty where it has none. */
export type Packet = Readonly<Record<string, string>>;

export interface Capture {
  /** In order of arrival; grows. */
  readonly packets: readonly Packet[];
  stop(): Promise<void>;
}

/** Command and Debian package, for `useLab`. */
export const tshark = { tshark: "tshark" };

/**
 * Starts to capture on the PC's cable; resolves once packets are seen.
 * @param filter of the pcap kind, e.g. `udp port 5351`
 * @param fields Wireshark's names, e.g. `udp.dstport`
 */
export async function startCapture(
  lab: Lab,
  filter: string,
  fields: readonly string[],
): Promise<Capture> {
  const wanted = fields.flatMap((field) => ["-e", field]);
  const format = ["-l", "-n", "-T", "fields", "-E", "separator=/t", ...wanted];
  const child = lab.spawn("pc", "tshark", ["-i", "eth0", "-f", filter, ...format], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (words += text));
  const packets: Packet[] = [];
  createInterface({ input: child.stdout as Readable }).on("line", (line) => {
    const values = line.split("\t");
    packets.push(Object.fromEntries(fields.map((field, index) => [field, values[index] ?? ""])));
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGINT");
    await ended;
  };
  await until("tshark captures", () => {
    if (child.exitCode !== null) throw new Error(`tshark ended: ${words}`);
    return words.includes("Capture started");
  });
  return { packets, stop };
}
