import { describe, expect, test } from "vitest";
import { describeSources, parseSource, prefixOf, sameSources, sourcesOfFamily } from "./sources.ts";

describe("who may connect", () => {
  test.each([
    ["198.51.100.7", "198.51.100.7"],
    [" 198.51.100.7/32 ", "198.51.100.7"],
    ["198.51.100.7/24", "198.51.100.0/24"],
    ["2001:DB8:0::7", "2001:db8::7"],
    ["2001:db8::7/128", "2001:db8::7"],
    ["2001:db8::7/32", "2001:db8::/32"],
    ["::ffff:198.51.100.7", "198.51.100.7"],
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["127.0.0.2", "127.0.0.2"],
  ])("%s is %s", (text, source) => {
    expect(parseSource(text)).toEqual({ ok: true, source });
  });

  test.each([
    ["", "is no IP address"],
    ["example.org", "is no IP address"],
    ["1", "is no IP address"],
    ["010.0.0.1", "is no IP address"],
    ["198.51.100.7/24/8", "is no IP address"],
    ["fe80::1%eth0", "is no IP address"],
    ["198.51.100.7/33", "from 1 to 32"],
    ["198.51.100.7/-1", "from 1 to 32"],
    ["198.51.100.7/", "from 1 to 32"],
    ["2001:db8::/129", "from 1 to 128"],
    ["0.0.0.0/0", "is everybody"],
    ["::/0", "is everybody"],
    ["0.0.0.0", "of no visitor"],
    ["224.0.0.1", "of no visitor"],
    ["255.255.255.255", "of no visitor"],
    ["ff02::1", "of no visitor"],
  ])("%s is refused: %s", (text, why) => {
    const parsed = parseSource(text);
    expect(parsed.ok ? parsed.source : parsed.message).toContain(why);
  });

  test("a long text does not come back whole", () => {
    const parsed = parseSource("x".repeat(5000));
    expect(parsed.ok ? "" : parsed.message.length).toBeLessThan(100);
  });

  test("prefixes of what was parsed", () => {
    expect(prefixOf("198.51.100.7")).toEqual({ address: "198.51.100.7", prefixLength: 32 });
    expect(prefixOf("2001:db8::/32")).toEqual({ address: "2001:db8::", prefixLength: 32 });
    expect(prefixOf("2001:db8::7")).toEqual({ address: "2001:db8::7", prefixLength: 128 });
  });

  test("a family that is left out lets in nobody, which is not everybody", () => {
    expect(sourcesOfFamily([], 4)).toEqual([]);
    expect(sourcesOfFamily(["198.51.100.7", "2001:db8::7"], 6)).toEqual(["2001:db8::7"]);
    expect(sourcesOfFamily(["198.51.100.7"], 6)).toBeNull();
  });

  test("order and repetition do not count", () => {
    expect(sameSources(["a", "b", "a"], ["b", "a"])).toBe(true);
    expect(sameSources(["a"], ["a", "b"])).toBe(false);
    expect(sameSources(undefined, [])).toBe(true);
    expect(sameSources(["a"], undefined)).toBe(false);
  });

  test("in words", () => {
    expect(describeSources([])).toBeNull();
    expect(describeSources(["198.51.100.7"])).toBe("1 address only");
    expect(describeSources(["198.51.100.7", "2001:db8::7"])).toBe("2 addresses only");
    expect(describeSources(["198.51.100.0/24"])).toBe("1 range only");
    expect(describeSources(["198.51.100.7", "203.0.113.0/24", "2001:db8::/32"])).toBe(
      "1 address and 2 ranges only",
    );
  });
});
