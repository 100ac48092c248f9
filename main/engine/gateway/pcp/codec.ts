/**
 * PCP messages to bytes and back (RFC 6887 §7). Pure; decoding never throws, whatever the bytes.
 */
import { ADDRESS_LENGTH, decodeAddress, encodeAddress } from "./addresses.ts";
import {
  type Body,
  opcodeOf,
  opcodes,
  PCP_VERSION,
  type Request,
  type Response,
} from "./messages.ts";
import { decodeOptions, encodeOption, type Option } from "./options.ts";
import { resultCodes } from "./result-codes.ts";

const HEADER_LENGTH = 24;
/** No PCP message is longer (§7). */
const MAX_LENGTH = 1100;
const NONCE_LENGTH = 12;
const MAPPING_LENGTH = 36;
const PEER_LENGTH = 56;
const RESPONSE_BIT = 0x80;

/** Why bytes are no message: nothing may be answered to, or concluded from, them. */
interface Invalid {
  readonly kind: "invalid";
  readonly reason: "too-short" | "too-long" | "odd-length" | "wrong-direction";
}

/** A message in another version; enough of it to negotiate by (§9). NAT-PMP is version 0 (RFC 6886 §3.5). */
export interface OtherVersion {
  readonly kind: "other-version";
  readonly version: number;
  readonly opcode: number;
  /** The version's own result code; null in a request. */
  readonly result: number | null;
}

export type DecodedRequest =
  | { readonly kind: "request"; readonly request: Request }
  /** A request that has to be answered with `result` (§7.4). */
  | { readonly kind: "refused"; readonly result: number }
  | OtherVersion
  | Invalid;

export type DecodedResponse =
  | { readonly kind: "response"; readonly response: Response }
  | OtherVersion
  | Invalid;

export function encodeRequest(request: Request): Uint8Array<ArrayBuffer> {
  const { bytes, view } = allocate(request.body, request.options);
  view.setUint8(0, PCP_VERSION);
  view.setUint8(1, opcodeOf(request.body));
  view.setUint32(4, request.lifetime);
  bytes.set(encodeAddress(request.clientAddress) ?? new Uint8Array(ADDRESS_LENGTH), 8);
  return bytes;
}

export function encodeResponse(response: Response): Uint8Array<ArrayBuffer> {
  const { bytes, view } = allocate(response.body, response.options);
  writeResponseHeader(view, opcodeOf(response.body), response);
  return bytes;
}

/**
 * The error response to `request` as a server makes it: the request copied (at most 1100 bytes, zeros up to
 * a multiple of four), only the header rewritten (§8.2).
 */
export function encodeErrorResponse(
  request: Uint8Array,
  header: Pick<Response, "result" | "lifetime" | "epoch">,
): Uint8Array<ArrayBuffer> {
  const length = Math.max(HEADER_LENGTH, Math.ceil(Math.min(request.length, MAX_LENGTH) / 4) * 4);
  const bytes = new Uint8Array(length);
  bytes.set(request.subarray(0, length));
  const view = new DataView(bytes.buffer);
  const opcode = view.getUint8(1) & ~RESPONSE_BIT;
  bytes.fill(0, 0, HEADER_LENGTH);
  writeResponseHeader(view, opcode, header);
  return bytes;
}

/** Reads what a client sent. Lengths that make it malformed are told as `refused`, for a server to answer. */
export function decodeRequest(bytes: Uint8Array): DecodedRequest {
  if (bytes.length < 2) return { kind: "invalid", reason: "too-short" };
  const view = viewOf(bytes);
  const opcode = view.getUint8(1);
  if ((opcode & RESPONSE_BIT) !== 0) return { kind: "invalid", reason: "wrong-direction" };
  const version = view.getUint8(0);
  if (version !== PCP_VERSION) return { kind: "other-version", version, opcode, result: null };
  if (bytes.length < HEADER_LENGTH) return { kind: "invalid", reason: "too-short" };
  if (bytes.length > MAX_LENGTH || bytes.length % 4 !== 0) {
    return { kind: "refused", result: resultCodes.MALFORMED_REQUEST };
  }
  const body = decodeBody(opcode, bytes.subarray(HEADER_LENGTH));
  if (body === null) return { kind: "refused", result: resultCodes.MALFORMED_REQUEST };
  const { options, malformed } = decodeOptions(bytes.subarray(HEADER_LENGTH + bodyLength(body)));
  if (malformed !== null) return { kind: "refused", result: resultCodes.MALFORMED_OPTION };
  return {
    kind: "request",
    request: {
      body,
      lifetime: view.getUint32(4),
      clientAddress: decodeAddress(bytes.subarray(8, HEADER_LENGTH)),
      options,
    },
  };
}

/**
 * Reads what a server sent. Options that cannot be read are left out rather than the answer lost with them:
 * it is the nonce that says whether to believe it.
 */
