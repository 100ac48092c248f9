/** The data of records: typed values to and from RDATA. What we have no use for stays bytes. */
import ipaddr from "ipaddr.js";
import { concat, uint16, uint32 } from "./bytes.ts";
import { canonicalName, encodeName, readName } from "./name.ts";
import { recordTypes } from "./numbers.ts";
import { WireError, type Reader } from "./reader.ts";
import { decodeSvcParams, encodeSvcParams, type SvcParam } from "./svcb.ts";

export type RecordData =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "NS" | "CNAME"; readonly target: string }
  | {
      readonly type: "SOA";
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      /** Seconds for which the absence of a record may be cached (RFC 2308 §4). */
      readonly minimum: number;
    }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  /** Each string is up to 255 bytes, one character a byte. */
  | { readonly type: "TXT"; readonly strings: readonly string[] }
  | {
      readonly type: "SVCB" | "HTTPS";
      /** 0 makes it an alias (RFC 9460 §2.4.2). */
      readonly priority: number;
      readonly target: string;
      readonly params: readonly SvcParam[];
    }
  | { readonly type: "other"; readonly number: number; readonly bytes: Uint8Array };

export type RecordType = Exclude<RecordData["type"], "other">;

/** The type's number on the wire. */
export function typeNumber(data: RecordData): number {
  return data.type === "other" ? data.number : recordTypes[data.type];
}

/** RDATA without compression (RFC 3597 §4, RFC 2782, RFC 9460 §2.2). Throws a WireError on values out of range. */
export function encodeRecordData(data: RecordData): Uint8Array<ArrayBuffer> {
  switch (data.type) {
    case "A":
    case "AAAA":
      return encodeAddress(data.address, data.type);
    case "NS":
    case "CNAME":
      return encodeName(data.target);
    case "SOA":
      return concat([
        encodeName(data.primary),
        encodeName(data.mailbox),
        ...[data.serial, data.refresh, data.retry, data.expire, data.minimum].map(uint32),
      ]);
    case "SRV":
      return concat([
        ...[data.priority, data.weight, data.port].map(checked16),
        encodeName(data.target),
      ]);
    case "TXT":
      return concat(data.strings.flatMap(encodeString));
    case "SVCB":
    case "HTTPS":
      return concat([
        checked16(data.priority),
        encodeName(data.target),
        encodeSvcParams(data.params),
      ]);
    case "other":
      return Uint8Array.from(data.bytes);
  }
}

/** Reads RDATA of the given type number from a cursor that ends with it; throws a WireError on what does not fit. */
export function decodeRecordData(number: number, reader: Reader): RecordData {
  const data = decodeKnown(number, reader);
  if (reader.left > 0) throw new WireError("bytes behind the record's data");
  return data;
}

/** The same for data that means the same: canonical wire form (names in lower case, RFC 4034 §6.2), in hexadecimal. */
export function recordDataKey(data: RecordData): string {
  const lowered = lowerCase(data);
  return `${typeNumber(data)} ${Buffer.from(encodeRecordData(lowered)).toString("hex")}`;
}

function decodeKnown(number: number, reader: Reader): RecordData {
  switch (number) {
    case recordTypes.A:
      return { type: "A", address: addressText(reader.bytes(4)) };
    case recordTypes.AAAA:
      return { type: "AAAA", address: addressText(reader.bytes(16)) };
    case recordTypes.NS:
      return { type: "NS", target: readName(reader) };
    case recordTypes.CNAME:
      return { type: "CNAME", target: readName(reader) };
    case recordTypes.SOA:
      return {
        type: "SOA",
        primary: readName(reader),
        mailbox: readName(reader),
        serial: reader.uint32(),
        refresh: reader.uint32(),
        retry: reader.uint32(),
        expire: reader.uint32(),
        minimum: reader.uint32(),
      };
    case recordTypes.SRV:
      return {
        type: "SRV",
        priority: reader.uint16(),
        weight: reader.uint16(),
        port: reader.uint16(),
        // Some servers compress it although RFC 2782 forbids that; readers are to understand (RFC 3597 §4).
        target: readName(reader),
      };
    case recordTypes.TXT:
      return { type: "TXT", strings: decodeStrings(reader) };
    case recordTypes.SVCB:
    case recordTypes.HTTPS:
      return decodeService(number === recordTypes.SVCB ? "SVCB" : "HTTPS", reader);
    default:
      return { type: "other", number, bytes: reader.rest() };
  }
}

function decodeService(type: "SVCB" | "HTTPS", reader: Reader): RecordData {
  const priority = reader.uint16();
  const target = readName(reader);
  const params = decodeSvcParams(reader);
  // An alias has no parameters, and what it has is to be ignored (RFC 9460 §2.4.2).
  return { type, priority, target, params: priority === 0 ? [] : params };
}

function decodeStrings(reader: Reader): string[] {
  const strings: string[] = [];
  do {
    strings.push(Buffer.from(reader.bytes(reader.uint8())).toString("latin1"));
  } while (reader.left > 0);
  return strings;
}

function encodeString(text: string): Uint8Array[] {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length > 255) throw new WireError("a text over 255 bytes");
  return [Uint8Array.of(bytes.length), bytes];
}

function encodeAddress(address: string, type: "A" | "AAAA"): Uint8Array<ArrayBuffer> {
  const valid =
    type === "A"
      ? ipaddr.IPv4.isValidFourPartDecimal(address)
      : ipaddr.IPv6.isValid(address) && !address.includes("%");
  if (!valid) throw new WireError(`“${address}” is no address for ${type}`);
  return Uint8Array.from(ipaddr.parse(address).toByteArray());
}

function addressText(bytes: Uint8Array): string {
  return ipaddr.fromByteArray([...bytes]).toString();
}

function checked16(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new WireError(`${value} does not fit 16 bits`);
  }
  return uint16(value);
}

function lowerCase(data: RecordData): RecordData {
  switch (data.type) {
    case "NS":
    case "CNAME":
    case "SRV":
    case "SVCB":
    case "HTTPS":
      return { ...data, target: canonicalName(data.target) };
    case "SOA":
      return {
        ...data,
        primary: canonicalName(data.primary),
        mailbox: canonicalName(data.mailbox),
      };
    case "A":
    case "AAAA":
    case "TXT":
    case "other":
      return data;
  }
}
