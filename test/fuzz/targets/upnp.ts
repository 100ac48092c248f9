/** SSDP, device descriptions, SOAP, and the XML and URLs in them. */
import type { Lan } from "../../../main/engine/environment.ts";
import { IgdControl } from "../../../main/engine/gateway/upnp/igd/control.ts";
import { parseDescription } from "../../../main/engine/gateway/upnp/device/description.ts";
import { isGatewaysOwn, readDeviceUrl } from "../../../main/engine/gateway/upnp/device/location.ts";
import { decodeActionAnswer } from "../../../main/engine/gateway/upnp/device/soap.ts";
import { decodeSearchAnswer } from "../../../main/engine/gateway/upnp/device/ssdp.ts";
import { parseXml, type XmlElement } from "../../../main/engine/gateway/upnp/device/xml.ts";
import type { Target } from "../target.ts";
import { claim, claimAddress, claimPort, claimShowable } from "./claims.ts";
import { utf8 } from "./text.ts";
import { answer, fault, gateway, lanThatAnswers, link, location, markup } from "./upnp-answers.ts";
import { upnpServiceTargets } from "./upnp-services.ts";

const ssdp: Target = {
  name: "ssdp",
  share: 10,
  maxLength: 8192,
  seeds: [
    `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nUSN: uuid:1::urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nEXT:\r\nSERVER: Linux UPnP/1.1 MiniUPnPd/2.3\r\nLOCATION: ${location}\r\nBOOTID.UPNP.ORG: 1\r\n\r\n`,
    `HTTP/1.0 200\nLOCATION:http://[fe80::1]:5000/\nlocation: http://10.0.0.1/`,
    "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: ssdp:alive\r\n\r\n",
  ],
  words: ["location: ", "http://", "\r\n", `http://${gateway}/`],
  run: (input) => {
    const answer = decodeSearchAnswer(input);
    if (answer === null) return;
    claim(answer.location.length <= 1024 && answer.target.length <= 1024, "values are short");
    claimUrl(answer.location);
  },
};

const url: Target = {
  name: "device-url",
  maxLength: 2048,
  seeds: [
    location,
    `http://[fe80::1%25eth0]:80/`,
    "/ctl/IPConn",
    "//192.168.1.1/x",
    "http://user:pw@192.168.1.1:0/#f",
    "http://0xc0.0250.1.1:65535/?a=b",
  ],
  words: ["@", "%", "#", "?", "..", "\\", "\t", "0x", "::ffff:", "127.0.0.1", "localhost"],
  run: (input) => claimUrl(utf8(input)),
};

/** Whatever it says, nothing but http to the gateway, or from the gateway to its own link. */
function claimUrl(text: string): void {
  for (const base of [undefined, location]) {
    const read = readDeviceUrl(text, base);
    if (read === null) continue;
    claimAddress(read.host);
    claimPort(read.port);
    const parsed = new URL(read.href);
    claim(parsed.protocol === "http:" && parsed.username === "", "it is http without a user");
    claim(
      parsed.hostname.replaceAll(/^\[|\]$/g, "") === read.host,
      "the host is what is requested",
    );
    for (const from of [gateway, "192.168.1.66", "8.8.8.8"]) {
      if (!isGatewaysOwn(read, from, gateway, [link])) continue;
      claim(from !== "8.8.8.8", "nobody from elsewhere is believed");
      claim(read.host === gateway, "the host is the gateway");
    }
  }
}

const description = `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>1</minor></specVersion>
<URLBase>http://192.168.1.1:5000/</URLBase><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
<manufacturer>Home &amp; Co</manufacturer><modelName>Router <![CDATA[<7590>]]></modelName><!-- c --><serviceList/><deviceList><device>
<deviceList><device><deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><serviceList><service>
<serviceType>urn:schemas-upnp-org:service:WANIPConnection:2</serviceType><SCPDURL>/WANIPCn.xml</SCPDURL>
<controlURL>/ctl/IPConn</controlURL><eventSubURL>/evt/IPConn</eventSubURL></service><service>
<serviceType>urn:dslforum-org:service:WANPPPConnection:1</serviceType><controlURL>http://192.168.1.1:5000/c?x=1&y=2</controlURL>
</service></serviceList></device></deviceList></device></deviceList></device></root>`;

const entry = answer("GetSpecificPortMappingEntry", [
  ["NewRemoteHost", ""],
  ["NewExternalPort", 25_565],
  ["NewProtocol", "TCP"],
  ["NewInternalPort", 25_565],
  ["NewInternalClient", "192.168.1.5"],
  ["NewEnabled", 1],
  ["NewPortMappingDescription", "a <b> & c"],
  ["NewLeaseDuration", 3600],
]);

