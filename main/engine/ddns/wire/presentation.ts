/** The data of records as the text of zone files (RFC 1035 §5.1, RFC 2782, RFC 9460 §2.1, RFC 3597 §5). */
import ipaddr from "ipaddr.js";
import { escapeText, parseText, splitWords } from "./character-string.ts";
import { canonicalName, encodeName } from "./name.ts";
import type { RecordData, RecordType } from "./rdata.ts";
import { WireError } from "./reader.ts";
import { encodeSvcParams, parseSvcParam, svcParamText } from "./svcb.ts";

/** `203.0.113.7`, `0 0 25570 home.example`, `"heritage=homeport"`, `1 . port=8443`; names without their final dot. */
export function recordText(data: RecordData): string {
  switch (data.type) {
    case "A":
    case "AAAA":
      return data.address;
    case "NS":
    case "CNAME":
      return data.target;
    case "SOA":
      return [
        data.primary,
        data.mailbox,
        data.serial,
        data.refresh,
        data.retry,
        data.expire,
        data.minimum,
      ].join(" ");
    case "SRV":
      return `${data.priority} ${data.weight} ${data.port} ${data.target}`;
    case "TXT":
      return data.strings.map((text) => `"${escapeText(text)}"`).join(" ");
    case "SVCB":
    case "HTTPS":
      return [data.priority, data.target, ...data.params.map(svcParamText)].join(" ");
    case "other":
      return `\\# ${data.bytes.length} ${Buffer.from(data.bytes).toString("hex")}`.trimEnd();
  }
}

/** The inverse of `recordText`; understands names with a final dot. Throws a WireError. */
export function parseRecordText(type: Exclude<RecordType, "SOA">, text: string): RecordData {
  const words = splitWords(text);
  const [first = ""] = words;
  if (first === "") throw new WireError(`a ${type} record without data`);
  switch (type) {
    case "A":
    case "AAAA":
      return { type, address: addressOf(type, first) };
    case "NS":
    case "CNAME":
      return { type, target: nameOf(first) };
    case "SRV": {
      const [priority, weight, port] = words.slice(0, 3).map(number16);
      if (priority === undefined || weight === undefined || port === undefined) {
        throw new WireError(`“${text}” is no SRV record`);
      }
      return { type, priority, weight, port, target: nameOf(words[3] ?? "") };
    }
    case "TXT":
      return { type, strings: words.map((word) => parseText(word.replace(/^"(.*)"$/s, "$1"))) };
    case "SVCB":
    case "HTTPS": {
      const params = words
        .slice(2)
        .map(parseSvcParam)
        .toSorted((a, b) => a.key - b.key);
      encodeSvcParams(params);
      return { type, priority: number16(first), target: nameOf(words[1] ?? ""), params };
    }
  }
}

function addressOf(type: "A" | "AAAA", text: string): string {
  const valid = type === "A" ? ipaddr.IPv4.isValidFourPartDecimal(text) : ipaddr.IPv6.isValid(text);
  if (!valid) throw new WireError(`“${text}” is no address for ${type}`);
  return ipaddr.parse(text).toString();
}

function nameOf(text: string): string {
  if (text === "") throw new WireError("a name is missing");
  encodeName(text);
  return canonicalName(text);
}

function number16(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 0xffff) {
    throw new WireError(`“${text}” is no number from 0 to 65535`);
  }
  return Number(text);
}
