/** Parameters of SVCB and HTTPS records (RFC 9460 §2.2, §7, §14.3.2): bytes, and the text of zone files. */
import ipaddr from "ipaddr.js";
import { concat, uint16 } from "./bytes.ts";
import { escapeText, parseText, splitList } from "./character-string.ts";
import { WireError, type Reader } from "./reader.ts";

export interface SvcParam {
  readonly key: number;
  readonly value: Uint8Array;
}

const svcKeys = {
  mandatory: 0,
  alpn: 1,
  "no-default-alpn": 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
} as const;

/** Keys in rising order, as the wire demands; throws a WireError on a key given twice. */
export function encodeSvcParams(params: readonly SvcParam[]): Uint8Array<ArrayBuffer> {
  const sorted = params.toSorted((a, b) => a.key - b.key);
  checkParams(sorted);
  return concat(sorted.flatMap(({ key, value }) => [uint16(key), uint16(value.length), value]));
}

/** Reads parameters up to the cursor's end. A list that breaks a rule of RFC 9460 is a WireError (§2.2). */
export function decodeSvcParams(reader: Reader): SvcParam[] {
  const params: SvcParam[] = [];
  while (reader.left > 0) {
    const key = reader.uint16();
    params.push({ key, value: reader.bytes(reader.uint16()) });
  }
  checkParams(params);
  return params;
}

function alpnParam(protocols: readonly string[]): SvcParam {
  const parts = protocols.map((protocol) => Buffer.from(protocol, "latin1"));
  if (parts.length === 0 || parts.some(({ length }) => length === 0 || length > 255)) {
    throw new WireError("alpn needs protocols of 1 to 255 bytes");
  }
  return {
    key: svcKeys.alpn,
    value: concat(parts.flatMap((part) => [Uint8Array.of(part.length), part])),
  };
}

export function portParam(port: number): SvcParam {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw new WireError(`port ${port}`);
  return { key: svcKeys.port, value: uint16(port) };
}

/** `port=8443`, `alpn=h2,h3`, `key667="a b"`. */
export function svcParamText({ key, value }: SvcParam): string {
  const name = keyName(key);
  switch (key) {
    case svcKeys.mandatory:
      return `${name}=${numbers16(value).map(keyName).join(",")}`;
    case svcKeys.alpn:
      return `${name}=${quoteIfNeeded(alpnIds(value).map(escapeListItem).join(","))}`;
    case svcKeys["no-default-alpn"]:
      return name;
    case svcKeys.port:
      return `${name}=${numbers16(value)[0]}`;
    case svcKeys.ipv4hint:
      return `${name}=${addresses(value, 4).join(",")}`;
    case svcKeys.ipv6hint:
      return `${name}=${addresses(value, 16).join(",")}`;
    case svcKeys.ech:
      return `${name}=${Buffer.from(value).toString("base64")}`;
    default:
      return value.length === 0
        ? name
        : `${name}=${quoteIfNeeded(escapeText(Buffer.from(value).toString("latin1")))}`;
  }
}

/** Reads one `key=value` of a zone file, its quotes already taken off or not; throws a WireError. */
export function parseSvcParam(text: string): SvcParam {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const raw = equals === -1 ? "" : text.slice(equals + 1).replace(/^"(.*)"$/s, "$1");
  const key = keyNumber(name);
  const value = parseText(raw);
  switch (key) {
    case svcKeys.mandatory:
      return {
        key,
        value: concat(
          splitList(value)
            .map(keyNumber)
            .toSorted((a, b) => a - b)
            .map(uint16),
        ),
      };
    case svcKeys.alpn:
      return alpnParam(splitList(value));
    case svcKeys.port:
      if (!/^\d{1,5}$/.test(value)) throw new WireError(`“${text}” has no port number`);
      return portParam(Number(value));
    case svcKeys.ipv4hint:
      return { key, value: hints(value, ipaddr.IPv4) };
    case svcKeys.ipv6hint:
      return { key, value: hints(value, ipaddr.IPv6) };
    case svcKeys.ech:
      return { key, value: Uint8Array.from(Buffer.from(value, "base64")) };
    default:
      return { key, value: Uint8Array.from(Buffer.from(value, "latin1")) };
  }
}

