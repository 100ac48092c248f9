/**
 * An authoritative server in memory that takes signed updates (RFC 2136) and does on demand what a real one does not:
 * stay silent, answer with any rcode, forge, change records behind one's back.
 */
import {
  decodeMessage,
  encodeMessage,
  type Message,
  record,
  type ResourceRecord,
} from "../../main/engine/ddns/wire/message.ts";
import { canonicalName, isWithin } from "../../main/engine/ddns/wire/name.ts";
import { classes, opcodes, rcodes, recordTypes } from "../../main/engine/ddns/wire/numbers.ts";
import { parseRecordText, recordText } from "../../main/engine/ddns/wire/presentation.ts";
import {
  type RecordData,
  recordDataKey,
  type RecordType,
} from "../../main/engine/ddns/wire/rdata.ts";
import { signMessage, type TsigKey } from "../../main/engine/ddns/wire/tsig.ts";

interface Entry {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly data: RecordData;
}

export interface FakeDnsServerOptions {
  readonly zone: string;
  readonly key?: TsigKey;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export class FakeDnsServer {
  readonly #options: FakeDnsServerOptions;
  #entries: Entry[] = [];
  /** UPDATE messages that came, whatever became of them. */
  updates: Message[] = [];
  /** Questions that came. */
  queries = 0;
  silent = false;
  /** Answers every update with this, if not null, and does nothing. */
  updateRcode: number | null = null;
  /** Takes the update, but its answer is lost. */
  losesAnswers = false;
  /** Runs before each update is looked at: somebody else is faster. */
  beforeUpdate: () => void = () => undefined;

  constructor(options: FakeDnsServerOptions) {
    this.#options = options;
    this.set(options.zone, "NS", [`ns.${options.zone}`]);
  }

  /** Replaces a set from outside; no texts remove it. */
  set(name: string, type: Exclude<RecordType, "SOA">, texts: readonly string[], ttl = 60): void {
    const owner = canonicalName(name);
    this.#entries = this.#entries.filter(
      (entry) => entry.name !== owner || entry.type !== recordTypes[type],
    );
    for (const text of texts) {
      const data = parseRecordText(type, text);
      this.#entries.push({ name: owner, type: recordTypes[type], ttl, data });
    }
  }

  texts(name: string, type: RecordType): readonly string[] {
    return this.#find(name, recordTypes[type]).map(({ data }) => recordText(data));
  }

  /** Everything but the zone's own NS, as `name type text`, sorted. */
  dump(): readonly string[] {
    return this.#entries
      .filter(({ type }) => type !== recordTypes.NS)
      .map(({ name, data }) => `${name} ${data.type} ${recordText(data)}`)
      .toSorted();
  }

  /** The answer to one message; null when there is none. */
  answer(bytes: Uint8Array): Uint8Array | null {
    if (this.silent) return null;
    const decoded = decodeMessage(bytes);
    if (decoded.kind === "invalid") return null;
    const { message } = decoded;
    return message.opcode === opcodes.UPDATE ? this.#update(bytes, message) : this.#query(message);
  }

