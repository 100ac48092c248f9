import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLanWorld } from "./lan-world.ts";

function read(text: string) {
  return readLanWorld(new TextEncoder().encode(text));
}

describe("readLanWorld", () => {
  test("reads name and port, without colours", () => {
    expect(read("[MOTD]Ann - §aGärten[/MOTD][AD]54321[/AD]")).toEqual({
      motd: "Ann - Gärten",
      port: 54_321,
    });
  });

  test("keeps a name on one line and short", () => {
    expect(read("[MOTD]a\u0000\r\nb\u202e[/MOTD][AD]1[/AD]")?.motd).toMatch(/^[\u0020-\u007e]+$/);
    expect(read(`[MOTD]${"x".repeat(900)}[/MOTD][AD]1[/AD]`)?.motd).toHaveLength(120);
  });

  test.each([
    "",
    "[MOTD]x[/MOTD]",
    "[AD]25565[/AD]",
    "[MOTD][/MOTD][AD]25565[/AD]",
    "[MOTD]x[/MOTD][AD]0[/AD]",
    "[MOTD]x[/MOTD][AD]65536[/AD]",
    "[MOTD]x[/MOTD][AD]-1[/AD]",
    "[MOTD]x[/MOTD][AD]1e3[/AD]",
    "[MOTD]x[/MOTD][AD]192.0.2.7:25565[/AD]",
    "[MOTD]x[/MOTD][AD]25565[/AD] and more",
    `[MOTD]${"x".repeat(1100)}[/MOTD][AD]1[/AD]`,
  ])("takes nothing else: %j", (text) => {
    expect(read(text)).toBeNull();
  });

  test("never throws, and never tells what is out of bounds", () => {
    const noise = fc.uint8Array({ maxLength: 1500 });
    const near = fc
      .tuple(fc.string({ maxLength: 300 }), fc.string({ maxLength: 8 }))
      .map(([motd, port]) => new TextEncoder().encode(`[MOTD]${motd}[/MOTD][AD]${port}[/AD]`));
    fc.assert(
      fc.property(fc.oneof(noise, near), (datagram) => {
        const world = readLanWorld(datagram);
        expect(world === null || (world.port >= 1 && world.port <= 65_535)).toBe(true);
        expect(world?.motd.length ?? 1).toBeLessThanOrEqual(120);
        expect(world?.motd).not.toBe("");
      }),
    );
  });
});
