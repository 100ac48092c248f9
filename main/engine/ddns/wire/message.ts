/**
 * DNS messages (RFC 1035 §4.1, RFC 2136 §2) as bytes. The four sections of an UPDATE (zone, prerequisite, update,
 * additional) stand in the same places and are read and written under the same names. Pure; what comes in is hostile.
 */
import { concat, uint16, uint32 } from "./bytes.ts";
import { encodeName, readName } from "./name.ts";
import { recordTypes } from "./numbers.ts";
import { decodeRecordData, encodeRecordData, type RecordData, typeNumber } from "./rdata.ts";
import { Reader, WireError } from "./reader.ts";

interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface ResourceRecord {
  readonly name: string;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  /** Null where UPDATE has none (RFC 2136 §2.4, §2.5): the type is then in `type`. */
  readonly data: RecordData | null;
  readonly type: number;
}

export interface Message {
  readonly id: number;
  readonly response: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly rcode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
}

export type Decoded =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "invalid"; readonly reason: string };

export const HEADER_LENGTH = 12;
/** Records of one message that we look at; more is no answer to anything we ask. */
export const MAX_RECORDS = 1000;

/** A record with data; `ttl` is in seconds. */
export function record(
  name: string,
  recordClass: number,
  ttl: number,
  data: RecordData,
): ResourceRecord {
  return { name, class: recordClass, ttl, data, type: typeNumber(data) };
}

/** Encodes without compression. Throws a WireError when a name or value cannot be written. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const { questions, answers, authority, additional } = message;
  const flags =
    (message.response ? 0x8000 : 0) |
    ((message.opcode & 0xf) << 11) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.rcode & 0xf);
  const bytes = concat([
    ...[
      message.id,
      flags,
      questions.length,
      answers.length,
      authority.length,
      additional.length,
    ].map(uint16),
    ...questions.flatMap((question) => [
      encodeName(question.name),
      uint16(question.type),
      uint16(question.class),
    ]),
    ...[...answers, ...authority, ...additional].flatMap(encodeRecord),
  ]);
  if (bytes.length > 0xffff) throw new WireError("a message over 65535 bytes");
  return bytes;
}

/** Decodes; a message that is cut off, loops or has bytes left over is invalid as a whole. */
export function decodeMessage(bytes: Uint8Array): Decoded {
  try {
    return { kind: "message", message: readMessage(new Reader(bytes)) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { kind: "invalid", reason: error.message };
  }
}

function readMessage(reader: Reader): Message {
  const id = reader.uint16();
  const flags = reader.uint16();
  const [questions = 0, answers = 0, authority = 0, additional = 0] = [0, 1, 2, 3].map(() =>
    reader.uint16(),
  );
  if (questions + answers + authority + additional > MAX_RECORDS) {
    throw new WireError("too many records");
  }
  const message: Message = {
    id,
    response: (flags & 0x8000) !== 0,
    opcode: (flags >>> 11) & 0xf,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    rcode: flags & 0xf,
    questions: times(questions, () => ({
      name: readName(reader),
      type: reader.uint16(),
      class: reader.uint16(),
    })),
    answers: times(answers, () => readRecord(reader)),
    authority: times(authority, () => readRecord(reader)),
    additional: times(additional, () => readRecord(reader)),
  };
  if (reader.left > 0) throw new WireError("bytes behind the message");
  return message;
}

/** Reads one record; exported for TSIG, whose record has to be cut off the bytes. */
export function readRecord(reader: Reader): ResourceRecord {
  const name = readName(reader);
  const type = reader.uint16();
  const recordClass = reader.uint16();
  const ttl = reader.uint32();
  const body = reader.slice(reader.uint16());
  // OPT reuses class and TTL, TSIG is read by its own code.
  const data = body.left === 0 && type !== recordTypes.OPT ? null : decodeRecordData(type, body);
  // A TTL with the top bit set counts as zero (RFC 2181 §8).
  return {
    name,
    class: recordClass,
    ttl: ttl > 0x7fffffff && type !== recordTypes.OPT ? 0 : ttl,
    data,
    type,
  };
}

/** One record as bytes. */
export function encodeRecord(record: ResourceRecord): Uint8Array[] {
  const data = record.data === null ? new Uint8Array(0) : encodeRecordData(record.data);
  return [
    encodeName(record.name),
    uint16(record.type),
    uint16(record.class),
    uint32(record.ttl),
    uint16(data.length),
    data,
  ];
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}
