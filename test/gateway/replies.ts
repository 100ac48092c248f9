/** Ways to spoil a PCP reply: pure functions over its bytes (RFC 6887 §7.2 and §11.1 tell the offsets). */
import type { Random } from "../../main/engine/environment.ts";
import { encodeAddress } from "../../main/engine/gateway/pcp/addresses.ts";

export type Spoil = (reply: Uint8Array) => Uint8Array;

function patched(write: (view: DataView, bytes: Uint8Array) => void): Spoil {
  return (reply) => {
    const bytes = reply.slice();
    write(new DataView(bytes.buffer), bytes);
    return bytes;
  };
}

/** An error result with its lifetime in seconds. */
export function withResult(code: number, lifetime: number): Spoil {
  return patched((view) => {
    view.setUint8(3, code);
    view.setUint32(4, lifetime);
  });
}

export function withVersion(version: number): Spoil {
  return patched((view) => view.setUint8(0, version));
}

/** UNSUPP_VERSION of a PCP server that speaks `version` alone (RFC 6887 §9). */
export function unsupportedVersion(version: number): Spoil {
  return patched((view) => {
    view.setUint8(0, version);
    view.setUint8(3, 1);
  });
}

export function withLifetime(seconds: number): Spoil {
  return patched((view) => view.setUint32(4, seconds));
}

export const withWrongNonce: Spoil = patched((view) => view.setUint8(24, view.getUint8(24) ^ 0xff));

export const withoutResponseBit: Spoil = patched((view) =>
  view.setUint8(1, view.getUint8(1) & 0x7f),
);

export function withOpcode(opcode: number): Spoil {
  return patched((view) => view.setUint8(1, 0x80 | opcode));
}

export function withProtocol(protocol: number): Spoil {
  return patched((view) => view.setUint8(36, protocol));
}

export function withInternalPort(port: number): Spoil {
  return patched((view) => view.setUint16(40, port));
}

export function withExternalPort(port: number): Spoil {
  return patched((view) => view.setUint16(42, port));
}

export function withExternalAddress(address: string): Spoil {
  return patched((_view, bytes) => bytes.set(encodeAddress(address) ?? [], 44));
}

/** The data of the first option of a MAP reply that has one. */
export function withPortSet(size: number, firstInternalPort: number): Spoil {
  return patched((view, bytes) => {
    if (bytes.length <= 60) return;
    view.setUint16(64, size);
    view.setUint16(66, firstInternalPort);
  });
}

export function withThirdParty(address: string): Spoil {
  return patched((_view, bytes) => {
    if (bytes.length > 60) bytes.set(encodeAddress(address) ?? [], 64);
  });
}

/** Of a PEER reply (§12.2). */
export function withRemote(address: string, port: number): Spoil {
  return patched((view, bytes) => {
    view.setUint16(60, port);
    bytes.set(encodeAddress(address) ?? [], 64);
  });
}

export function truncatedTo(length: number): Spoil {
  return (reply) => reply.slice(0, length);
}

/** More bytes at the end: `length` of them, all of value `fill`. */
export function padded(length: number, fill = 0): Spoil {
  return (reply) => Uint8Array.from([...reply, ...Array.from({ length }, () => fill)]);
}

export function garbage(random: Random): Spoil {
  return (reply) => random.bytes(reply.length);
}

/** What a NAT-PMP server says to version 2: UNSUPP_VERSION in 8 or 12 bytes (RFC 6886 §3.5, RFC 6887 §9). */
export function versionZero(length: 8 | 12 = 8): Spoil {
  return (reply) => {
    const bytes = new Uint8Array(length);
    bytes[1] = reply[1] ?? 0x80;
    bytes[3] = 1;
    return bytes;
  };
}
