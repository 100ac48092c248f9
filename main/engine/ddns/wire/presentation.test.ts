import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRecordText, recordText } from "./presentation.ts";
import {
  decodeRecordData,
  encodeRecordData,
  type RecordData,
  recordDataKey,
  typeNumber,
} from "./rdata.ts";
import { Reader, WireError } from "./reader.ts";

function hex(data: RecordData): string {
  return Buffer.from(encodeRecordData(data)).toString("hex");
}

function decode(number: number, text: string): RecordData {
  return decodeRecordData(number, new Reader(Uint8Array.from(Buffer.from(text, "hex"))));
}

const fooExampleCom = "03666f6f076578616d706c6503636f6d00";
const fooExampleOrg = "03666f6f076578616d706c65036f726700";

describe("SVCB test vectors (RFC 9460 appendix D)", () => {
  // Text as the appendix has it, wire form, and our own text where it differs.
  test.each<[string, string, string | null]>([
    ["0 foo.example.com.", `0000${fooExampleCom}`, "0 foo.example.com"],
    ["1 .", "000100", null],
    ["16 foo.example.com port=53", `0010${fooExampleCom}000300020035`, null],
    ["1 foo.example.com key667=hello", `0001${fooExampleCom}029b000568656c6c6f`, null],
    [
      String.raw`1 foo.example.com key667="hello\210qoo"`,
      `0001${fooExampleCom}029b000968656c6c6fd2716f6f`,
      String.raw`1 foo.example.com key667=hello\210qoo`,
    ],
    [
      `1 foo.example.com ipv6hint="2001:db8::1,2001:db8::53:1"`,
      `0001${fooExampleCom}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
      "1 foo.example.com ipv6hint=2001:db8::1,2001:db8::53:1",
    ],
    [
      `1 example.com ipv6hint="2001:db8:122:344::192.0.2.33"`,
      "0001076578616d706c6503636f6d000006001020010db80122034400000000c0000221",
      "1 example.com ipv6hint=2001:db8:122:344::c000:221",
    ],
    [
      "16 foo.example.org (alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1)".replaceAll(
        /[()]/g,
        "",
      ),
      `0010${fooExampleOrg}000000040001000400010009026832 0568332d313900040004c0000201`.replace(
        " ",
        "",
      ),
      "16 foo.example.org mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1",
    ],
    [
      String.raw`16 foo.example.org alpn="f\\\\oo\\,bar,h2"`,
      `0010${fooExampleOrg}0001000c08665c6f6f2c626172026832`,
      String.raw`16 foo.example.org alpn=f\\\\oo\\,bar,h2`,
    ],
    [
      String.raw`16 foo.example.org alpn=f\\\092oo\092,bar,h2`,
      `0010${fooExampleOrg}0001000c08665c6f6f2c626172026832`,
      String.raw`16 foo.example.org alpn=f\\\\oo\\,bar,h2`,
    ],
  ])("%s", (text, wire, ours) => {
    const data = parseRecordText("SVCB", text);
    expect(hex(data)).toBe(wire);
    expect(recordText(decode(64, wire))).toBe(ours ?? text);
    expect(parseRecordText("SVCB", recordText(data))).toEqual(data);
  });

  test.each([
    "1 foo.example.com key123=abc key123=def",
    "1 foo.example.com mandatory",
    "1 foo.example.com alpn",
    "1 foo.example.com port",
    "1 foo.example.com ipv4hint",
    "1 foo.example.com ipv6hint",
    "1 foo.example.com no-default-alpn=abc",
    "1 foo.example.com mandatory=key123",
    "1 foo.example.com mandatory=mandatory",
    "1 foo.example.com mandatory=key123,key123 key123=abc",
    "1 foo.example.com no-default-alpn",
    "1 foo.example.com port=65536",
    "1 foo.example.com key65536=a",
    "1 foo.example.com unknown=a",
    "70000 foo.example.com",
    "1",
  ])("refused: %s", (text) => {
    expect(() => parseRecordText("SVCB", text)).toThrow(WireError);
  });

  test.each([
    ["keys out of order", "00010000030002003500010003026832"],
    ["a key twice", "00010000030002003500030002 0036"],
    ["a port of three bytes", "0001000003000301bb00"],
    ["a value that is cut off", "00010000030002bb"],
    ["a mandatory key that is missing", "000100000000020003"],
  ])("refused on the wire: %s", (_what, wire) => {
    expect(() => decode(65, wire.replaceAll(" ", ""))).toThrow(WireError);
  });

  test("an alias keeps no parameters", () => {
    expect(decode(65, `0000${fooExampleCom}000300020035`)).toMatchObject({
      priority: 0,
      params: [],
    });
  });
});

describe("other types", () => {
  test.each<[Parameters<typeof parseRecordText>[0], string, string]>([
    ["A", "203.0.113.7", "cb007107"],
    ["AAAA", "2001:db8::1", "20010db8000000000000000000000001"],
    ["CNAME", "home.example", "04686f6d65076578616d706c6500"],
    ["SRV", "0 5 25570 home.example", "0000000563e204686f6d65076578616d706c6500"],
    ["SRV", "0 0 0 .", "00000000000000"],
    [
      "TXT",
      String.raw`"heritage=homeport" "a\"b\\\200"`,
      `11${Buffer.from("heritage=homeport").toString("hex")}056122625cc8`,
    ],
  ])("%s %s", (type, text, wire) => {
    const data = parseRecordText(type, text);
    expect(hex(data)).toBe(wire);
    expect(recordText(decode(typeNumber(data), hex(data)))).toBe(text);
  });

  test.each([
    [String.raw`a\;b.example`, "03613b62076578616d706c6500"],
    [String.raw`a\"b.example`, "03612262076578616d706c6500"],
    [String.raw`\(x\)\@\$.example`, "0528782940 24076578616d706c6500".replace(" ", "")],
  ])("a name with what zone files treat specially, %s, stays whole", (name, wire) => {
    const data = decode(5, wire);
    expect(recordText(data)).toBe(name);
    expect(parseRecordText("CNAME", name)).toEqual(data);
  });

  test("TXT as bytes, with and without quotes", () => {
    expect(hex(parseRecordText("TXT", `a "b c"`))).toBe("016103622063");
    expect(hex(parseRecordText("TXT", `""`))).toBe("00");
    expect(() => encodeRecordData({ type: "TXT", strings: ["x".repeat(256)] })).toThrow(WireError);
  });

  test.each<[Parameters<typeof parseRecordText>[0], string]>([
    ["A", "2001:db8::1"],
    ["A", "1.2.3"],
    ["A", "0x1.2.3.4"],
    ["AAAA", "203.0.113.7"],
    ["SRV", "0 0 65536 a.example"],
    ["SRV", "0 0 1"],
    ["SRV", "0 0 -1 a.example"],
    ["CNAME", ""],
    ["TXT", "\\"],
    ["TXT", ""],
    ["TXT", '"open'],
    ["TXT", "\\\ufffd"],
    ["HTTPS", "1 . alpn=\\\u2603"],
  ])("refused: %s %s", (type, text) => {
    expect(() => parseRecordText(type, text)).toThrow(WireError);
  });

  test("values that do not fit are refused when written", () => {
    expect(() =>
      encodeRecordData({ type: "SRV", priority: 0, weight: 0, port: 65_536, target: "a" }),
    ).toThrow(WireError);
    expect(() => encodeRecordData({ type: "AAAA", address: "fe80::1%eth0" })).toThrow(WireError);
    expect(() => encodeRecordData({ type: "A", address: "1" })).toThrow(WireError);
  });

  test("an unknown type stays bytes", () => {
    const data = decode(99, "0102");
    expect(data).toMatchObject({ type: "other", number: 99 });
    expect(recordText(data)).toBe(String.raw`\# 2 0102`);
  });

  test("data is the same whatever the case of its names", () => {
    const upper = parseRecordText("SRV", "0 0 1 A.example.");
    expect(recordDataKey({ ...upper, target: "A.EXAMPLE" } as RecordData)).toBe(
      recordDataKey(upper),
    );
    expect(recordDataKey(upper)).not.toBe(recordDataKey(parseRecordText("SRV", "0 0 2 a.example")));
  });

  test("any text of bytes survives both ways", () => {
    const text = fc.uint8Array({ maxLength: 255 }).map((b) => Buffer.from(b).toString("latin1"));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (strings) => {
        const data: RecordData = { type: "TXT", strings };
        expect(decode(16, hex(data))).toEqual(data);
        expect(parseRecordText("TXT", recordText(data))).toEqual(data);
      }),
    );
  });
});
