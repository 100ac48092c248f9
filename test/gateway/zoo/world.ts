/** One scripted router, and the engine's part that maps: what one click comes to, and what is left behind. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Exposures } from "../../../main/engine/exposure/exposures.ts";
import { candidates4 } from "../../../main/engine/gateway/candidates.ts";
import { GatewayTracker } from "../../../main/engine/gateway/gateway-tracker.ts";
import { LeaseBook } from "../../../main/engine/gateway/lease-book.ts";
import { NatPmpClient } from "../../../main/engine/gateway/natpmp/client.ts";
import { PcpClient } from "../../../main/engine/gateway/pcp/client.ts";
import {
  type GatewayRef,
  PERMANENT_LEASE,
  type PortMapper,
} from "../../../main/engine/gateway/port-mapper.ts";
import { stableFromLinux } from "../../../main/engine/system/route/stable-address6.ts";
import { PinholeClient } from "../../../main/engine/gateway/upnp/firewall/pinhole-client.ts";
import { SSDP_GROUP4 } from "../../../main/engine/gateway/upnp/device/ssdp.ts";
import { UpnpClient } from "../../../main/engine/gateway/upnp/igd/client.ts";
import { readWaysOut } from "../../../main/engine/gateway/ways-out.ts";
import { exposureKey } from "../../../shared/endpoint.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Exposure, MappingProtocol } from "../../../shared/snapshot.ts";
import { simulatedEnvironment } from "../../fixtures/environment.ts";
import { SimulatedLan } from "../../fixtures/simulated-lan.ts";
import { FakeFirewall } from "../fake-firewall.ts";
import { FakeIgd, type FakeEntry } from "../fake-igd.ts";
import { FakeNatPmpGateway } from "../fake-natpmp-gateway.ts";
import { FakePcpGateway } from "../fake-pcp-gateway.ts";
import { byVersion, simulatedTransport } from "../transports.ts";

const ADDRESS = "192.0.2.1";
const FOREIGN = "192.0.2.99";
/** The PC's, as Linux lists them: a unique local one first. */
const addresses6 = `fd000000000000000000000000000010 02 40 00 80     eth0
20010db8000000000000000000000010 02 40 00 80     eth0
`;
const pcAddress6 = stableFromLinux(addresses6, "eth0") ?? "::";
/** A public one, so that nothing is said against it. */
const externalAddress = "52.3.4.5";

const protocolNames: Readonly<Record<MappingProtocol, string>> = {
  pcp: "PCP",
  "nat-pmp": "NAT-PMP",
  upnp: "UPnP",
};

export class ZooWorld {
  readonly environment = simulatedEnvironment();
  readonly clock = this.environment.clock;
  readonly network = this.environment.network;
  readonly lan = new SimulatedLan(this.clock, this.network);
  readonly pcp: FakePcpGateway;
  readonly natPmp: FakeNatPmpGateway;
  readonly upnp: FakeIgd;
  /** Entries of others, which stay as they are whatever happens. */
  foreign: readonly FakeEntry[];
  /** The router over IPv6, where it takes part; the PC has an address for it then. */
  ipv6: {
    readonly address: string;
    readonly createMappers: (ref: GatewayRef) => readonly PortMapper[];
  } | null = null;
  /** Datagrams that went to the router until it was known what it speaks, or that it is silent. */
  spent: { readonly ipv4: number | null; readonly ipv6: number | null } = {
    ipv4: null,
    ipv6: null,
  };
  readonly #book: string;
  readonly #igds: FakeIgd[] = [];
  /** Ports that another host holds by PCP and by NAT-PMP. */
  #occupied = 0;
  #run: { readonly trackers: readonly GatewayTracker[]; readonly exposures: Exposures } | null =
    null;

