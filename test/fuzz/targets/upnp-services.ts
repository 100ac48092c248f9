/** What services of a gateway say of themselves and of what they hold, and the events that they send. */
import { connect } from "node:net";
import type { HeardRequest } from "../../../main/engine/environment.ts";
import { IgdControl } from "../../../main/engine/gateway/upnp/igd/control.ts";
import { FirewallControl } from "../../../main/engine/gateway/upnp/firewall/firewall-control.ts";
import {
  type PortEntry,
  readPortListing,
} from "../../../main/engine/gateway/upnp/igd/port-entry.ts";
import { parseScpd, type ValueRange } from "../../../main/engine/gateway/upnp/device/scpd.ts";
import { Subscription } from "../../../main/engine/gateway/upnp/device/subscription.ts";
import { TableReading } from "../../../main/engine/gateway/upnp/igd/table-reading.ts";
import { hearHttp } from "../../../main/engine/system/http-listener.ts";
import { simulatedEnvironment } from "../../fixtures/environment.ts";
import type { Target } from "../target.ts";
import { claim, claimPort } from "./claims.ts";
import { utf8 } from "./text.ts";
import { answer, fault, lanThatAnswers, link, location, markup } from "./upnp-answers.ts";

const never = new AbortController().signal;
const type = "urn:schemas-upnp-org:service:WANIPConnection:2";
const service = {
  kind: "ip",
  version: 2,
  type,
  controlUrl: location,
  eventUrl: null,
  scpdUrl: location,
} as const;

const scpdBody = `<?xml version="1.0"?><scpd xmlns="urn:schemas-upnp-org:service-1-0"><specVersion><major>1</major></specVersion>
<actionList><action><name>AddPortMapping</name><argumentList><argument><name>NewRemoteHost</name></argument></argumentList></action>
<action><name>GetListOfPortMappings</name></action><action><name>AddAnyPortMapping</name></action></actionList><serviceStateTable>
<stateVariable sendEvents="no"><name>PortMappingLeaseDuration</name><dataType>ui4</dataType><allowedValueRange><minimum>0</minimum>
<maximum>604800</maximum></allowedValueRange></stateVariable><stateVariable><name>ExternalPort</name><allowedValueRange>
<minimum>1024</minimum><maximum>65535</maximum></allowedValueRange></stateVariable></serviceStateTable></scpd>`;

function claimRange(range: ValueRange | null, most: number): void {
  if (range === null) return;
  const { minimum, maximum } = range;
  claim(Number.isSafeInteger(minimum) && Number.isSafeInteger(maximum), "both ends are numbers");
  claim(0 <= minimum && minimum <= maximum && maximum <= most, "a range has something in it");
}

const scpd: Target = {
  name: "scpd",
  maxLength: 262_144,
  seeds: [scpdBody],
  words: [...markup, "<action>", "<name>", "<allowedValueRange>", "AddPortMapping"],
  run: (input) => {
    const read = parseScpd(utf8(input));
    if (read === null) return;
    claim(read.actions.size <= 128, "few actions");
    for (const name of read.actions) claim(name.length <= 64, "a name is short");
    claimRange(read.leases, 0xffff_ffff);
    claimRange(read.externalPorts, 65_535);
    claim((read.externalPorts?.minimum ?? 1) >= 1, "no port is 0");
  },
};

const listed = `<?xml version="1.0"?><p:PortMappingList xmlns:p="urn:schemas-upnp-org:gw:WANIPConnection"><p:PortMappingEntry>
<p:NewRemoteHost></p:NewRemoteHost><p:NewExternalPort>2345</p:NewExternalPort><p:NewProtocol>TCP</p:NewProtocol>
<p:NewInternalPort>2345</p:NewInternalPort><p:NewInternalClient>192.168.1.9</p:NewInternalClient><p:NewEnabled>1</p:NewEnabled>
<p:NewDescription>dooom</p:NewDescription><p:NewLeaseTime>345</p:NewLeaseTime></p:PortMappingEntry></p:PortMappingList>`;

