/** What a UPnP gateway sends, and a local network in which each request gets the same bytes back. */
import type { HttpOutcome, Lan, LocalAddress } from "../../../main/engine/environment.ts";
import { encodeAction } from "../../../main/engine/gateway/upnp/device/soap.ts";

export const gateway = "192.168.1.1";
export const location = `http://${gateway}:5000/root.xml`;
export const link: LocalAddress = {
  interface: "eth0",
  family: 4,
  address: "192.168.1.5",
  prefixLength: 24,
};

export const markup = [
  "<",
  ">",
  "</",
  "/>",
  "<!--",
  "-->",
  "<![CDATA[",
  "]]>",
  "<!",
  "<?",
  "?>",
  "&#x41;",
  "&amp;",
  '"',
  "'",
  ":",
];

export const fault = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode>
<faultstring>UPnPError</faultstring><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>718</errorCode>
<errorDescription>ConflictInMappingEntry</errorDescription></UPnPError></detail></s:Fault></s:Body></s:Envelope>`;

/** An answer as a gateway sends it: ours with another name. */
export function answer(
  action: string,
  values: readonly (readonly [string, string | number])[],
): string {
  return encodeAction(
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    `${action}Response`,
    values,
  );
}

const elsewhere = (): Promise<never> => Promise.reject(new Error("no sockets here"));

/** `answers` in order, then `last` for ever. */
export function lanThatAnswers(
  answers: readonly (readonly [status: number, body: string])[],
  last: readonly [status: number, body: string],
  hearHttp: Lan["hearHttp"] = elsewhere,
): Lan {
  let count = 0;
  return {
    openUdp: elsewhere,
    listenMulticast: elsewhere,
    localAddresses: () => [link],
    hearHttp,
    http: () => {
      const [status, body] = answers[count] ?? last;
      count += 1;
      const outcome: HttpOutcome = {
        kind: "answer",
        status,
        body,
        headers: { sid: "uuid:1", timeout: "Second-300" },
        localAddress: link.address,
      };
      return Promise.resolve(outcome);
    },
  };
}
