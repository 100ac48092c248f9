/** `lsof -F` of macOS (lsof(8), "Output for other programs"): sockets with the processes that hold them. */
import ipaddr from "ipaddr.js";
import type { Transport } from "../../../../shared/snapshot.ts";
import { readPid } from "../pid.ts";
import { plainText } from "../plain-text.ts";

export const lsofArguments = ["-nP", "-w", "-i", "-F", "pRcfdtPnT"] as const;

export interface HeldSocket {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** Kernel address of the socket: the same in two processes that share it. */
  readonly device: string;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
}

interface OpenFile {
  device: string;
  type: string;
  protocol: string;
  name: string;
  state: string;
}

/** Listening TCP and unconnected UDP sockets; what does not look like one is skipped. */
export function parseLsof(text: string): HeldSocket[] {
  const sockets: HeldSocket[] = [];
  let process = { pid: 0, parent: 0, command: "" };
  let file: OpenFile | null = null;
  function end(): void {
    const bound = file && process.pid > 0 ? listeningAt(file) : null;
    if (file && bound) sockets.push({ ...process, device: file.device, ...bound });
    file = null;
  }
  for (const line of text.split("\n")) {
    const value = line.slice(1);
    switch (line[0]) {
      case "p":
        end();
        process = { pid: readPid(value) ?? 0, parent: 0, command: "" };
        break;
      case "R":
        process.parent = readPid(value) ?? 0;
        break;
      case "c":
        process.command = unescapeLsof(value);
        break;
      case "f":
        end();
        file = { device: "", type: "", protocol: "", name: "", state: "" };
        break;
      default:
        if (file) readField(file, line[0] ?? "", value);
    }
  }
  end();
  return sockets;
}

function readField(file: OpenFile, field: string, value: string): void {
  if (field === "d") file.device = value;
  else if (field === "t") file.type = value;
  else if (field === "P") file.protocol = value;
  else if (field === "n") file.name = value;
  else if (field === "T" && value.startsWith("ST=")) file.state = value.slice(3);
}

function listeningAt(
  file: OpenFile,
): { transport: Transport; address: string; port: number } | null {
  const transport = { TCP: "tcp", UDP: "udp" }[file.protocol] as Transport | undefined;
  if (!transport || file.name.includes("->")) return null;
  if (transport === "tcp" && file.state !== "LISTEN") return null;
  const colon = file.name.lastIndexOf(":");
  const port = Number(file.name.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 1 || port > 65_535) return null;
  const host = file.name.slice(0, colon).replaceAll(/^\[|\]$/g, "");
  const address = host === "*" ? anyAddress(file.type) : canonical(host);
  return address === null ? null : { transport, address, port };
}

function anyAddress(type: string): string {
  return type === "IPv6" ? "::" : "0.0.0.0";
}

function canonical(host: string): string | null {
  // The kernel keeps the interface in the second group of a link-local address (KAME), and lsof shows it so.
  const address = (host.split("%")[0] ?? "").replace(/^fe80:[0-9a-f]{1,4}::/, "fe80::");
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
}

/** Text on one line: lsof writes what is not printable, and the space in a command, as \\xNN. */
export function unescapeLsof(value: string): string {
  return plainText(
    value.replaceAll(/\\x([0-9a-f]{2})/g, (_whole, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    ),
  );
}