const place = answer("GetGenericPortMappingEntry", [
  ["NewRemoteHost", ""],
  ["NewExternalPort", 80],
  ["NewProtocol", "udp"],
  ["NewInternalPort", 80],
  ["NewInternalClient", "192.168.1.9"],
  ["NewEnabled", 1],
  ["NewPortMappingDescription", "x"],
  ["NewLeaseDuration", 0],
]);

function claimEntries(entries: readonly PortEntry[], most: number): void {
  claim(entries.length <= most, "a table ends");
  for (const { externalPort, internalPort, internalClient, lease } of entries) {
    claimPort(externalPort);
    claimPort(internalPort);
    claim(lease === null || Number.isSafeInteger(lease), "a lease is a number");
    claim(internalClient === "" || internalPort > 0, "it leads to a port");
  }
}

/** The whole table of a gateway that answers everything with `body`. */
async function claimTable(body: string): Promise<void> {
  const end = [500, fault.replace("718", "713")] as const;
  for (const lan of [
    lanThatAnswers([], [200, body]),
    lanThatAnswers(
      [
        [404, ""],
        [200, body],
        [200, body],
        [200, body],
      ],
      end,
    ),
  ]) {
    const control = new IgdControl({ lan, service, localAddress: link.address });
    const reading = new TableReading();
    for (let steps = 0; ; steps += 1) {
      claim(steps <= 600, "reading ends");
      const step = await reading.step(control, never);
      if (step.kind === "more") continue;
      if (step.kind === "table" && step.entries !== null) claimEntries(step.entries, 501);
      break;
    }
  }
}

const portListing: Target = {
  name: "port-listing",
  share: 0.2,
  maxLength: 262_144,
  seeds: [listed, answer("GetListOfPortMappings", [["NewPortListing", listed]]), place, fault],
  words: [...markup, "&lt;", "&gt;", "<p:PortMappingEntry>", "<NewPortListing>", "<NewProtocol>"],
  run: async (input) => {
    const text = utf8(input);
    const entries = readPortListing(text);
    if (entries !== null) claimEntries(entries, 8000);
    await claimTable(text);
  },
};

const firewall: Target = {
  name: "firewall-control",
  share: 0.3,
  maxLength: 65_536,
  seeds: [
    answer("AddPinhole", [["UniqueID", 42]]),
    answer("AddPinhole", [["UniqueID", 99_999]]),
    answer("UpdatePinhole", []),
    answer("DeletePinhole", []),
    answer("GetPinholePackets", [["PinholePackets", 3]]),
    fault.replace("718", "704"),
    fault.replace("718", "702"),
  ],
  words: [...markup, "<UniqueID>", "AddPinholeResponse", "<errorCode>", "701", "703", "65535"],
  run: async (input) => {
    const body = utf8(input);
    const firewallService = { ...service, kind: "firewall" } as const;
    for (const status of [200, 500]) {
      const lan = lanThatAnswers([], [status, body]);
      const control = new FirewallControl(lan, firewallService, "2001:db8::10");
      const added = await control.add(
        { transport: "tcp", port: 80, remoteHost: "", lease: 60 },
        never,
      );
      if (added.kind === "added") {
        claim(Number.isInteger(added.id) && added.id <= 65_535, "the number of a pinhole is a ui2");
        claim(status === 200, "an error opens nothing");
      }
      if (added.kind === "fault") claim(Number.isSafeInteger(added.code), "a code is a number");
      const told = await control.stands(1, never);
      const stands = told.kind === "told" && told.stands;
      claim(stands !== true || status === 200, "an error confirms nothing");
      await control.update(1, 60, never);
      await control.delete(1, never);
    }
  },
};

const notify = (headers: readonly string[], body: string): string =>
  [...headers, "", body].join("\r\n");

const propertySet =
  '<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0"><e:property><ExternalIPAddress>203.0.113.9</ExternalIPAddress></e:property></e:propertyset>';

