/** A UPnP gateway that does as it is told; its quirks are data. */
import type { Clock, HttpRequest, UdpAddress } from "../../main/engine/environment.ts";
import { escapeXml } from "../../main/engine/gateway/upnp/device/xml.ts";
import { descriptionOf, envelope, fault, scpdOf } from "./igd-documents.ts";
import type { SimulatedLan, HttpReply } from "../fixtures/simulated-lan.ts";
import type { ServerSocket, SimulatedNetwork } from "../fixtures/simulated-network.ts";

export interface FakeService {
  readonly type: string;
  readonly controlPath: string;
  readonly connected: boolean;
  /** Null for the gateway's own. */
  readonly externalAddress: string | null;
}

export interface FakeEntry {
  readonly transport: "TCP" | "UDP";
  readonly externalPort: number;
  readonly internalClient: string;
  readonly internalPort: number;
  /** The only visitor; empty for everybody. */
  readonly remoteHost: string;
  readonly description: string;
  /** Seconds that were asked for; 0 is permanent. */
  readonly lease: number;
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly enabled: boolean;
}

export type ActionValues = Readonly<Record<string, string>>;

/** What it does until the script says otherwise. */
export interface IgdScript {
  /** Which searches are heard. */
  hears: "both" | "multicast" | "unicast" | "none";
  /** Searches still to be swallowed, as if lost before they came. */
  drop: number;
  /** Search targets that are answered; null for all that an IGD:1 and :2 would. */
  answersTo: readonly string[] | null;
  /** Where answers come from; null for its own address and port 1900. */
  answersFrom: UdpAddress | null;
  /** A search with MX below 1 ends it. */
  crashesAtMx0: boolean;
  /** More than one action at a time ends it. */
  crashesAtTwo: boolean;
  descriptionPath: string;
  /** Instead of its own description. */
  location: string | null;
  /** Sent before the true answer, e.g. of another device in the same box. */
  otherLocations: readonly string[];
  /** The SSDP answer as it goes out. */
  spoilAnswer: (answer: string) => string;
  /** Milliseconds before a search is answered. */
  searchDelay: number;
  services: readonly FakeService[];
  deviceType: string;
  urlBase: string | null;
  /** The description as it goes out. */
  spoilDescription: (description: string) => HttpReply;
  /** What it declares of itself, by the actions that it has; null where there is nothing to be had. */
  scpd: ((actions: readonly string[]) => HttpReply) | null;
  /** A UPnP error instead of carrying out the action; null to go on. */
  fault: (action: string, values: ActionValues) => number | null;
  /** Anything else instead of carrying out the action; null to go on. */
  reply: (action: string, values: ActionValues) => HttpReply | null;
  /** Anything else as the answer, once the action was carried out; null for the true one. */
  replyAfter: (action: string) => HttpReply | null;
  /** Milliseconds that each action takes. */
  delay: number;
  /** Overwrites an entry of another client as if it were its own. */
  overwrites: boolean;
  /** Keeps descriptions. */
  keepsDescriptions: boolean;
  /** A renewal does not start the lease anew. */
  renews: boolean;
  /** Seconds left as they are told, from the true ones. */
  toldLease: (left: number, entry: FakeEntry) => number;
  /** What it makes of RemoteHost: it lets in that visitor alone, everybody, or says 726. */
  remoteHost: "keeps" | "ignores" | "refuses";
  /** Says yes to AddPortMapping and does nothing. */
  forgets: boolean;
}

const IGD1 = "urn:schemas-upnp-org:device:InternetGatewayDevice:1";
export const IGD2 = "urn:schemas-upnp-org:device:InternetGatewayDevice:2";
export const IP1 = "urn:schemas-upnp-org:service:WANIPConnection:1";
export const IP2 = "urn:schemas-upnp-org:service:WANIPConnection:2";
export const PPP1 = "urn:schemas-upnp-org:service:WANPPPConnection:1";

export function fakeService(type = IP1, change: Partial<FakeService> = {}): FakeService {
  return {
    type,
    controlPath: "/control",
    connected: true,
    externalAddress: null,
    ...change,
  };
}

export interface FakeIgdOptions {
  readonly clock: Clock;
  readonly network: SimulatedNetwork;
  readonly lan: SimulatedLan;
  readonly address?: string;
  readonly externalAddress?: string;
}

