/** PCP options: the TLV list behind the opcode's own fields (RFC 6887 §7.3, §13; RFC 7753 §4). */
import { ADDRESS_LENGTH, decodeAddress, encodeAddress } from "./addresses.ts";

const optionCodes = { THIRD_PARTY: 1, PREFER_FAILURE: 2, FILTER: 3, PORT_SET: 130 } as const;

export type Option =
  /** Act for another host (§13.1). */
  | { readonly name: "third-party"; readonly address: string }
  /** Fail rather than give another external port or address (§13.2). */
  | { readonly name: "prefer-failure" }
  /** Who may come in (§13.3); `prefixLength` counts in 128 bits (IPv4: 96 + n), 0 removes all filters. */
  | {
      readonly name: "filter";
      readonly prefixLength: number;
      readonly remotePort: number;
      readonly remoteAddress: string;
    }
  /**
   * Several ports in one mapping (RFC 7753): `size` of them from `firstInternalPort` on. `parity` asks that odd ports
   * stay odd outside, and even ones even.
   */
  | {
      readonly name: "port-set";
      readonly size: number;
      readonly firstInternalPort: number;
      readonly parity: boolean;
    }
  /** Not known here; kept as it came. */
  | { readonly name: "unknown"; readonly code: number; readonly data: Uint8Array };

export interface DecodedOptions {
  readonly options: readonly Option[];
  /** The code of the first option whose length is wrong; null when the whole list could be read. */
  readonly malformed: number | null;
}

const HEADER_LENGTH = 4;
const FILTER_LENGTH = 4 + ADDRESS_LENGTH;
/** Without its padding. */
const PORT_SET_LENGTH = 5;

/** Codes below 128 must be understood or the request refused (§7.3). */
export function isMandatory(code: number): boolean {
  return code < 128;
}

export function optionCode(option: Option): number {
  switch (option.name) {
    case "third-party":
      return optionCodes.THIRD_PARTY;
    case "prefer-failure":
      return optionCodes.PREFER_FAILURE;
    case "filter":
      return optionCodes.FILTER;
    case "port-set":
      return optionCodes.PORT_SET;
    case "unknown":
      return option.code;
  }
}

/** One option with header and zero padding to a multiple of four bytes; an invalid address becomes `::`. */
export function encodeOption(option: Option): Uint8Array<ArrayBuffer> {
  const data = optionData(option);
  const bytes = new Uint8Array(HEADER_LENGTH + paddedLength(data.length));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, optionCode(option));
  // The length field leaves the padding out (§7.3).
  view.setUint16(2, data.length);
  bytes.set(data, HEADER_LENGTH);
  return bytes;
}

/** Reads options until the end of `bytes` or the first one with a wrong length. */
export function decodeOptions(bytes: Uint8Array): DecodedOptions {
  const options: Option[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + HEADER_LENGTH > bytes.length) return { options, malformed: view.getUint8(offset) };
    const code = view.getUint8(offset);
    const length = view.getUint16(offset + 2);
    const start = offset + HEADER_LENGTH;
    if (start + paddedLength(length) > bytes.length) return { options, malformed: code };
    const option = decodeOption(code, bytes.slice(start, start + length));
    if (option === null) return { options, malformed: code };
    options.push(option);
    offset = start + paddedLength(length);
  }
  return { options, malformed: null };
}

function decodeOption(code: number, data: Uint8Array): Option | null {
  switch (code) {
    case optionCodes.THIRD_PARTY:
      return data.length === ADDRESS_LENGTH
        ? { name: "third-party", address: decodeAddress(data) }
        : null;
    case optionCodes.PREFER_FAILURE:
      return data.length === 0 ? { name: "prefer-failure" } : null;
    case optionCodes.FILTER:
      return decodeFilter(data);
    case optionCodes.PORT_SET:
      return decodePortSet(data);
    default:
      return { name: "unknown", code, data };
  }
}

function decodeFilter(data: Uint8Array): Option | null {
  if (data.length !== FILTER_LENGTH) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const prefixLength = view.getUint8(1);
  if (prefixLength > 128) return null;
  const remoteAddress = decodeAddress(data.subarray(4));
  return { name: "filter", prefixLength, remotePort: view.getUint16(2), remoteAddress };
}

/** The parity bit is the last of the fifth byte; a set of no ports is malformed. */
function decodePortSet(data: Uint8Array): Option | null {
  if (data.length !== PORT_SET_LENGTH) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = view.getUint16(0);
  if (size === 0) return null;
  const parity = (view.getUint8(4) & 1) === 1;
  return { name: "port-set", size, firstInternalPort: view.getUint16(2), parity };
}

function optionData(option: Option): Uint8Array {
  switch (option.name) {
    case "third-party":
      return encodeAddress(option.address) ?? new Uint8Array(ADDRESS_LENGTH);
    case "prefer-failure":
      return new Uint8Array(0);
    case "filter": {
      const data = new Uint8Array(FILTER_LENGTH);
      const view = new DataView(data.buffer);
      view.setUint8(1, option.prefixLength);
      view.setUint16(2, option.remotePort);
      data.set(encodeAddress(option.remoteAddress) ?? new Uint8Array(ADDRESS_LENGTH), 4);
      return data;
    }
    case "port-set": {
      const data = new Uint8Array(PORT_SET_LENGTH);
      const view = new DataView(data.buffer);
      view.setUint16(0, option.size);
      view.setUint16(2, option.firstInternalPort);
      view.setUint8(4, option.parity ? 1 : 0);
      return data;
    }
    case "unknown":
      return option.data;
  }
}

function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4;
}