const gena: Target = {
  name: "gena",
  share: 0.3,
  maxLength: 65_536,
  seeds: [
    notify(["sid: uuid:1", "nt: upnp:event", "nts: upnp:propchange", "seq: 1"], propertySet),
    notify(["sid: uuid:1", "nts: upnp:propchange", "seq: 0"], propertySet),
    notify(["sid: uuid:2", "nts: upnp:propchange", "seq: 1"], propertySet),
    notify(["nts: ssdp:alive"], "<x/>"),
  ],
  words: [...markup, "sid: uuid:1", "nts: upnp:propchange", "seq: ", "<ExternalIPAddress>", "\r\n"],
  run: async (input) => {
    const environment = simulatedEnvironment();
    let events = 0;
    let heard: ((request: HeardRequest) => number) | null = null;
    const lan = lanThatAnswers([], [200, ""], (_options, hear) => {
      heard = hear;
      return Promise.resolve({ url: "http://192.168.1.5:1/", close: () => undefined });
    });
    const subscription = new Subscription({
      environment,
      lan,
      eventUrl: location,
      localAddress: link.address,
      inTurn: (task) => task(never),
      onEvent: () => void (events += 1),
    });
    await environment.clock.advance(0);
    const request = requestOf(utf8(input));
    const status = (heard as ((asked: HeardRequest) => number) | null)?.(request);
    claim(status !== undefined && [200, 400, 412].includes(status), "it is answered");
    await environment.clock.advance(1000);
    const ours = request.headers["sid"] === "uuid:1" && status === 200;
    claim(events <= (ours ? 1 : 0), "what is not of our subscription is no event");
    subscription.close();
    claim(environment.clock.pending === 0, "nothing is left");
  },
};

/** Lines up to an empty one are headers. */
function requestOf(text: string): HeardRequest {
  const end = text.indexOf("\r\n\r\n");
  const head = end === -1 ? text : text.slice(0, end);
  const headers: Record<string, string> = {};
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] ??= line.slice(colon + 1).trim();
  }
  return { headers, body: end === -1 ? "" : text.slice(end + 4) };
}

const path = "/secret";
const maxBytes = 4096;
/** What the listener passed on since the input began. */
let passed: HeardRequest[] = [];
const listening = hearHttp(
  { address: "127.0.0.1", peer: "127.0.0.1", method: "NOTIFY", path, maxBytes },
  (request) => {
    passed.push(request);
    return 200;
  },
);

/** All that comes back for `bytes` from the listener, over the loopback. */
async function replyTo(bytes: Uint8Array): Promise<string> {
  const { port } = new URL((await listening).url);
  return new Promise((resolve) => {
    let reply = "";
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    socket.on("data", (chunk: Buffer) => (reply += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(reply));
    socket.end(bytes);
  });
}

const listener: Target = {
  name: "http-listener",
  // Each input is a connection.
  share: 0.03,
  maxLength: 16_384,
  seeds: [
    notify([`NOTIFY ${path} HTTP/1.1`, "Host: x", "SID: uuid:1", "Content-Length: 5"], "hello"),
    notify(
      [`NOTIFY ${path} HTTP/1.1`, "Host: x", "Transfer-Encoding: chunked"],
      "2\r\nhe\r\n0\r\n\r\n",
    ),
    notify([`NOTIFY ${path} HTTP/1.1`, "Host: x", "Content-Length: 5000"], "x".repeat(5000)),
    notify(["GET / HTTP/1.0"], ""),
    notify(
      [`NOTIFY ${path} HTTP/1.1`, "Host: x", "Expect: 100-continue", "Content-Length: 1"],
      "a",
    ),
  ],
  words: [
    "NOTIFY ",
    path,
    " HTTP/1.1\r\n",
    "Content-Length: ",
    "Transfer-Encoding: chunked",
    "\r\n",
  ],
  run: async (input) => {
    passed = [];
    const reply = await replyTo(input);
    claim(passed.length <= 1, "one request of a connection is heard");
    claim(reply === "" || /^HTTP\/1\.1 \d{3} /.test(reply), "what comes back is HTTP");
    for (const { headers, body } of passed) {
      claim(Buffer.byteLength(body) <= 3 * maxBytes, "no more is kept than may be");
      claim(JSON.stringify(headers).length <= 32_768, "headers are bounded");
      claim(reply === "" || reply.includes("HTTP/1.1 200 "), "it is answered");
    }
  },
};

export const upnpServiceTargets: readonly Target[] = [scpd, portListing, firewall, gena, listener];
