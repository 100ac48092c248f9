/** What a fake UPnP gateway writes. */
import type { HttpReply } from "../fixtures/simulated-lan.ts";
import type { IgdScript } from "./fake-igd.ts";

export function descriptionOf({
  services,
  deviceType,
  urlBase,
}: Pick<IgdScript, "services" | "deviceType" | "urlBase">): string {
  const list = services.map(
    ({ type, controlPath }) =>
      `<service><serviceType>${type}</serviceType><serviceId>x</serviceId>` +
      `<controlURL>${controlPath.replaceAll("&", "&amp;")}</controlURL>` +
      `<eventSubURL>/event</eventSubURL><SCPDURL>/scpd.xml</SCPDURL></service>`,
  );
  return (
    `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">` +
    (urlBase === null ? "" : `<URLBase>${urlBase}</URLBase>`) +
    `<device><deviceType>${deviceType}</deviceType><manufacturer>Fake</manufacturer>` +
    `<modelName>IGD</modelName><deviceList><device><deviceType>WANDevice</deviceType><deviceList>` +
    `<device><serviceList>${list.join("")}</serviceList></device></deviceList></device>` +
    `</deviceList></device></root>`
  );
}

export function fault(code: number): { readonly status: number; readonly body: string } {
  return {
    status: 500,
    body: envelope(
      `<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>` +
        `<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>${code}</errorCode>` +
        `<errorDescription>scripted</errorDescription></UPnPError></detail></s:Fault>`,
    ),
  };
}

export function envelope(body: string): string {
  return (
    `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">` +
    `<s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** An SCPD with `actions`, and ranges by the variable's name. */
export function scpdOf(
  actions: readonly string[],
  ranges: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {},
): Exclude<HttpReply, string> {
  const listed = actions.map((name) => `<action><name>${name}</name></action>`);
  const variables = Object.entries(ranges).map(
    ([name, [minimum, maximum]]) =>
      `<stateVariable sendEvents="no"><name>${name}</name><dataType>ui4</dataType><allowedValueRange>` +
      `<minimum>${minimum}</minimum><maximum>${maximum}</maximum></allowedValueRange></stateVariable>`,
  );
  const body =
    `<?xml version="1.0"?><scpd xmlns="urn:schemas-upnp-org:service-1-0"><actionList>${listed.join("")}</actionList>` +
    `<serviceStateTable>${variables.join("")}</serviceStateTable></scpd>`;
  return { status: 200, body };
}