  /** A router that speaks UPnP alone, like most. */
  constructor() {
    this.network.gateways = [{ address: ADDRESS, family: 4, interface: "eth0" }];
    const transport = simulatedTransport(this.network, { address: ADDRESS, port: 5351 });
    const [pcp, natPmp] = byVersion(transport);
    const { clock } = this;
    this.pcp = new FakePcpGateway({ clock, transport: pcp, externalAddress });
    this.natPmp = new FakeNatPmpGateway({ clock, transport: natPmp, externalAddress });
    this.pcp.script.silent = true;
    this.natPmp.script.silent = true;
    this.upnp = this.igdAt(ADDRESS);
    this.foreign = [
      this.upnp.put({ externalPort: 40_000 }),
      this.upnp.put({ externalPort: 40_001, internalClient: this.network.localAddress }),
    ];
    this.#book = join(mkdtempSync(join(tmpdir(), "homeport-zoo-")), "leases.jsonl");
  }

  /** A UPnP gateway, the router's or another on the network. */
  igdAt(address: string): FakeIgd {
    const { clock, network, lan } = this;
    const igd = new FakeIgd({ clock, network, lan, address, externalAddress });
    // A router without a guard of its own: whose an entry is, is for us alone to see to.
    igd.mapsForOthers = true;
    igd.script.overwrites = true;
    this.#igds.push(igd);
    return igd;
  }

