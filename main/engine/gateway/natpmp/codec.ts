/**
 * NAT-PMP packets (RFC 6886 §3.2, §3.3, §3.5) as bytes. Pure; what comes in is hostile until it has passed here.
 */
import type { Transport } from "../../../../shared/snapshot.ts";

/** UDP port of the gateway (RFC 6886 §3.1). */
export const NATPMP_SERVER_PORT = 5351;
/** UDP port on which clients hear 224.0.0.1 (RFC 6886 §3.2.1). */
export const NATPMP_CLIENT_PORT = 5350;

const VERSION = 0;
const RESPONSE_BIT = 0x80;
const ADDRESS_OPCODE = 0;
const mapOpcodes: Readonly<Record<Transport, number>> = { udp: 1, tcp: 2 };

/** RFC 6886 §3.5. */
export const natPmpResults = {
  SUCCESS: 0,
  UNSUPPORTED_VERSION: 1,
  NOT_AUTHORIZED: 2,
  NETWORK_FAILURE: 3,
  OUT_OF_RESOURCES: 4,
  UNSUPPORTED_OPCODE: 5,
} as const;

export type NatPmpRequest =
  | { readonly kind: "address" }
  | {
      readonly kind: "map";
      readonly transport: Transport;
      readonly internalPort: number;
      /** 0 in a deletion (§3.4). */
      readonly suggestedPort: number;
      /** Seconds; 0 deletes. */
      readonly lifetime: number;
    };

export type NatPmpResponse =
  | {
      readonly kind: "address";
      /** Seconds since the gateway's tables were last empty (§3.6). */
      readonly epoch: number;
      readonly externalAddress: string;
    }
  | {
      readonly kind: "map";
      readonly epoch: number;
      readonly transport: Transport;
      readonly internalPort: number;
      readonly externalPort: number;
      readonly lifetime: number;
    }
  | {
      readonly kind: "error";
      readonly result: number;
      /** The question it answers as far as the packet tells; `other` for opcodes we never send. */
      readonly to: "address" | Transport | "other";
      /** Null when the packet is cut off before it, as some routers' errors are. */
      readonly internalPort: number | null;
      readonly epoch: number | null;
    };

export type DecodedNatPmp =
  | { readonly kind: "response"; readonly response: NatPmpResponse }
  /** A server that speaks, but not this version: PCP alone answers so (RFC 6887 §9). Told by its result alone. */
  | { readonly kind: "other-version"; readonly version: number }
  | {
      readonly kind: "invalid";
      readonly reason: "too-short" | "wrong-direction" | "unknown-opcode" | "other-protocol";
    };

/** Throws a RangeError for port 0: a deletion of it would delete all mappings of this PC (§3.4), others' too. */
export function encodeNatPmpRequest(request: NatPmpRequest): Uint8Array<ArrayBuffer> {
  if (request.kind === "address") return Uint8Array.of(VERSION, ADDRESS_OPCODE);
  if (request.internalPort === 0) throw new RangeError("internal port 0 stands for all ports");
  const bytes = new Uint8Array(12);
  const view = viewOf(bytes);
  view.setUint8(1, mapOpcodes[request.transport]);
  view.setUint16(4, request.internalPort);
  view.setUint16(6, request.suggestedPort);
  view.setUint32(8, request.lifetime);
  return bytes;
}

/** Reads what a client sent; null when it is none of the three requests. For servers in tests and the demo. */
export function decodeNatPmpRequest(bytes: Uint8Array): NatPmpRequest | null {
  if (bytes[0] !== VERSION) return null;
  if (bytes[1] === ADDRESS_OPCODE) return { kind: "address" };
  const transport = transportOf(bytes[1] ?? 0);
  if (transport === null || bytes.length < 12) return null;
  const view = viewOf(bytes);
  return {
    kind: "map",
    transport,
    internalPort: view.getUint16(4),
    suggestedPort: view.getUint16(6),
    lifetime: view.getUint32(8),
  };
}

/** As a gateway answers; an error keeps the length of its opcode's success (§3.5). */
export function encodeNatPmpResponse(response: NatPmpResponse): Uint8Array<ArrayBuffer> {
  const subject = response.kind === "error" ? response.to : subjectOf(response);
  const bytes = new Uint8Array(subject === "address" ? 12 : subject === "other" ? 8 : 16);
  const view = viewOf(bytes);
  const opcode =
    subject === "address" ? ADDRESS_OPCODE : subject === "other" ? 0x7f : mapOpcodes[subject];
  view.setUint8(1, RESPONSE_BIT | opcode);
  view.setUint32(4, response.epoch ?? 0);
  if (response.kind === "error") {
    view.setUint16(2, response.result);
    if (bytes.length === 16) view.setUint16(8, response.internalPort ?? 0);
  } else if (response.kind === "address") {
    bytes.set(response.externalAddress.split(".").map(Number), 8);
  } else {
    view.setUint16(8, response.internalPort);
    view.setUint16(10, response.externalPort);
    view.setUint32(12, response.lifetime);
  }
  return bytes;
}

/**
 * Reads what a gateway sent, unsolicited announcements of its address (§3.2.1) included: they look like the
 * answer to an address request. Bytes behind the end are ignored. An error may be as short as its result code:
 * a FRITZ!Box sends such (https://github.com/nicotine-plus/nicotine-plus/issues/3487).
 */
export function decodeNatPmpResponse(bytes: Uint8Array): DecodedNatPmp {
  if (bytes.length < 4) return { kind: "invalid", reason: "too-short" };
  const view = viewOf(bytes);
  const first = view.getUint8(1);
  if ((first & RESPONSE_BIT) === 0) return { kind: "invalid", reason: "wrong-direction" };
  const version = view.getUint8(0);
  if (version !== VERSION) {
    // PCP has its result in the second byte of ours, and UNSUPP_VERSION is 1 there too (RFC 6887 §7.2, §7.4).
    return view.getUint8(3) === natPmpResults.UNSUPPORTED_VERSION
      ? { kind: "other-version", version }
      : { kind: "invalid", reason: "other-protocol" };
  }
  const result = view.getUint16(2);
  const opcode = first & ~RESPONSE_BIT;
  const transport = transportOf(opcode);
  const epoch = bytes.length < 8 ? null : view.getUint32(4);
  if (result !== natPmpResults.SUCCESS) {
    const to = opcode === ADDRESS_OPCODE ? "address" : (transport ?? "other");
    const internalPort = transport === null || bytes.length < 10 ? null : view.getUint16(8);
    return { kind: "response", response: { kind: "error", result, to, internalPort, epoch } };
  }
  if (opcode === ADDRESS_OPCODE) {
    if (bytes.length < 12 || epoch === null) return { kind: "invalid", reason: "too-short" };
    const externalAddress = bytes.subarray(8, 12).join(".");
    return { kind: "response", response: { kind: "address", epoch, externalAddress } };
  }
  if (transport === null) return { kind: "invalid", reason: "unknown-opcode" };
  if (bytes.length < 16 || epoch === null) return { kind: "invalid", reason: "too-short" };
  return {
    kind: "response",
    response: {
      kind: "map",
      epoch,
      transport,
      internalPort: view.getUint16(8),
      externalPort: view.getUint16(10),
      lifetime: view.getUint32(12),
    },
  };
}

function subjectOf(response: Exclude<NatPmpResponse, { kind: "error" }>): "address" | Transport {
  return response.kind === "address" ? "address" : response.transport;
}

function transportOf(opcode: number): Transport | null {
  if (opcode === mapOpcodes.udp) return "udp";
  return opcode === mapOpcodes.tcp ? "tcp" : null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