export function decodeResponse(bytes: Uint8Array): DecodedResponse {
  if (bytes.length < 4) return { kind: "invalid", reason: "too-short" };
  if (bytes.length > MAX_LENGTH) return { kind: "invalid", reason: "too-long" };
  const view = viewOf(bytes);
  const version = view.getUint8(0);
  const first = view.getUint8(1);
  if ((first & RESPONSE_BIT) === 0) return { kind: "invalid", reason: "wrong-direction" };
  const opcode = first & ~RESPONSE_BIT;
  if (version !== PCP_VERSION) {
    // NAT-PMP has a 16-bit result where PCP has a reserved byte and an 8-bit one (RFC 6886 §3.5).
    const result = version === 0 ? view.getUint16(2) : view.getUint8(3);
    return { kind: "other-version", version, opcode, result };
  }
  if (bytes.length < HEADER_LENGTH) return { kind: "invalid", reason: "too-short" };
  if (bytes.length % 4 !== 0) return { kind: "invalid", reason: "odd-length" };
  const result = view.getUint8(3);
  const payload = bytes.subarray(HEADER_LENGTH);
  const whole = decodeBody(opcode, payload);
  if (whole === null && result === resultCodes.SUCCESS) {
    return { kind: "invalid", reason: "too-short" };
  }
  const body: Body = whole ?? { opcode: "opaque", code: opcode, data: payload.slice() };
  const { options } = decodeOptions(payload.subarray(bodyLength(body)));
  return {
    kind: "response",
    response: { body, result, lifetime: view.getUint32(4), epoch: view.getUint32(8), options },
  };
}

function allocate(
  body: Body,
  options: readonly Option[],
): { bytes: Uint8Array<ArrayBuffer>; view: DataView } {
  const encoded = options.map(encodeOption);
  const own = bodyLength(body);
  const length = HEADER_LENGTH + own + encoded.reduce((sum, option) => sum + option.length, 0);
  const bytes = new Uint8Array(length);
  writeBody(bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + own), body);
  let offset = HEADER_LENGTH + own;
  for (const option of encoded) {
    bytes.set(option, offset);
    offset += option.length;
  }
  return { bytes, view: viewOf(bytes) };
}

function writeResponseHeader(
  view: DataView,
  opcode: number,
  header: Pick<Response, "result" | "lifetime" | "epoch">,
): void {
  view.setUint8(0, PCP_VERSION);
  view.setUint8(1, RESPONSE_BIT | opcode);
  view.setUint8(3, header.result);
  view.setUint32(4, header.lifetime);
  view.setUint32(8, header.epoch);
}

/** Bytes of the opcode's own fields. */
function bodyLength(body: Body): number {
  switch (body.opcode) {
    case "announce":
      return 0;
    case "map":
      return MAPPING_LENGTH;
    case "peer":
      return PEER_LENGTH;
    case "opaque":
      return body.data.length;
  }
}

function writeBody(bytes: Uint8Array, body: Body): void {
  if (body.opcode === "announce") return;
  if (body.opcode === "opaque") {
    bytes.set(body.data);
    return;
  }
  const view = viewOf(bytes);
  bytes.set(body.nonce.subarray(0, NONCE_LENGTH));
  view.setUint8(12, body.protocol);
  view.setUint16(16, body.internalPort);
  view.setUint16(18, body.externalPort);
  bytes.set(encodeAddress(body.externalAddress) ?? new Uint8Array(ADDRESS_LENGTH), 20);
  if (body.opcode === "peer") {
    view.setUint16(36, body.remotePort);
    bytes.set(encodeAddress(body.remoteAddress) ?? new Uint8Array(ADDRESS_LENGTH), 40);
  }
}

/** Null when the fields are cut off. */
function decodeBody(opcode: number, bytes: Uint8Array): Body | null {
  switch (opcode) {
    case opcodes.ANNOUNCE:
      return { opcode: "announce" };
    case opcodes.MAP:
      return bytes.length < MAPPING_LENGTH ? null : { opcode: "map", ...decodeMapping(bytes) };
    case opcodes.PEER:
      return bytes.length < PEER_LENGTH
        ? null
        : {
            opcode: "peer",
            ...decodeMapping(bytes),
            remotePort: viewOf(bytes).getUint16(36),
            remoteAddress: decodeAddress(bytes.subarray(40, PEER_LENGTH)),
          };
    default:
      return { opcode: "opaque", code: opcode, data: bytes.slice() };
  }
}

function decodeMapping(bytes: Uint8Array) {
  const view = viewOf(bytes);
  return {
    nonce: bytes.slice(0, NONCE_LENGTH),
    protocol: view.getUint8(12),
    internalPort: view.getUint16(16),
    externalPort: view.getUint16(18),
    externalAddress: decodeAddress(bytes.subarray(20, MAPPING_LENGTH)),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
