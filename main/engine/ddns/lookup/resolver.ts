/** Questions to DNS servers: by the system's resolvers, or to one server itself. */
import type { UdpAddress } from "../../environment.ts";
import { encodeMessage, type Message, type ResourceRecord } from "../wire/message.ts";
import { sameName } from "../wire/name.ts";
import { classes, opcodes, rcodeName, rcodes, recordTypes } from "../wire/numbers.ts";
import type { RecordData, RecordType } from "../wire/rdata.ts";
import { type DnsWorld, exchange, judgeAnswer } from "./exchange.ts";

/** Aliases followed inside one answer. */
const MAX_ALIASES = 8;
const DNS_PORT = 53;

interface Answer {
  readonly rcode: number;
  readonly authoritative: boolean;
  /** Records of the name and type asked for, behind any aliases. */
  readonly data: readonly RecordData[];
  /** Seconds; the least of them, or of the absence (RFC 2308 §5). Null when the answer does not tell. */
  readonly ttl: number | null;
  readonly message: Message;
}

export type AskOutcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks one server; `recursive` asks it to find out, else it shall say only what it knows itself. */
export async function ask(
  world: DnsWorld,
  server: UdpAddress,
  name: string,
  type: RecordType,
  recursive: boolean,
): Promise<AskOutcome> {
  const [high = 0, low = 0] = world.environment.random.bytes(2);
  const question: Message = {
    id: (high << 8) | low,
    response: false,
    opcode: opcodes.QUERY,
    authoritative: false,
    truncated: false,
    recursionDesired: recursive,
    rcode: 0,
    questions: [{ name, type: recordTypes[type], class: classes.IN }],
    answers: [],
    authority: [],
    additional: [],
  };
  const outcome = await exchange(world, server, encodeMessage(question), (bytes) =>
    judgeAnswer(bytes, question),
  );
  if (outcome.kind === "failed") return outcome;
  const { value } = outcome;
  if (value.rcode !== rcodes.NOERROR && value.rcode !== rcodes.NXDOMAIN) {
    return { kind: "failed", reason: rcodeName(value.rcode) };
  }
  return { kind: "answer", answer: readAnswer(value, name, type) };
}

/** Asks the system's resolvers in turn until one answers. */
export async function resolve(
  world: DnsWorld,
  name: string,
  type: RecordType,
): Promise<AskOutcome> {
  let last: AskOutcome = { kind: "failed", reason: "no resolver" };
  for (const server of world.network.resolvers()) {
    last = await ask(world, server, name, type, true);
    if (last.kind === "answer") return last;
  }
  return last;
}

/**
 * Addresses of a server by its name, IPv4 first; asked of `via` (which knows its own zone) before the system's
 * resolvers. Empty when nobody knows.
 */
export async function serverAddresses(
  world: DnsWorld,
  host: string,
  via: UdpAddress | null,
): Promise<readonly UdpAddress[]> {
  const found: UdpAddress[] = [];
  for (const type of ["A", "AAAA"] as const) {
    let outcome = via === null ? null : await ask(world, via, host, type, false);
    if (outcome === null || outcome.kind === "failed" || outcome.answer.data.length === 0) {
      outcome = await resolve(world, host, type);
    }
    if (outcome.kind === "failed") continue;
    for (const data of outcome.answer.data) {
      if (data.type === type) found.push({ address: data.address, port: DNS_PORT });
    }
  }
  return found;
}

function readAnswer(message: Message, name: string, type: RecordType): Answer {
  let owner = name;
  for (let hop = 0; hop < MAX_ALIASES; hop += 1) {
    const alias = recordsOf(message.answers, owner, "CNAME")[0]?.data;
    if (type === "CNAME" || alias?.type !== "CNAME") break;
    owner = alias.target;
  }
  const records = recordsOf(message.answers, owner, type);
  return {
    rcode: message.rcode,
    authoritative: message.authoritative,
    data: records.flatMap(({ data }) => data ?? []),
    ttl: records.length > 0 ? Math.min(...records.map(({ ttl }) => ttl)) : absenceTtl(message),
    message,
  };
}

function recordsOf(
  records: readonly ResourceRecord[],
  owner: string,
  type: RecordType,
): readonly ResourceRecord[] {
  return records.filter(
    (record) =>
      record.class === classes.IN && record.data?.type === type && sameName(record.name, owner),
  );
}

function absenceTtl(message: Message): number | null {
  for (const { data, ttl } of message.authority) {
    if (data?.type === "SOA") return Math.min(ttl, data.minimum);
  }
  return null;
}