export class FakeIgd {
  readonly address: string;
  externalAddress: string;
  httpPort = 5000;
  readonly script: IgdScript = {
    hears: "both",
    drop: 0,
    answersTo: null,
    answersFrom: null,
    crashesAtMx0: false,
    crashesAtTwo: false,
    descriptionPath: "/root.xml",
    location: null,
    otherLocations: [],
    spoilAnswer: (answer) => answer,
    searchDelay: 0,
    services: [fakeService()],
    deviceType: IGD1,
    urlBase: null,
    spoilDescription: (body) => ({ status: 200, body }),
    scpd: scpdOf,
    fault: () => null,
    reply: () => null,
    replyAfter: () => null,
    delay: 0,
    overwrites: false,
    keepsDescriptions: true,
    renews: true,
    toldLease: (left) => left,
    remoteHost: "refuses",
    forgets: false,
  };
  /** The address under which a router between makes every client appear; null: there is none. */
  seesAs: string | null = null;
  /** Sends events (UPnP Device Architecture 1.1 §4). */
  sendsEvents = false;
  /** Callback by id of each subscription. */
  readonly subscriptions = new Map<string, string>();
  /** Knows GetListOfPortMappings. */
  lists = false;
  /** Lets one host map for another. */
  mapsForOthers = false;
  /** Called with each search that it hears. */
  onSearch: () => void = () => undefined;
  /** Search targets it heard, with how. */
  readonly searches: { readonly at: number; readonly target: string; readonly by: string }[] = [];
  /** Actions it was asked for, in order; "description" and "scpd" for those. */
  readonly actions: { readonly name: string; readonly values: ActionValues }[] = [];
  readonly #options: FakeIgdOptions;
  readonly #sockets: ServerSocket[] = [];
  #entries: readonly FakeEntry[] = [];
  #stopServing: () => void = () => undefined;

  constructor(options: FakeIgdOptions) {
    this.#options = options;
    this.address = options.address ?? "192.0.2.1";
    this.externalAddress = options.externalAddress ?? "203.0.113.7";
    const { network } = options;
    for (const by of ["unicast", "multicast"] as const) {
      const address = by === "unicast" ? this.address : "239.255.255.250";
      const socket = network.bind({ address, port: 1900 }, (datagram, from) =>
        this.#heard(new TextDecoder().decode(datagram), by, from, socket),
      );
      this.#sockets.push(socket);
    }
    this.#serve();
  }

