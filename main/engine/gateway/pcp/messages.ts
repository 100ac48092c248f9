/** What PCP messages say, apart from how they look on the wire (RFC 6887 §7, §11, §12, §14). */
import type { Option } from "./options.ts";

export const PCP_VERSION = 2;
/** UDP port of a PCP server (§19.1). */
export const PCP_SERVER_PORT = 5351;

export const opcodes = { ANNOUNCE: 0, MAP: 1, PEER: 2 } as const;
/** IANA protocol numbers that a mapping can be for; 0 stands for all (§11.1). */
export const protocolNumbers = { tcp: 6, udp: 17 } as const;

/** Fields that MAP and PEER share. In a request the external pair is the suggestion, in a response what was assigned. */
interface MappingFields {
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  readonly protocol: number;
  readonly internalPort: number;
  readonly externalPort: number;
  readonly externalAddress: string;
}

interface AnnounceBody {
  readonly opcode: "announce";
}
export interface MapBody extends MappingFields {
  readonly opcode: "map";
}
export interface PeerBody extends MappingFields {
  readonly opcode: "peer";
  readonly remotePort: number;
  readonly remoteAddress: string;
}
export type MappingBody = MapBody | PeerBody;
/** An opcode not known here, or (in an error response) one whose fields were cut off. */
interface OpaqueBody {
  readonly opcode: "opaque";
  readonly code: number;
  readonly data: Uint8Array;
}
export type Body = AnnounceBody | MappingBody | OpaqueBody;

export interface Request {
  readonly body: Body;
  /** Seconds asked for; 0 deletes. */
  readonly lifetime: number;
  readonly clientAddress: string;
  readonly options: readonly Option[];
}

export interface Response {
  readonly body: Body;
  /** A `resultCodes` value, or one nobody has defined. */
  readonly result: number;
  /** Seconds granted, or for an error the seconds for which it holds (§7.4). */
  readonly lifetime: number;
  /** Seconds since the server lost its state (§8.5). */
  readonly epoch: number;
  readonly options: readonly Option[];
}

export function opcodeOf(body: Body): number {
  switch (body.opcode) {
    case "announce":
      return opcodes.ANNOUNCE;
    case "map":
      return opcodes.MAP;
    case "peer":
      return opcodes.PEER;
    case "opaque":
      return body.code;
  }
}
