/** DNS messages and what is in them, keys, and the answers of providers. */
import { judgeDyndns2 } from "../../../main/engine/ddns/providers/dyndns2-answer.ts";
import { parseTsigKey } from "../../../main/engine/ddns/update/key.ts";
import {
  decodeMessage,
  encodeMessage,
  type Message,
  record,
} from "../../../main/engine/ddns/wire/message.ts";
import { canonicalName, encodeName, readName } from "../../../main/engine/ddns/wire/name.ts";
import { classes, recordTypes } from "../../../main/engine/ddns/wire/numbers.ts";
import { parseRecordText, recordText } from "../../../main/engine/ddns/wire/presentation.ts";
import { type RecordData, recordDataKey } from "../../../main/engine/ddns/wire/rdata.ts";
import { Reader, WireError } from "../../../main/engine/ddns/wire/reader.ts";
import { signMessage, type TsigKey, verifyResponse } from "../../../main/engine/ddns/wire/tsig.ts";
import { bindExchanges } from "../../dns/bind-exchanges.ts";
import type { Target } from "../target.ts";
import { claim, claimSame, orRefusal } from "./claims.ts";
import { fromHex, latin1, utf8 } from "./text.ts";

const lines = [
  ["A", "203.0.113.7"],
  ["AAAA", "2001:db8::1"],
  ["NS", "ns.home.example"],
  ["CNAME", String.raw`a\.b.home.example`],
  ["SRV", "0 5 25570 home.example"],
  ["TXT", String.raw`"heritage=homeport" "a\"b\\\200"`],
  ["HTTPS", "1 . mandatory=alpn,port alpn=h2,h3 no-default-alpn port=8443 ipv4hint=192.0.2.1"],
  [
    "SVCB",
    String.raw`16 foo.example alpn="f\\\\oo\\,bar,h2" ech=AAEC ipv6hint=2001:db8::1 key667="a\210b"`,
  ],
  ["HTTPS", "0 other.example"],
] as const;

const message: Message = {
  id: 0xbeef,
  response: true,
  opcode: 0,
  authoritative: true,
  truncated: false,
  recursionDesired: false,
  rcode: 0,
  questions: [{ name: "home.example", type: recordTypes.ANY, class: classes.IN }],
  answers: lines.map(([type, text]) =>
    record("home.example", classes.IN, 60, parseRecordText(type, text)),
  ),
  authority: [],
  additional: [],
};

/** A negative answer of named, with names compressed. */
const compressed = fromHex(
  "1234 8583 0001 0000 0001 0000 0161 04686f6d65 076578616d706c65 00 0001 0001 c00e 0006 0001 0000003c 0026 026e73 c00e 0a686f73746d6173746572 c00e 00000007 00000e10 00000258 00015180 0000003c",
);
/** An UPDATE of nsupdate. */
const update = fromHex(
  "0e612800000100010002000004686f6d65076578616d706c65000006000104706c6179c00c000100fe000000000000c01e000100010000003c0004340304050a5f6d696e656372616674045f74637004686f6d65076578616d706c6500002100010000003c00190000000063e204706c617904686f6d65076578616d706c6500",
);

/** Names that each begin with thousands of pointers to pointers; it once took seconds to read. */
function winding(): Uint8Array {
  const bytes = Buffer.alloc(56_000);
  const chain = 30;
  for (let at = chain + 2; at < 0x3f00; at += 2) bytes.writeUInt16BE(0xc000 | (at - 2), at);
  bytes.writeUInt16BE(0x8400, 2);
  bytes.writeUInt16BE(1000, 6);
  // The root's record of an unknown type has the chain as its data.
  bytes.set(fromHex("00 ff00 0001 0000003c 3ef3"), 12);
  for (let count = 1, at = 0x3f0a; count < 1000; count += 1, at += 36) {
    bytes.set(fromHex("fefe 0006 0001 0000003c 0018 fefe fefe"), at);
  }
  return bytes.subarray(0, 0x3f0a + 999 * 36);
}

const dnsMessage: Target = {
  name: "dns-message",
  maxLength: 65_535,
  seeds: [
    encodeMessage(message),
    ...message.answers.map((one) => encodeMessage({ ...message, answers: [one] })),
    compressed,
    update,
    winding(),
  ],
  run: (input) => {
    const decoded = decodeMessage(input);
    if (decoded.kind === "invalid") {
      claim(decoded.reason.length <= 300, "a reason is short");
      return;
    }
    const { answers, authority, additional } = decoded.message;
    for (const { data } of [...answers, ...authority, ...additional]) {
      if (data !== null) claimText(data);
    }
    // What was compressed may not fit any more; nothing else stands in the way.
    const encoded = orRefusal(() => encodeMessage(decoded.message), WireError);
    if (encoded === null) claim(input.length > 1000, "a small message can be written again");
    else claimSame(decoded, decodeMessage(encoded));
  },
};

