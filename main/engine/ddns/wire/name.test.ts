import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalName, encodeName, isWithin, readName, sameName, splitName } from "./name.ts";
import { Reader, WireError } from "./reader.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

describe("as bytes", () => {
  test.each([
    ["home.example", "04686f6d65 076578616d706c65 00"],
    ["home.example.", "04686f6d65 076578616d706c65 00"],
    [".", "00"],
    [String.raw`a\.b.c`, "03612e62 0163 00"],
    [String.raw`\000\255\032x`, "0400ff2078 00"],
    [String.raw`ends\\.x`, "05656e64735c 0178 00"],
  ])("%s", (name, hex) => {
    expect(encodeName(name)).toEqual(bytes(hex));
  });

  test.each([
    "a..b",
    ".a",
    "a".repeat(64),
    `${"a.".repeat(127)}bc`,
    "ü.example",
    "a b",
    String.raw`\256`,
    "a\\",
  ])("%s is none", (name) => {
    expect(() => encodeName(name)).toThrow(WireError);
  });

  test("every sequence of labels comes back as it was", () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), (labels) => {
        const wire = Uint8Array.from([...labels.flatMap((one) => [one.length, ...one]), 0]);
        const name = readName(new Reader(wire));
        expect(encodeName(name)).toEqual(wire);
        expect(splitName(name)).toHaveLength(labels.length);
      }),
    );
  });
});

describe("compression", () => {
  test("pointers lead to earlier names", () => {
    const reader = new Reader(bytes("04686f6d65 00 0161 c000 0162 c006"), 6);
    expect(readName(reader)).toBe("a.home");
    expect(readName(reader)).toBe("b.a.home");
    expect(reader.left).toBe(0);
  });

  test.each([
    ["to itself", "c000", 0],
    ["forwards", "c002 00", 0],
    ["in a circle", "0161 c002 0162 c000", 4],
    ["into its own labels", "0161 0162 c002", 0],
    ["cut off", "c0", 0],
    ["of a reserved kind", "4161", 0],
    ["nowhere", "0161", 0],
  ])("%s", (_what, hex, offset) => {
    expect(() => readName(new Reader(bytes(hex), offset))).toThrow(WireError);
  });

  test("pointers that lead to pointers without end are refused", () => {
    // A message of 64 KB holds thousands of them, and any number of names that begin at the last.
    const chain = (pointers: number): Uint8Array => {
      const wire = new Uint8Array(2 * pointers + 2);
      const view = new DataView(wire.buffer);
      for (let at = 2; at < wire.length; at += 2) view.setUint16(at, 0xc000 | (at - 2));
      return wire;
    };
    expect(readName(new Reader(chain(126), 2 * 126))).toBe(".");
    expect(() => readName(new Reader(chain(127), 2 * 127))).toThrow(WireError);
  });

  test("a name longer than 255 bytes by pointers is refused", () => {
    // Blocks of 64 bytes: a label of 60 and a pointer to the block before; four of them fit a name, five do not.
    const wire = new Uint8Array(5 * 64);
    for (let block = 0; block < 5; block += 1) {
      wire.fill(0x61, block * 64 + 1, block * 64 + 61);
      wire[block * 64] = 60;
      if (block > 0) wire.set([0xc0, (block - 1) * 64], block * 64 + 61);
    }
    expect(splitName(readName(new Reader(wire, 3 * 64)))).toHaveLength(4);
    expect(() => readName(new Reader(wire, 4 * 64))).toThrow(WireError);
  });
});

test("letters' case and the final dot do not matter", () => {
  expect(sameName("Home.Example", "home.example.")).toBe(true);
  expect(sameName("home.example", "home.example.org")).toBe(false);
  expect(canonicalName(".")).toBe(".");
});

test("within a zone", () => {
  expect(isWithin("a.home.example", "HOME.example.")).toBe(true);
  expect(isWithin("home.example", "home.example")).toBe(true);
  expect(isWithin("ahome.example", "home.example")).toBe(false);
  expect(isWithin("example", "home.example")).toBe(false);
  expect(isWithin(String.raw`a\.home.example`, "home.example")).toBe(false);
  expect(isWithin("home.example", ".")).toBe(true);
});
