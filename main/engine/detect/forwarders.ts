/** Programs that listen for others: port proxies, tunnels, and the way into containers and virtual machines. */
import { isIP } from "node:net";
import type { Program } from "../../../shared/snapshot.ts";

interface Forwarder {
  /** Of the program's file, or its first argument. */
  readonly names: RegExp;
  /** The command line, where the program does other things as well. */
  readonly commandLine?: RegExp;
  readonly kind: Program["kind"];
  readonly name: string;
}

/** Whom they listen for cannot be seen from here. */
const forwarders: readonly Forwarder[] = [
  { names: /^(com\.docker\.backend|vpnkit(-bridge)?)$/, kind: "container", name: "Docker Desktop" },
  { names: /^gvproxy$/, kind: "container", name: "Podman machine" },
  {
    // Podman's and Docker's ways into containers of users that are not root; `pasta` is the file `passt.avx2`.
    names: /^((containers-)?rootlessport(-child)?|rootlesskit|slirp4netns|pas(ta|st)(\.avx2)?)$/,
    kind: "container",
    name: "rootless container",
  },
  { names: /^(wslrelay|wslhost)$/, kind: "wsl", name: "WSL" },
  {
    names: /^(limactl|orbstack helper|vboxheadless|virtualboxvm|vboxnetnat|vmnat|vmnet-natd)$/,
    kind: "container",
    name: "virtual machine",
  },
  {
    names: /^qemu-(system-|kvm)/,
    commandLine: /\bhostfwd=/,
    kind: "container",
    name: "virtual machine",
  },
  { names: /^(ssh|plink|autossh)$/, kind: "proxy", name: "SSH tunnel" },
  // Of one visitor, who let it listen (`ssh -R`); the title of the server itself has its path.
  {
    names: /^sshd$/,
    commandLine: /^sshd: (?!\/)/,
    kind: "proxy",
    name: "SSH tunnel",
  },
  { names: /^sshd-session$/, kind: "proxy", name: "SSH tunnel" },
  {
    names: /^kubectl$/,
    commandLine: /\sport-forward\s/,
    kind: "proxy",
    name: "Kubernetes port-forward",
  },
  { names: /^(rinetd|redir|6tunnel|simpleproxy)$/, kind: "proxy", name: "port forwarding" },
  // To a host by its name.
  {
    names: /^socat$/,
    commandLine: /\s(tcp|udp)[46]?(-connect)?:/i,
    kind: "proxy",
    name: "port forwarding",
  },
  { names: /^systemd-socket-proxyd$/, kind: "proxy", name: "port forwarding" },
  // `netsh interface portproxy`.
  { names: /^svchost$/, commandLine: /\siphlpsvc\b/i, kind: "proxy", name: "port forwarding" },
];

/** Null for a program that serves by itself. `own` and `first` are stems of its name and its first argument. */
export function identifyForwarder(
  own: string,
  first: string,
  args: readonly string[],
): Program | null {
  const target = proxyTarget(own, args);
  if (target !== null) return { kind: "proxy", name: formatTarget(target), target };
  const forwarder = forwarders.find(
    ({ names, commandLine }) =>
      (names.test(own) || names.test(first)) && (commandLine?.test(args.join(" ")) ?? true),
  );
  return forwarder === undefined ? null : { kind: forwarder.kind, name: forwarder.name };
}

export interface ProxyTarget {
  readonly address: string;
  readonly port: number;
}

/** docker-proxy (moby), socat and systemd-socket-proxyd name their target in their arguments. */
function proxyTarget(own: string, args: readonly string[]): ProxyTarget | null {
  switch (own) {
    case "docker-proxy": {
      const [address, port] = ["-container-ip", "-container-port"].map(
        (option) => args[args.indexOf(option) + 1] ?? "",
      );
      return checked(address ?? "", port ?? "");
    }
    case "socat": {
      for (const arg of args.slice(1)) {
        const [, address, port] =
          /^(?:tcp|udp)[46]?(?:-connect)?:\[?([\da-f.:]+?)\]?:(\d+)(?:,|$)/i.exec(arg) ?? [];
        if (address && port) return checked(address, port);
      }
      return null;
    }
    case "systemd-socket-proxyd": {
      const [, address, port] = /^\[?([\da-f.:]+?)\]?:(\d+)$/i.exec(args.at(-1) ?? "") ?? [];
      return address && port ? checked(address, port) : null;
    }
    default:
      return null;
  }
}

function checked(address: string, digits: string): ProxyTarget | null {
  const port = Number(digits);
  return isIP(address) !== 0 && Number.isInteger(port) && port > 0 && port < 65_536
    ? { address, port }
    : null;
}

function formatTarget({ address, port }: ProxyTarget): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