  /** Somebody else's entry at this port of every UPnP gateway. */
  putForeign(externalPort: number, transport: FakeEntry["transport"] = "TCP"): void {
    const entries = this.#igds.map((igd) =>
      igd.put({ transport, externalPort, internalPort: externalPort }),
    );
    this.foreign = [...this.foreign, ...entries];
  }

  /** Another host of the network holds the ports that are wished for, in every protocol. */
  async occupy(intents: readonly ExposureIntent[]): Promise<void> {
    for (const { transport, internalPort: port } of intents) {
      this.putForeign(port, transport === "udp" ? "UDP" : "TCP");
      await this.pcp.putForeign(transport, port);
      this.natPmp.putForeign(transport, port);
      this.#occupied += 1;
    }
  }

  /** One click; by hand for a gateway that is not the default route's. */
  async expose(intents: readonly ExposureIntent[], byHand: string | null = null): Promise<void> {
    const { environment, clock } = this;
    const book = new LeaseBook(this.#book, () => clock.now());
    book.load();
    const exposures = new Exposures({
      environment,
      book,
      onChange: () => undefined,
      closeAfter: () => 300_000,
      canTell: () => true,
    });
    const tracker: GatewayTracker = new GatewayTracker({
      environment,
      book,
      candidates: async () => {
        const named = byHand === null ? [] : [byHand];
        return candidates4(named, await readWaysOut(this.network, this.lan, null)).first;
      },
      createMappers: (gateway) => [
        new PcpClient(environment, gateway),
        new NatPmpClient(environment, gateway),
        new UpnpClient(environment, this.lan, gateway),
      ],
      onChange: () => {
        const { address, mapper } = tracker;
        if (mapper !== null || tracker.problem !== null) this.#noteSpent("ipv4", address);
        const link = address === null || mapper === null ? null : { address, mapper };
        exposures.attach(link, tracker.problem);
      },
      onStateLost: () => exposures.stateLost(),
    });
    const trackers = [tracker, ...this.#trackIpv6(book, exposures)];
    this.#run = { trackers, exposures };
    const listening = new Set(intents.map(exposureKey));
    exposures.listening({
      all: listening,
      ipv6: listening,
      ipv6Alone: new Set(),
      forSession: new Set(),
    });
    for (const intent of intents) exposures.want(intent);
    for (const each of trackers) await each.look();
    await this.settle();
  }

  #trackIpv6(book: LeaseBook, exposures: Exposures): readonly GatewayTracker[] {
    const { ipv6, environment } = this;
    if (ipv6 === null) return [];
    const tracker: GatewayTracker = new GatewayTracker({
      environment,
      book,
      layer: "ipv6",
      candidates: () => Promise.resolve([{ address: ipv6.address, localAddress: pcAddress6 }]),
      createMappers: ipv6.createMappers,
      onChange: () => {
        const { address, mapper } = tracker;
        if (mapper !== null) this.#noteSpent("ipv6", address);
        const link = address === null || mapper === null ? null : { address, mapper };
        exposures.attach(link, null, "ipv6");
      },
      onStateLost: () => exposures.stateLost("ipv6"),
    });
    return [tracker];
  }

  /** The first time. */
  #noteSpent(family: "ipv4" | "ipv6", address: string | null): void {
    const to = (one: string): number => this.network.sentTo.get(one) ?? 0;
    const now = to(address ?? "") + (family === "ipv4" ? to(SSDP_GROUP4) : 0);
    this.spent = { ...this.spent, [family]: this.spent[family] ?? now };
  }

  /** PCP over IPv6. */
  addPcp6(): FakePcpGateway {
    const address = "fe80::1%eth0";
    const { clock, environment, network } = this;
    const transport = simulatedTransport(network, { address, port: 5351 });
    const gateway = new FakePcpGateway({ clock, transport, externalAddress: pcAddress6 });
    this.ipv6 = { address, createMappers: (ref) => [new PcpClient(environment, ref)] };
    return gateway;
  }

  /** A UPnP firewall. */
  addFirewall6(): FakeFirewall {
    const { clock, environment, network, lan } = this;
    const firewall = new FakeFirewall({ clock, network, lan });
    const createMappers = (ref: GatewayRef) => [new PinholeClient(environment, lan, ref)];
    this.ipv6 = { address: firewall.address, createMappers };
    return firewall;
  }

  /** Time for all that is tried at once. */
  async settle(): Promise<void> {
    await this.clock.advance(20_000);
  }

  get exposures(): readonly Exposure[] {
    return this.#run?.exposures.views(() => true) ?? [];
  }

  /** The process dies; what it made stays on the router. */
  crash(): void {
    this.#run?.exposures.close();
    for (const tracker of this.#run?.trackers ?? []) tracker.close();
    this.#run = null;
  }

  async withdraw(): Promise<void> {
    const withdrawn = this.#run?.exposures.release("all");
    await this.settle();
    await withdrawn;
  }

  /** Everything that is on the router by our doing. */
  get left(): number {
    const entries = this.#entries.filter((entry) => !this.foreign.includes(entry));
    const pcp = this.pcp.server.mappings.filter(({ internal }) => internal.address !== FOREIGN);
    const natPmp = this.natPmp.mappings.filter(({ client }) => client !== FOREIGN);
    return entries.length + pcp.length + natPmp.length;
  }

  get #entries(): readonly FakeEntry[] {
    return this.#igds.flatMap(({ entries }) => entries);
  }

  get foreignUntouched(): boolean {
    const pcp = this.pcp.server.mappings.filter(({ internal }) => internal.address === FOREIGN);
    const natPmp = this.natPmp.mappings.filter(({ client }) => client === FOREIGN);
    return (
      this.foreign.every((entry) => this.#entries.includes(entry)) &&
      pcp.length === this.#occupied &&
      natPmp.length === this.#occupied
    );
  }
}

/** What became of an exposure, in words. */
export function outcomeOf(exposure: Exposure | undefined): string {
  if (exposure === undefined) return "nothing";
  const { state, protocol, endpoint, lifetime, error, finding, internalPort } = exposure;
  if (state !== "mapped" || protocol === null || endpoint === null) {
    return error === null ? state : `${state}: ${error.code}`;
  }
  const words = [`mapped by ${protocolNames[protocol]}`];
  if (endpoint.port !== internalPort) words.push("another port");
  if (lifetime === PERMANENT_LEASE) words.push("until deleted");
  else if (lifetime !== 7200) words.push(`lease ${lifetime} s`);
  if (finding !== null) words.push(`not reachable: ${finding.code}`);
  if (exposure.ipv6 !== undefined) {
    const { state: state6, error: error6 } = exposure.ipv6;
    words.push(`over IPv6 ${state6}${error6 === null ? "" : ` (${error6.code})`}`);
  }
  return words.join(", ");
}
