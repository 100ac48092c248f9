/** SOAP 1.1 as UPnP uses it (UPnP Device Architecture 1.1 §3.2): one action out, its values or an error back. */
import { deviceWords } from "./device-words.ts";
import { descendant, escapeXml, parseXml } from "./xml.ts";

/** In the order of the service's specification, which some routers insist on. */
export type SoapArguments = readonly (readonly [name: string, value: string | number])[];

export type SoapAnswer =
  | { readonly kind: "values"; readonly values: Readonly<Record<string, string>> }
  /** `UPnPError` with its code, e.g. 725. */
  | { readonly kind: "fault"; readonly code: number; readonly description: string }
  /** Neither: `status` is the HTTP status. */
  | { readonly kind: "nonsense"; readonly status: number };

/** A whole list of mappings may be one value. */
const MAX_VALUE = 262_144;
const MAX_DESCRIPTION = 200;

export function encodeAction(type: string, action: string, values: SoapArguments): string {
  const fields = values.map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  return [
    '<?xml version="1.0"?>\r\n',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ',
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">',
    `<s:Body><u:${action} xmlns:u="${escapeXml(type)}">${fields.join("")}</u:${action}></s:Body>`,
    "</s:Envelope>\r\n",
  ].join("");
}

/** The value of the SOAPAction header. */
export function actionHeader(type: string, action: string): string {
  return `"${type}#${action}"`;
}

/** Reads what came back for `action`, whatever the status and the content type said. */
export function decodeActionAnswer(body: string, status: number, action: string): SoapAnswer {
  const parsed = parseXml(body);
  if (parsed.kind === "invalid") return { kind: "nonsense", status };
  const error = descendant(parsed.root, "UPnPError") ?? descendant(parsed.root, "Fault");
  if (error !== null) {
    const code = Number.parseInt(descendant(error, "errorCode")?.text ?? "", 10);
    if (!Number.isSafeInteger(code)) return { kind: "nonsense", status };
    const description = descendant(error, "errorDescription")?.text ?? "";
    return { kind: "fault", code, description: deviceWords(description, MAX_DESCRIPTION) };
  }
  const response = descendant(parsed.root, `${action}Response`);
  if (response === null || status < 200 || status >= 300) return { kind: "nonsense", status };
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { name, text } of response.children) {
    if (text.length <= MAX_VALUE) values[name] ??= text;
  }
  return { kind: "values", values };
}
