import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { iconLimit, iconOf, iconOfDataUri } from "./icon.ts";
import { bitmap, ico, png } from "./icon.fixture.ts";

describe("an icon", () => {
  test.each([
    ["PNG", "image/png", png(64, 64)],
    ["PNG of a single pixel", "image/png", png(1, 1)],
    ["ICO of bitmaps and PNG", "image/x-icon", ico(bitmap(16), bitmap(32), png(256, 256))],
  ])("%s is shown as it is", (_what, type, bytes) => {
    expect(iconOf(bytes)).toBe(`data:${type};base64,${bytes.toString("base64")}`);
  });

  const huge = Buffer.alloc(iconLimit + 1);
  png(64, 64).copy(huge);
  const outside = ico(bitmap(16));
  outside.writeUInt32LE(10_000, 18);
  test.each([
    ["nothing", Buffer.alloc(0)],
    ["a page", Buffer.from("<!doctype html><title>Not found</title>")],
    ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ["JPEG", Buffer.from("ffd8ffe000104a46494600010100", "hex")],
    ["PNG that ends in its header", png(64, 64).subarray(0, 24)],
    ["PNG whose first chunk is another", Buffer.from(png(64, 64)).fill("IDAT", 12, 16)],
    ["PNG of 20,000 × 20,000", png(20_000, 20_000)],
    ["PNG without a height", png(64, 0)],
    ["more bytes than an icon has", huge],
    ["ICO without pictures", ico()],
    ["ICO of 17 pictures", ico(...Array.from({ length: 17 }, () => bitmap(1)))],
    ["ICO whose picture lies outside", outside],
    ["ICO with a large PNG", ico(bitmap(16), png(9000, 9000))],
    ["ICO with a large bitmap", ico(bitmap(9000))],
    ["ICO with something else", ico(Buffer.alloc(64, 0x41))],
  ])("%s is not shown", (_what, bytes) => {
    expect(iconOf(bytes)).toBeNull();
  });

  test("survives whatever comes", () => {
    const starts = [Buffer.alloc(0), png(64, 64), ico(bitmap(16))];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.nat(60),
        fc.uint8Array({ maxLength: 80 }),
        (start, kept, rest) => {
          expect(iconOf(Buffer.concat([start.subarray(0, kept), rest])) ?? "data:").toMatch(
            /^data:/,
          );
        },
      ),
    );
  });
});

describe("the icon of a data URI", () => {
  const uri = iconOf(png(64, 64));

  test("is taken, and written anew without line breaks", () => {
    expect(iconOfDataUri(uri)).toBe(uri);
    expect(iconOfDataUri(uri?.replace(/(.{76})/g, "$1\n"))).toBe(uri);
  });

  test.each([
    undefined,
    null,
    7,
    "",
    "https://example.net/icon.png",
    "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
    "data:text/html;base64,PHNjcmlwdD4=",
    `data:image/png;base64,${Buffer.from("<script>").toString("base64")}`,
    `data:image/png;base64,"><script>`,
    `data:image/png;base64,${"A".repeat(100_000)}`,
  ])("%j is none", (value) => {
    expect(iconOfDataUri(value)).toBeNull();
  });
});
