/** The process that a port proxy leads to, in another network namespace (a container). */
import type { ProxyTarget } from "../forwarders.ts";
import { listProcDirectory, readProcBytes, readProcFile, readProcLink } from "./proc-files.ts";
import { decodeAddress, parseSocketTable } from "./socket-table.ts";

const mostProcesses = 5000;
const tableLimit = 4 * 1024 * 1024;

/**
 * Its pid, or null. Routes and sockets of any process can be read without rights over it; its files cannot,
 * so of another user's container the first process is named.
 */
export function findBehindProxy(root: string, target: ProxyTarget): number | null {
  const names = listProcDirectory(root);
  if (names === null || names === "denied") return null;
  const own = readLocalAddresses(`${root}/net`);
  if (own.has(target.address)) return null;
  const pids = names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
  const members = pids
    .toSorted((a, b) => a - b)
    .slice(0, mostProcesses)
    .filter((pid) => readLocalAddresses(`${root}/${pid}/net`).has(target.address));
  const [first] = members;
  if (first === undefined) return null;
  // Several namespaces may use the same address; who listens in its own is meant.
  const inodes = new Map<string | null, Set<string>>();
  const holder = members.find((pid) => {
    const namespace = readProcLink(`${root}/${pid}/ns/net`);
    const listening = inodes.get(namespace) ?? listeningInodes(`${root}/${pid}/net`, target.port);
    inodes.set(namespace, listening);
    return holdsAny(`${root}/${pid}/fd`, listening);
  });
  return holder ?? first;
}

/** Addresses of a namespace: IPv4 from the routing trie, which has no shorter form, IPv6 from if_inet6. */
function readLocalAddresses(net: string): Set<string> {
  const trie = readProcFile(`${net}/fib_trie`, tableLimit) ?? "";
  const addresses = new Set<string>();
  for (const [, address] of trie.matchAll(/\|-- ([\d.]+)\n\s+\/32 host LOCAL/g)) {
    if (address) addresses.add(address);
  }
  for (const [, hex] of (readProcFile(`${net}/if_inet6`, tableLimit) ?? "").matchAll(
    /^([\da-f]{32}) /gm,
  )) {
    if (hex) addresses.add(decodeAddress(swapWords(hex)));
  }
  return addresses;
}

/** if_inet6 prints the bytes in order, the socket tables in words of the machine. */
function swapWords(hex: string): string {
  return hex.replaceAll(/(..)(..)(..)(..)/g, "$4$3$2$1");
}

function listeningInodes(net: string, port: number): Set<string> {
  const inodes = new Set<string>();
  for (const name of ["tcp", "tcp6", "udp", "udp6"] as const) {
    const transport = name.startsWith("tcp") ? "tcp" : "udp";
    const table = readProcBytes(`${net}/${name}`, tableLimit);
    const rows = table === null ? [] : parseSocketTable(table, transport);
    for (const row of rows) if (row.port === port) inodes.add(`socket:[${row.inode}]`);
  }
  return inodes;
}

function holdsAny(directory: string, inodes: ReadonlySet<string>): boolean {
  const files = inodes.size === 0 ? null : listProcDirectory(directory);
  if (files === null || files === "denied") return false;
  return files.some((fd) => inodes.has(readProcLink(`${directory}/${fd}`) ?? ""));
}
