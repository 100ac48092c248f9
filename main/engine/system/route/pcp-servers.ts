/**
 * The PCP servers that this PC's DHCP client was told of. Only dhclient on Linux shows them: macOS and Windows do not ask
 * for the option, and tell nobody what came without being asked for; systemd-networkd keeps options 224 to 254 alone
 * (`dhcp_lease_parse_options` in its sd-dhcp-lease.c).
 */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LocalAddress, PcpServerOption } from "../../environment.ts";
import { parseDhclientLeases } from "./dhcp-leases.ts";

const folders = [
  "/var/lib/dhcp",
  "/var/lib/dhclient",
  "/var/lib/NetworkManager",
  "/run/NetworkManager",
];
/** Old networks leave files behind. */
const MOST_FILES = 64;
/** Of one file its end, where the lease in force stands. */
const MOST_BYTES = 262_144;

/** Of leases under addresses that are ours now. Never rejects: what cannot be read is not there. */
export async function readPcpServers(
  locals: readonly LocalAddress[],
  places: readonly string[] = folders,
): Promise<readonly PcpServerOption[]> {
  const files = (await Promise.all(places.map(leaseFiles))).flat().slice(0, MOST_FILES);
  const texts = await Promise.all(files.map(endOf));
  return texts.flatMap(parseDhclientLeases).flatMap(({ family, address, servers }) => {
    const own = locals.find((local) => local.family === family && local.address === address);
    if (own === undefined) return [];
    return servers.map((addresses) => ({ family, interface: own.interface, addresses }));
  });
}

async function leaseFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /\.leases?$/.test(name)).map((name) => join(folder, name));
}

async function endOf(path: string): Promise<string> {
  const file = await open(path).catch(() => null);
  if (file === null) return "";
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return "";
    const length = Math.min(stat.size, MOST_BYTES);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(length),
      0,
      length,
      stat.size - length,
    );
    return buffer.toString("latin1", 0, bytesRead);
  } catch {
    return "";
  } finally {
    await file.close();
  }
}