  /** What stands in its table now. */
  get entries(): readonly FakeEntry[] {
    const now = this.#options.clock.monotonic();
    this.#entries = this.#entries.filter(
      ({ lease, since }) => lease === 0 || since + lease * 1000 > now,
    );
    return this.#entries;
  }

  /** Puts in an entry of somebody else's making. */
  put(entry: Partial<FakeEntry>): FakeEntry {
    const whole: FakeEntry = {
      transport: "TCP",
      externalPort: 8080,
      internalClient: "192.0.2.99",
      internalPort: 8080,
      remoteHost: "",
      description: "somebody else",
      lease: 0,
      since: this.#options.clock.monotonic(),
      enabled: true,
      ...entry,
    };
    this.#entries = [...this.entries, whole];
    return whole;
  }

  names(): readonly string[] {
    return this.actions.map(({ name }) => name);
  }

  /** Forgets every entry, and may come back at another port. */
  restart(httpPort = this.httpPort): void {
    this.#entries = [];
    this.moveTo(httpPort);
  }

  /** Forgets the entries that `goes` names. */
  drop(goes: (entry: FakeEntry) => boolean): void {
    this.#entries = this.entries.filter((entry) => !goes(entry));
  }

  /** Serves HTTP at another port from now on, as some do after a while. */
  moveTo(httpPort: number): void {
    this.#stopServing();
    this.httpPort = httpPort;
    this.#serve();
  }

  /** Nobody answers there any more. */
  close(): void {
    this.#stopServing();
    for (const socket of this.#sockets) socket.close();
  }

  #serve(): void {
    const { lan } = this.#options;
    this.#stopServing = lan.serve(`${this.address}:${this.httpPort}`, (request) => {
      if (this.script.crashesAtTwo && lan.concurrent > 1) {
        this.close();
        return "reset";
      }
      if (request.path === this.script.descriptionPath) {
        this.actions.push({ name: "description", values: {} });
        return this.script.spoilDescription(this.description());
      }
      if (request.path === "/scpd.xml") {
        this.actions.push({ name: "scpd", values: {} });
        return this.script.scpd?.(this.#known()) ?? { status: 404, body: "" };
      }
      if (request.path === "/event" && this.sendsEvents) return this.#subscribe(request);
      const service = this.script.services.find(({ controlPath }) => controlPath === request.path);
      if (service === undefined || request.method !== "POST") return { status: 404, body: "" };
      return this.#act(
        service,
        request.headers?.["soapaction"] ?? "",
        request.body ?? "",
        this.seesAs ?? request.from,
      );
    });
  }

  /** The actions that it truly carries out. */
  #known(): readonly string[] {
    const picks = this.script.services.some(({ type }) => type.endsWith(":2"));
    return [
      "GetStatusInfo",
      "GetExternalIPAddress",
      "AddPortMapping",
      "DeletePortMapping",
      "GetSpecificPortMappingEntry",
      "GetGenericPortMappingEntry",
      ...(picks ? ["AddAnyPortMapping"] : []),
      ...(this.lists ? ["GetListOfPortMappings"] : []),
    ];
  }

  /** Tells all subscribers; the statuses that come back, null where nobody hears. */
  tell(values: Readonly<Record<string, string>>, sequence = 1): readonly (number | null)[] {
    const properties = Object.entries(values).map(
      ([name, value]) => `<e:property><${name}>${value}</${name}></e:property>`,
    );
    const body = `<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">${properties.join("")}</e:propertyset>`;
    return [...this.subscriptions].map(([sid, url]) => {
      const headers = { sid, nt: "upnp:event", nts: "upnp:propchange", seq: String(sequence) };
      return this.#options.lan.sendHttp(this.address, url, { headers, body });
    });
  }

  #subscribe({ method, headers = {} }: HttpRequest): HttpReply {
    this.actions.push({ name: method, values: {} });
    const sid = headers["sid"];
    if (method === "UNSUBSCRIBE") {
      return { status: this.subscriptions.delete(sid ?? "") ? 200 : 412, body: "" };
    }
    const callback = /^<(.+)>$/.exec(headers["callback"] ?? "")?.[1];
    if (sid !== undefined && !this.subscriptions.has(sid)) return { status: 412, body: "" };
    const id = sid ?? `uuid:${this.actions.length}`;
    if (callback !== undefined) this.subscriptions.set(id, callback);
    return { status: 200, body: "", headers: { sid: id, timeout: "Second-300" } };
  }

  description(): string {
    return descriptionOf(this.script);
  }

  #heard(text: string, by: "unicast" | "multicast", from: UdpAddress, socket: ServerSocket): void {
    const target = /^ST: *(.*?)\r?$/im.exec(text)?.[1] ?? "";
    const { script } = this;
    const { clock } = this.#options;
    if (script.drop > 0) {
      script.drop -= 1;
      return;
    }
    this.searches.push({ at: clock.monotonic(), target, by });
    this.onSearch();
    if (script.crashesAtMx0 && !/^MX: *[1-9]/im.test(text)) return this.close();
    if (script.hears !== "both" && script.hears !== by) return;
    const version = script.deviceType.endsWith("2") ? [IGD1, IGD2] : [IGD1];
    const types = script.services.map(({ type }) => type);
    const answered = script.answersTo ?? [...version, ...types, "ssdp:all"];
    if (!answered.includes(target)) return;
    const own =
      script.location ?? `http://${this.address}:${this.httpPort}${script.descriptionPath}`;
    for (const location of [...script.otherLocations, own]) {
      const answer = script.spoilAnswer(
        `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nEXT:\r\nLOCATION: ${location}\r\nST: ${target}\r\n\r\n`,
      );
      const source = script.answersFrom ?? { address: this.address, port: 1900 };
      clock.after(script.searchDelay, () =>
        socket.send(new TextEncoder().encode(answer), from, source),
      );
    }
  }

  #act(service: FakeService, header: string, body: string, from: string): HttpReply {
    const { script } = this;
    const name = /#(\w+)"$/.exec(header)?.[1] ?? "";
    const values: Record<string, string> = {};
    for (const [, field, value] of body.matchAll(/<(New\w+)>([^<]*)<\/\1>/g)) {
      values[field ?? ""] = value ?? "";
    }
    this.actions.push({ name, values });
    if (!header.startsWith(`"${service.type}#`)) return fault(401);
    const scripted = script.reply(name, values);
    if (scripted !== null) return scripted;
    const code = script.fault(name, values) ?? null;
    const result = code ?? this.#carryOut(service, name, values, from);
    if (typeof result === "number") return { ...fault(result), delay: script.delay };
    const instead = script.replyAfter(name);
    if (instead !== null) return instead;
    const fields = Object.entries(result).map(([field, value]) => `<${field}>${value}</${field}>`);
    return {
      status: 200,
      delay: script.delay,
      body: envelope(
        `<u:${name}Response xmlns:u="${service.type}">${fields.join("")}</u:${name}Response>`,
      ),
    };
  }

  #carryOut(
    service: FakeService,
    name: string,
    values: ActionValues,
    from: string,
  ): number | Readonly<Record<string, string | number>> {
    switch (name) {
      case "GetStatusInfo":
        return { NewConnectionStatus: service.connected ? "Connected" : "Disconnected" };
      case "GetExternalIPAddress":
        return { NewExternalIPAddress: service.externalAddress ?? this.externalAddress };
      case "GetSpecificPortMappingEntry": {
        const entry = this.#find(values);
        return entry === undefined ? 714 : this.#told(entry);
      }
      case "GetGenericPortMappingEntry": {
        const entry = this.entries[Number(values["NewPortMappingIndex"])];
        if (entry === undefined) return 713;
        return {
          NewRemoteHost: entry.remoteHost,
          NewExternalPort: entry.externalPort,
          NewProtocol: entry.transport,
          ...this.#told(entry),
        };
      }
      case "GetListOfPortMappings":
        return this.lists ? this.#listing(values) : 401;
      case "DeletePortMapping": {
        const entry = this.#find(values);
        if (entry === undefined) return 714;
        if (entry.internalClient !== from && !this.mapsForOthers) return 606;
        this.#entries = this.#entries.filter((other) => other !== entry);
        return {};
      }
      case "AddPortMapping":
        return this.#add(values, from) ?? {};
      case "AddAnyPortMapping": {
        if (!service.type.endsWith(":2")) return 401;
        let port = Number(values["NewExternalPort"]);
        while (this.#find({ ...values, NewExternalPort: String(port) }) !== undefined) port += 1;
        const added = this.#add({ ...values, NewExternalPort: String(port) }, from);
        return added ?? { NewReservedPort: port };
      }
      default:
        return 401;
    }
  }

  #add(values: ActionValues, from: string): number | null {
    const { script } = this;
    const client = values["NewInternalClient"] ?? "";
    if (client !== from && !this.mapsForOthers) return 606;
    const remoteHost = values["NewRemoteHost"] ?? "";
    if (remoteHost !== "" && script.remoteHost === "refuses") return 726;
    const existing = this.#find(values);
    if (existing !== undefined && existing.internalClient !== client && !script.overwrites)
      return 718;
    if (script.forgets) return null;
    const kept = existing !== undefined && !script.renews ? existing.since : null;
    const entry: FakeEntry = {
      transport: values["NewProtocol"] === "UDP" ? "UDP" : "TCP",
      externalPort: Number(values["NewExternalPort"]),
      internalClient: client,
      internalPort: Number(values["NewInternalPort"]),
      remoteHost: script.remoteHost === "keeps" ? remoteHost : "",
      description: script.keepsDescriptions ? (values["NewPortMappingDescription"] ?? "") : "",
      lease: Number(values["NewLeaseDuration"]),
      since: kept ?? this.#options.clock.monotonic(),
      enabled: values["NewEnabled"] === "1",
    };
    this.#entries = [...this.#entries.filter((other) => other !== existing), entry];
    return null;
  }

  /** The list as text within its answer (WANIPConnection:2 §2.3.26); 730 where nothing is in range. */
  #listing(values: ActionValues): number | Readonly<Record<string, string>> {
    const entries = this.entries
      .filter(({ transport }) => transport === values["NewProtocol"])
      .slice(0, Number(values["NewNumberOfPorts"]));
    if (entries.length === 0) return 730;
    const listed = entries.map((entry) => {
      const { NewPortMappingDescription, NewLeaseDuration, ...told } = this.#told(entry);
      const fields = Object.entries({
        NewExternalPort: entry.externalPort,
        NewProtocol: entry.transport,
        ...told,
        NewDescription: NewPortMappingDescription,
        NewLeaseTime: NewLeaseDuration,
      }).map(([field, value]) => `<p:${field}>${value}</p:${field}>`);
      return `<p:PortMappingEntry>${fields.join("")}</p:PortMappingEntry>`;
    });
    return {
      NewPortListing: escapeXml(
        `<p:PortMappingList xmlns:p="urn:x">${listed.join("")}</p:PortMappingList>`,
      ),
    };
  }

  /** Knows TCP and UDP in capitals alone, and no wildcards. */
  #find(values: ActionValues): FakeEntry | undefined {
    return this.entries.find(
      (entry) =>
        (this.script.remoteHost === "ignores" || values["NewRemoteHost"] === entry.remoteHost) &&
        entry.transport === values["NewProtocol"] &&
        entry.externalPort === Number(values["NewExternalPort"]),
    );
  }

  #told(entry: FakeEntry): Readonly<Record<string, string | number>> {
    const passed = Math.floor((this.#options.clock.monotonic() - entry.since) / 1000);
    const left = entry.lease === 0 ? 0 : entry.lease - passed;
    return {
      NewInternalPort: entry.internalPort,
      NewInternalClient: entry.internalClient,
      NewEnabled: entry.enabled ? 1 : 0,
      NewPortMappingDescription: entry.description,
      NewLeaseDuration: this.script.toldLease(left, entry),
    };
  }
}
