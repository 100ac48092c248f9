/** The IPv6 firewall of a UPnP router that does as it is told (WANIPv6FirewallControl:1). */
import type { Clock, UdpAddress } from "../../main/engine/environment.ts";
import type { HttpReply, SimulatedLan } from "../fixtures/simulated-lan.ts";
import type { SimulatedNetwork } from "../fixtures/simulated-network.ts";

const SERVICE = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1";

export interface FakePinhole {
  readonly client: string;
  readonly port: number;
  /** The only visitor; empty for everybody. */
  readonly remoteHost: string;
  /** IANA protocol number. */
  readonly protocol: number;
  /** Monotonic milliseconds. */
  readonly endsAt: number;
}

export interface FakeFirewallOptions {
  readonly clock: Clock;
  readonly network: SimulatedNetwork;
  readonly lan: SimulatedLan;
}

export class FakeFirewall {
  /** As the PC's default route names it. */
  readonly address = "fe80::1%eth0";
  /** Where it answers from, and where its description is. */
  readonly global = "2001:db8::1";
  /** A UPnP error instead of carrying out the action; null to go on. */
  fault: (action: string, from: string) => number | null = () => null;
  /** Called with each search that it hears. */
  onSearch: () => void = () => undefined;
  /** Searches still to be swallowed, as if lost before they came. */
  drop = 0;
  /** Milliseconds before a search is answered. */
  searchDelay = 0;
  /** Where it says that its description is; null for the truth. */
  location: string | null = null;
  /** Where its answers come from; null for its global address. */
  answersFrom: UdpAddress | null = null;
  readonly actions: string[] = [];
  /** Monotonic milliseconds of each search. */
  readonly searches: number[] = [];
  readonly #clock: Clock;
  readonly #pinholes = new Map<number, FakePinhole>();
  #lastId = 0;

  constructor({ clock, network, lan }: FakeFirewallOptions) {
    this.#clock = clock;
    for (const address of [this.address, this.global]) {
      network.linkAddresses.set(address, "a0:36:9f:11:22:33");
    }
    const socket = network.bind({ address: this.address, port: 1900 }, (datagram, from) => {
      if (this.drop > 0) {
        this.drop -= 1;
        return;
      }
      this.searches.push(clock.monotonic());
      this.onSearch();
      const target = /^ST: *(.*?)\r?$/im.exec(new TextDecoder().decode(datagram))?.[1] ?? "";
      const location = this.location ?? `http://[${this.global}]:5000/root.xml`;
      const answer = `HTTP/1.1 200 OK\r\nLOCATION: ${location}\r\nST: ${target}\r\n\r\n`;
      const source = this.answersFrom ?? { address: this.global, port: 1900 };
      clock.after(this.searchDelay, () =>
        socket.send(new TextEncoder().encode(answer), from, source),
      );
    });
    lan.serve(`[${this.global}]:5000`, (request) => {
      if (request.path === "/root.xml") return { status: 200, body: description };
      const action = /#(\w+)"$/.exec(request.headers?.["soapaction"] ?? "")?.[1] ?? "";
      this.actions.push(action);
      return this.#act(action, request.body ?? "", request.from);
    });
  }

  get pinholes(): readonly FakePinhole[] {
    const now = this.#clock.monotonic();
    return [...this.#pinholes.values()].filter(({ endsAt }) => endsAt > now);
  }

  restart(): void {
    this.#pinholes.clear();
  }

  #act(action: string, body: string, from: string): HttpReply {
    const value = (name: string): string =>
      new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? "";
    const code = this.fault(action, from);
    if (code !== null) return fault(code);
    const now = this.#clock.monotonic();
    const id = Number(value("UniqueID"));
    const pinhole = this.#pinholes.get(id);
    switch (action) {
      case "AddPinhole": {
        const client = value("InternalClient");
        if (client !== from) return fault(606);
        this.#lastId += 1;
        this.#pinholes.set(this.#lastId, {
          client,
          port: Number(value("InternalPort")),
          remoteHost: value("RemoteHost"),
          protocol: Number(value("Protocol")),
          endsAt: now + Number(value("LeaseTime")) * 1000,
        });
        return answer(action, `<UniqueID>${this.#lastId}</UniqueID>`);
      }
      case "UpdatePinhole":
        if (pinhole === undefined) return fault(704);
        this.#pinholes.set(id, {
          ...pinhole,
          endsAt: now + Number(value("NewLeaseTime")) * 1000,
        });
        return answer(action, "");
      case "DeletePinhole":
        return this.#pinholes.delete(id) ? answer(action, "") : fault(704);
      case "GetPinholePackets":
        return pinhole === undefined
          ? fault(704)
          : answer(action, "<PinholePackets>0</PinholePackets>");
      default:
        return fault(401);
    }
  }
}

const description =
  `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceType>x</deviceType>` +
  `<serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:2</serviceType>` +
  `<controlURL>/ip</controlURL></service><service><serviceType>${SERVICE}</serviceType>` +
  `<controlURL>/firewall</controlURL></service></serviceList></device></root>`;

function answer(action: string, fields: string): HttpReply {
  return {
    status: 200,
    body: `<s:Envelope xmlns:s="x"><s:Body><u:${action}Response xmlns:u="${SERVICE}">${fields}</u:${action}Response></s:Body></s:Envelope>`,
  };
}

function fault(code: number): HttpReply {
  return {
    status: 500,
    body: `<s:Envelope xmlns:s="x"><s:Body><s:Fault><detail><UPnPError><errorCode>${code}</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>`,
  };
}
