import { expect, it } from "vitest";
import { readHostName } from "./host-name.ts";

it.each([
  ["home.example.org", "home.example.org"],
  [" Home.Example.ORG. ", "home.example.org"],
  ["münchen.example", "xn--mnchen-3ya.example"],
  ["a-b.c1.dedyn.io", "a-b.c1.dedyn.io"],
])("reads %s as %s", (text, name) => {
  expect(readHostName(text)).toEqual({ ok: true, name });
});

it.each([
  "home",
  "home..example.org",
  "-home.example.org",
  "http://home.example.org",
  "home.example.org:8080",
  "home.example.org/path",
  "user@home.example.org",
  "*.example.org",
  "_dmarc.example.org",
  "two words.example.org",
  "192.168.1.1",
  "example.1",
  "[2001:db8::1]",
  "%68ome.example.org",
  `${"a".repeat(64)}.example.org`,
  `${"a.".repeat(97)}example.org`,
])("refuses %s", (text) => {
  expect(readHostName(text)).toEqual({
    ok: false,
    error: "That is not a host name. It looks like home.example.org.",
  });
});

it("asks for a name", () => {
  expect(readHostName("  ")).toEqual({ ok: false, error: "Enter a name." });
});

it("knows what all names of a provider end in", () => {
  expect(readHostName("home", "duckdns.org")).toEqual({ ok: true, name: "home.duckdns.org" });
  expect(readHostName("home.duckdns.org", "duckdns.org")).toEqual({
    ok: true,
    name: "home.duckdns.org",
  });
  expect(readHostName("home.example.org", "duckdns.org")).toEqual({
    ok: false,
    error: "Names of this provider end in .duckdns.org.",
  });
  expect(readHostName("notduckdns.org", "duckdns.org").ok).toBe(false);
});