  #query(message: Message): Uint8Array {
    this.queries += 1;
    const [question] = message.questions;
    const { zone } = this.#options;
    const soa = record(zone, classes.IN, 60, {
      type: "SOA",
      primary: `ns.${zone}`,
      mailbox: `hostmaster.${zone}`,
      serial: 1,
      refresh: 3600,
      retry: 600,
      expire: 86_400,
      minimum: 60,
    });
    const name = question?.name ?? ".";
    const within = isWithin(name, zone);
    const found = within ? this.#find(name, question?.type ?? 0) : [];
    const isSoa = question?.type === recordTypes.SOA && canonicalName(name) === zone;
    const exists = isSoa || this.#entries.some((entry) => isWithin(entry.name, name));
    return encodeMessage({
      ...message,
      response: true,
      authoritative: within,
      rcode: within ? (exists ? rcodes.NOERROR : rcodes.NXDOMAIN) : rcodes.REFUSED,
      answers: isSoa
        ? [soa]
        : found.map((entry) => record(entry.name, classes.IN, entry.ttl, entry.data)),
      authority: within && !isSoa && found.length === 0 ? [soa] : [],
      additional: [],
    });
  }

  #update(bytes: Uint8Array, message: Message): Uint8Array | null {
    this.updates.push(message);
    const { key, now } = this.#options;
    const last = message.additional.at(-1);
    if (key === undefined || last?.type !== recordTypes.TSIG || last.data?.type !== "other") {
      return encodeMessage(reply(message, rcodes.REFUSED));
    }
    // Signed again by the key we know, at the time it says, the same bytes have to come out.
    const unsigned = encodeMessage({ ...message, additional: message.additional.slice(0, -1) });
    const fields = Buffer.from(last.data.bytes);
    const time = fields.readUIntBE(fields.indexOf(0) + 1, 6);
    const again = signMessage(unsigned, key, time);
    if (!Buffer.from(again.bytes).equals(bytes)) {
      const unknown = canonicalName(last.name) !== key.name;
      return encodeMessage({
        ...reply(message, rcodes.NOTAUTH),
        additional: [tsigError(last, unknown ? rcodes.BADKEY : rcodes.BADSIG)],
      });
    }
    const rcode = this.updateRcode ?? this.#apply(message);
    if (this.losesAnswers) return null;
    return signMessage(encodeMessage(reply(message, rcode)), key, now(), again.mac).bytes;
  }

  #apply(message: Message): number {
    this.beforeUpdate();
    const sets = new Map<string, ResourceRecord[]>();
    for (const wanted of message.answers) {
      if (wanted.class === classes.NONE) {
        if (this.#find(wanted.name, wanted.type).length > 0) return rcodes.YXRRSET;
        continue;
      }
      const key = `${canonicalName(wanted.name)} ${wanted.type}`;
      sets.set(key, [...(sets.get(key) ?? []), wanted]);
    }
    for (const [first, ...others] of sets.values()) {
      if (first === undefined) continue;
      const keys = (data: readonly (RecordData | null)[]): string =>
        data
          .flatMap((one) => (one === null ? [] : [recordDataKey(one)]))
          .toSorted()
          .join();
      const there = this.#find(first.name, first.type).map(({ data }) => data);
      if (keys(there) !== keys([first, ...others].map(({ data }) => data))) return rcodes.NXRRSET;
    }
    for (const { name, type, class: recordClass, ttl, data } of message.authority) {
      const owner = canonicalName(name);
      if (recordClass === classes.ANY) {
        this.#entries = this.#entries.filter((one) => one.name !== owner || one.type !== type);
      } else if (data !== null) {
        this.#entries.push({ name: owner, type, ttl, data });
      }
    }
    return rcodes.NOERROR;
  }

  #find(name: string, type: number): readonly Entry[] {
    const owner = canonicalName(name);
    return this.#entries.filter((entry) => entry.name === owner && entry.type === type);
  }
}

/** The TSIG of a request that could not be accepted, as RFC 8945 §5.3.2 has it: without a MAC. */
function tsigError(of: ResourceRecord, error: number): ResourceRecord {
  const algorithm = of.data?.type === "other" ? Buffer.from(of.data.bytes) : Buffer.alloc(1);
  const end = algorithm.indexOf(0) + 1;
  const rest = Buffer.alloc(16);
  rest.writeUInt16BE(300, 6);
  rest.writeUInt16BE(error, 12);
  const bytes = Buffer.concat([algorithm.subarray(0, end), rest]);
  return { ...of, data: { type: "other", number: recordTypes.TSIG, bytes } };
}

function reply(message: Message, rcode: number): Message {
  return { ...message, response: true, rcode, answers: [], authority: [], additional: [] };
}