/** The text of `data` reads as data that means the same. */
function claimText(data: RecordData): void {
  const key = recordDataKey(data);
  const text = recordText(data);
  claim(/^[\x20-\x7e]*$/.test(text), "text is printable");
  if (data.type === "SOA" || data.type === "other") return;
  claim(recordDataKey(parseRecordText(data.type, text)) === key, "text reads as the same data");
}

const dnsName: Target = {
  name: "dns-name",
  maxLength: 2048,
  seeds: [
    fromHex("04686f6d65 076578616d706c65 00"),
    fromHex("00"),
    fromHex("016100 0162c000"),
    String.raw`a\.b.\065\\x.example.`,
  ],
  words: ["\\", ".", "\\000", "\\255", "\\."],
  run: (input) => {
    const reader = new Reader(input);
    const name = orRefusal(() => readName(reader), WireError);
    if (name !== null) claimName(name);
    const text = latin1(input);
    const encoded = orRefusal(() => encodeName(text), WireError);
    if (encoded !== null) claimName(readName(new Reader(encoded)));
    canonicalName(text);
  },
};

function claimName(name: string): void {
  claim(/^[\x21-\x7e]+$/.test(name), "a name is printable");
  const encoded = encodeName(name);
  claim(encoded.length <= 255, "a name fits");
  claim(readName(new Reader(encoded)) === name, "a name stays the same");
}

const types = [...new Set(lines.map(([type]) => type))];

const recordTexts: Target = {
  name: "record-text",
  share: 0.4,
  maxLength: 16_384,
  seeds: lines.map(([, text]) => text),
  words: [
    "mandatory=",
    "alpn=",
    "port=",
    "ipv4hint=",
    "key65535=",
    '"',
    "\\",
    "\\255",
    ";",
    ",",
    " ",
  ],
  run: (input) => {
    const text = utf8(input);
    for (const type of types) {
      const data = orRefusal(() => parseRecordText(type, text), WireError);
      if (data === null) continue;
      // A text over 255 bytes is read, and refused when it is to be written.
      if (orRefusal(() => recordDataKey(data), WireError) !== null) claimText(data);
    }
  },
};

const [exchange] = bindExchanges;
const key: TsigKey = {
  name: exchange?.key ?? "",
  algorithm: exchange?.algorithm ?? "hmac-sha256",
  secret: Buffer.from("sixteen bytes of a secret key!!!"),
};
const now = 1_750_000_000;
const request = signMessage(encodeMessage({ ...message, response: false, answers: [] }), key, now);
const responses = [0, 5].map((rcode) => encodeMessage({ ...message, answers: [], rcode }));
const signed = responses.map((bytes) => signMessage(bytes, key, now, request.mac).bytes);

const tsig: Target = {
  name: "tsig",
  maxLength: 65_535,
  seeds: [...signed, ...bindExchanges.map(({ response }) => fromHex(response)), compressed],
  run: (input) => {
    const verdict = verifyResponse(input, key, request.mac, now);
    if (verdict.kind !== "verified") return;
    const { message: bytes } = verdict;
    claim(
      responses.some((sent) => Buffer.compare(sent, bytes) === 0),
      "only what was signed is verified",
    );
  },
};

const tsigKey: Target = {
  name: "tsig-key",
  share: 2,
  maxLength: 16_384,
  seeds: [
    `key "homeport" {\n\talgorithm hmac-sha256;\n\tsecret "c2l4dGVlbiBieXRlcw==";\n};\n`,
    "hmac-sha512:homeport:c2l4dGVlbiBieXRlcw==",
    "# a comment\n/* another */ // third\nkey a{secret b;algorithm c;};",
  ],
  words: ["key ", "algorithm ", "secret ", "/*", "*/", "//", "#", "\n", "{", "}", ";", " "],
  run: (input) => {
    const parsed = parseTsigKey(utf8(input));
    if (parsed.kind === "invalid") claim(parsed.reason.length <= 200, "a reason is short");
    else claim(parsed.key.secret.length > 0, "a key has a secret");
  },
};

const dyndns2: Target = {
  name: "dyndns2-answer",
  maxLength: 65_536,
  seeds: [
    "good 203.0.113.7\nnochg 203.0.113.7,2001:db8::1\r\n",
    "badauth",
    "911\n",
    "nohost\ngood 127.0.0.1",
    "good 198.51.100.1",
    "interval",
  ],
  words: ["good ", "nochg ", "127.0.0.1", "2001:db8::1", "\n", ",", "::ffff:", "0x"],
  run: (input) => {
    const hosts = ["a.example", "b.example"];
    const outcomes = judgeDyndns2(utf8(input), hosts, ["203.0.113.7", "2001:db8::1"]);
    if (outcomes === null) return;
    claimSame([...outcomes.keys()], hosts);
    for (const outcome of outcomes.values()) {
      if (!("problem" in outcome)) continue;
      claim(outcome.problem.message.length <= 400, "a message is short");
      claim(!/[\p{Cc}\p{Cs}]/u.test(outcome.problem.message), "a message is one line");
    }
  },
};

export const dnsTargets: readonly Target[] = [
  dnsMessage,
  dnsName,
  recordTexts,
  tsig,
  tsigKey,
  dyndns2,
];