function checkParams(params: readonly SvcParam[]): void {
  const keys = new Set(params.map(({ key }) => key));
  let last = -1;
  for (const { key, value } of params) {
    if (key <= last) throw new WireError("SVCB keys out of order or repeated");
    last = key;
    checkValue(key, value, keys);
  }
  if (keys.has(svcKeys["no-default-alpn"]) && !keys.has(svcKeys.alpn)) {
    throw new WireError("no-default-alpn without alpn"); // RFC 9460 §7.1.1
  }
}

function checkValue(key: number, value: Uint8Array, present: ReadonlySet<number>): void {
  switch (key) {
    case svcKeys.mandatory: {
      const listed = numbers16(value);
      const rising = listed.every((item, index) => index === 0 || item > (listed[index - 1] ?? 0));
      if (listed.length === 0 || !rising || listed.some((item) => item === 0 || !present.has(item)))
        throw new WireError("a bad list of mandatory keys"); // RFC 9460 §8
      return;
    }
    case svcKeys.alpn:
      alpnIds(value);
      return;
    case svcKeys["no-default-alpn"]:
      if (value.length > 0) throw new WireError("no-default-alpn has no value");
      return;
    case svcKeys.port:
      if (value.length !== 2) throw new WireError("a port is two bytes");
      return;
    case svcKeys.ipv4hint:
      addresses(value, 4);
      return;
    case svcKeys.ipv6hint:
      addresses(value, 16);
      return;
    default:
  }
}

function keyName(key: number): string {
  return Object.entries(svcKeys).find(([, number]) => number === key)?.[0] ?? `key${key}`;
}

function keyNumber(name: string): number {
  if (Object.hasOwn(svcKeys, name)) return svcKeys[name as keyof typeof svcKeys];
  const number = /^key(0|[1-9]\d{0,4})$/.exec(name)?.[1];
  if (number === undefined || Number(number) > 0xffff) throw new WireError(`unknown key “${name}”`);
  return Number(number);
}

function numbers16(value: Uint8Array): number[] {
  if (value.length % 2 !== 0) throw new WireError("half a number");
  return Array.from(
    { length: value.length / 2 },
    (_, index) => ((value[2 * index] ?? 0) << 8) | (value[2 * index + 1] ?? 0),
  );
}

function alpnIds(value: Uint8Array): string[] {
  const ids: string[] = [];
  for (let offset = 0; offset < value.length;) {
    const length = value[offset] ?? 0;
    if (length === 0 || offset + 1 + length > value.length) throw new WireError("a bad alpn list");
    ids.push(Buffer.from(value.subarray(offset + 1, offset + 1 + length)).toString("latin1"));
    offset += 1 + length;
  }
  if (ids.length === 0) throw new WireError("an empty alpn list");
  return ids;
}

function addresses(value: Uint8Array, size: 4 | 16): string[] {
  if (value.length === 0 || value.length % size !== 0) throw new WireError("a bad list of hints");
  return Array.from({ length: value.length / size }, (_, index) =>
    ipaddr.fromByteArray([...value.subarray(index * size, (index + 1) * size)]).toString(),
  );
}

function hints(
  text: string,
  family: typeof ipaddr.IPv4 | typeof ipaddr.IPv6,
): Uint8Array<ArrayBuffer> {
  return concat(
    splitList(text).map((item) => {
      if (!family.isValid(item)) throw new WireError(`“${item}” is no address for a hint`);
      return Uint8Array.from(family.parse(item).toByteArray());
    }),
  );
}

/** Two layers of escapes: of the list (RFC 9460 App. A.1), then of the character-string. */
function escapeListItem(item: string): string {
  return escapeText(item.replaceAll(/[\\,]/g, String.raw`\$&`));
}

function quoteIfNeeded(text: string): string {
  return /[\s";()]/.test(text) ? `"${text}"` : text;
}
