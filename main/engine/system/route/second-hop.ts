/**
 * The router after our own, as `ping` shows it: a packet that may pass one router and no more is answered by the second
 * with "time exceeded" (RFC 792). No program may read that answer without rights, but every system's `ping` does.
 */
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";
import { runCommand } from "../run-command.ts";

/** Where nobody is (RFC 5737 TEST-NET-1); the packet ends at the second router on the way. */
const NOWHERE = "192.0.2.1";
/** Seconds to wait. */
const PATIENCE = 1;

type Platform = "linux" | "darwin" | "win32";

/** Arguments of `ping`; `localAddress` is the address to send from, where the system would take another. */
export function pingArguments(platform: Platform, localAddress: string | null): readonly string[] {
  const from = localAddress === null ? [] : [localAddress];
  switch (platform) {
    case "linux":
      return [...after("-I", from), "-n", "-c", "1", "-t", "2", "-W", String(PATIENCE), NOWHERE];
    case "darwin":
      // There -m is the number of routers, and -t the patience.
      return [...after("-S", from), "-n", "-c", "1", "-m", "2", "-t", String(PATIENCE), NOWHERE];
    case "win32":
      return [...after("-S", from), "-n", "1", "-i", "2", "-w", String(PATIENCE * 1000), NOWHERE];
  }
}

/**
 * The first IPv4 address that `ping` names beside those that it would name anyway: `own` are this PC's and its router's.
 * The words around differ by system and language. Null where nobody else answered.
 */
export function secondHopFrom(text: string, own: readonly string[]): string | null {
  const known = new Set([NOWHERE, ...own]);
  for (const [found] of text
    .slice(0, 8192)
    .matchAll(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g)) {
    if (ipaddr.IPv4.isValidFourPartDecimal(found) && !known.has(found)) return found;
  }
  return null;
}

const programs: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "ping",
  darwin: "/sbin/ping",
  win32: `${process.env["SystemRoot"] ?? "C:\\Windows"}\\System32\\PING.EXE`,
};

/**
 * The address of the router behind `gateway`, asked for from `localAddress` (null leaves that to the system). Null where
 * it does not answer, or there is no `ping`. Takes a second at most, and never rejects.
 */
export async function secondHop(
  gateway: string,
  localAddress: string | null,
): Promise<string | null> {
  const { platform } = process;
  const program = programs[platform];
  if (program === undefined || !isPlatform(platform)) return null;
  const own = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  try {
    const from = localAddress !== null && isIPv4(localAddress) ? localAddress : null;
    const { stdout } = await runCommand(program, pingArguments(platform, from));
    return secondHopFrom(stdout, [...own, gateway]);
  } catch {
    return null;
  }
}

function isPlatform(platform: NodeJS.Platform): platform is Platform {
  return platform in programs;
}

function after(option: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => [option, value]);
}
