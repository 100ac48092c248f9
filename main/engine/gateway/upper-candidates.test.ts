import { expect, test } from "vitest";
import { upperCandidates } from "./upper-candidates.ts";

test.each([
  ["192.168.1.50", "192.168.1"],
  ["10.20.30.40", "10.20.30"],
  ["172.16.5.9", "172.16.5"],
  ["100.64.7.8", "100.64.7"],
])("behind %s: the likely routers of its network, then anycast by PCP", (external, network) => {
  expect(upperCandidates(external, null)).toEqual([
    { address: `${network}.1`, clientAddress: external },
    { address: `${network}.254`, clientAddress: external },
    { address: "192.0.0.9", clientAddress: external, protocols: ["pcp"] },
  ]);
});

test("the router that the way shows goes first, if it is in a network that is not the internet's", () => {
  const behind = (hop: string) => upperCandidates("10.0.0.7", hop).map(({ address }) => address);
  const guessed = ["10.0.0.1", "10.0.0.254", "192.0.0.9"];
  expect(behind("10.0.3.138")).toEqual(["10.0.3.138", ...guessed]);
  expect(behind("100.64.0.1")).toEqual(["100.64.0.1", ...guessed]);
  expect(behind("10.0.0.254")).toEqual(["10.0.0.254", "10.0.0.1", "192.0.0.9"]);
  for (const hop of ["10.0.0.7", "8.8.8.8", "169.254.3.4", "127.0.0.1", "fd00::1", "x"]) {
    expect(behind(hop)).toEqual(guessed);
  }
  expect(upperCandidates("10.0.0.7", "10.0.3.138")[0]).toEqual({
    address: "10.0.3.138",
    clientAddress: "10.0.0.7",
  });
});

test("never our own router itself", () => {
  expect(upperCandidates("192.168.1.1", null).map(({ address }) => address)).toEqual([
    "192.168.1.254",
    "192.0.0.9",
  ]);
});

test("DS-Lite: the far end of the tunnel, which sees this PC untranslated", () => {
  expect(upperCandidates("192.0.0.2", "10.0.0.1")).toEqual([
    { address: "192.0.0.1", protocols: ["pcp"] },
    { address: "192.0.0.9", protocols: ["pcp"] },
  ]);
});

test.each([
  "203.0.113.7",
  "8.8.8.8",
  "172.32.0.1",
  "100.128.0.1",
  "169.254.3.4",
  "127.0.0.1",
  "0.0.0.0",
  "224.0.0.1",
  "",
  "::ffff:192.168.1.5",
  "fd00::1",
  "0xc0.168.1.5",
  "192.168.1.5.evil.example",
])("nobody is asked behind %s", (external) => {
  expect(upperCandidates(external, null)).toEqual([]);
});
