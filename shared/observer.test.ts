import { describe, expect, test } from "vitest";
import { observerAddress, publicObservers, readObserver } from "./observer.ts";

describe("a server as people write it", () => {
  test.each([
    ["stun.example.org", "stun.example.org:3478"],
    [" STUN.Example.org:19302 ", "stun.example.org:19302"],
    ["stun:stun.example.org", "stun.example.org:3478"],
    ["stun:stun.example.org:5000", "stun.example.org:5000"],
    ["52.3.4.1", "52.3.4.1:3478"],
    ["52.3.4.1:1", "52.3.4.1:1"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example:3478"],
    ["3478.example", "3478.example:3478"],
  ])("%s", (text, server) => {
    expect(readObserver(text)).toEqual({ ok: true, server });
    expect(readObserver(server)).toEqual({ ok: true, server });
  });

  test.each([
    ["", /no server/],
    ["stun", /no server/],
    ["https://stun.example.org", /no server|port/],
    ["me@stun.example.org", /no server/],
    ["stun.example.org/x", /no server/],
    ["stun..example.org", /no server/],
    ["-stun.example.org", /no server/],
    ["bücher.example", /no server/],
    [`${"a.".repeat(127)}org`, /no server/],
    ["52.3.4", /no server/],
    ["52.3.4.256", /no server/],
    ["0x34.3.4.1", /no server/],
    ["stun.example.org:", /port/],
    ["stun.example.org:0", /port/],
    ["stun.example.org:65536", /port/],
    ["stun.example.org:3478 ; rm", /port/],
    ["[2001:db8::1]:3478", /IPv4/],
    ["2001:db8::1", /IPv4/],
    ["192.168.1.1", /on the internet/],
    ["127.0.0.1:3478", /on the internet/],
    ["100.64.0.1", /on the internet/],
  ])("“%s” is none", (text, error) => {
    expect(readObserver(text)).toEqual({ ok: false, error: expect.stringMatching(error) });
  });
});

test("the known ones are written as the settings keep them", () => {
  for (const { server } of publicObservers) {
    expect(readObserver(server)).toEqual({ ok: true, server });
  }
  expect(observerAddress("stun.example.org:19302")).toEqual({
    host: "stun.example.org",
    port: 19_302,
  });
});