const xml: Target = {
  name: "xml",
  share: 2.5,
  maxLength: 262_144,
  seeds: [description, fault, entry, "<a/>", "<a b='>'>&#65;&bogus;</a>"],
  words: markup,
  run: (input) => {
    const source = utf8(input);
    const parsed = parseXml(source);
    if (parsed.kind === "document") claim(size(parsed.root, 1) <= source.length, "nothing grows");
  },
};

function size(element: XmlElement, depth: number): number {
  claim(depth <= 32, "it is not deep");
  return element.children.reduce(
    (sum, child) => sum + size(child, depth + 1),
    element.name.length + element.text.length,
  );
}

const deviceDescription: Target = {
  name: "device-description",
  maxLength: 262_144,
  seeds: [description],
  words: [...markup, "<device>", "</device>", "<serviceList>", "<service>", "<controlURL>http://"],
  run: (input) => {
    const read = parseDescription(utf8(input), location);
    if (read === null) return;
    claimShowable(read.model, 128);
    claim(read.services.length > 0 && read.services.length <= 16, "some services, not endless");
    for (const service of read.services) {
      claim(new URL(service.controlUrl).hostname === gateway, "it is on the gateway");
      claim(service.type.length <= 80, "a type is short");
    }
  },
};

const soap: Target = {
  name: "soap",
  share: 4,
  maxLength: 65_536,
  seeds: [fault, entry, answer("GetExternalIPAddress", [["NewExternalIPAddress", "203.0.113.7"]])],
  words: [...markup, "<errorCode>", "<UPnPError>", "<NewInternalClient>", "Response"],
  run: (input) => {
    const body = utf8(input);
    for (const status of [200, 500]) {
      const read = decodeActionAnswer(body, status, "GetSpecificPortMappingEntry");
      if (read.kind === "fault") {
        claim(Number.isSafeInteger(read.code), "a code is a number");
        claimShowable(read.description, 200);
      }
      if (read.kind === "values") {
        claim(JSON.stringify(read.values).length <= 8 * body.length, "nothing grows");
      }
    }
  },
};

/** One entry of the gateway's list, then its end. */
const lanOf = (body: string): Lan =>
  lanThatAnswers([[200, body]], [500, fault.replace("718", "713")]);

const control: Target = {
  name: "igd-control",
  share: 0.4,
  maxLength: 65_536,
  seeds: [
    entry,
    fault,
    answer("GetExternalIPAddress", [["NewExternalIPAddress", "203.0.113.7"]]),
    answer("AddAnyPortMapping", [["NewReservedPort", 25_566]]),
    answer("GetStatusInfo", [["NewConnectionStatus", "Connected"]]),
    answer("GetGenericPortMappingEntry", [
      ["NewExternalPort", 80],
      ["NewProtocol", "udp"],
      ["NewInternalPort", 80],
      ["NewInternalClient", "192.168.1.9"],
    ]),
  ],
  words: [...markup, "<NewLeaseDuration>", "<NewProtocol>", "<NewReservedPort>"],
  run: async (input) => {
    const body = utf8(input);
    const { signal } = new AbortController();
    const type = "urn:schemas-upnp-org:service:WANIPConnection:1";
    const service = {
      kind: "ip",
      version: 1,
      type,
      controlUrl: location,
      eventUrl: null,
      scpdUrl: null,
    } as const;
    const fresh = (): IgdControl =>
      new IgdControl({ lan: lanOf(body), service, localAddress: link.address });
    const told = await fresh().externalAddress(signal);
    if (told.kind === "address") claimAddress(told.address);
    const wish = {
      transport: "tcp",
      externalPort: 1,
      internalPort: 1,
      description: "",
      lease: 0,
    } as const;
    const reserved = await fresh().addAny(wish, signal);
    if (reserved.kind === "reserved") claimPort(reserved.port);
    await fresh().connected(signal);
    for (const found of [
      await fresh().table.lookUp("tcp", 25_565, signal),
      await fresh().table.find(() => true, signal),
    ]) {
      if (found.kind !== "entry") continue;
      claimPort(found.entry.externalPort);
      claimPort(found.entry.internalPort);
      claim(
        found.entry.lease === null || Number.isSafeInteger(found.entry.lease),
        "a lease is a number",
      );
    }
  },
};

export const upnpTargets: readonly Target[] = [
  ssdp,
  url,
  xml,
  deviceDescription,
  soap,
  control,
  ...upnpServiceTargets,
];
