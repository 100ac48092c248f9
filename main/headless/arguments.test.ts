import { describe, expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

function run(...words: string[]) {
  const parsed = parseArguments(words);
  if (parsed.kind !== "run") throw new Error(`expected a run, got ${JSON.stringify(parsed)}`);
  return parsed.arguments;
}

describe("parseArguments", () => {
  test("has defaults", () => {
    expect(run()).toEqual({
      expose: [],
      despiteWarning: false,
      gateway: null,
      observer: null,
      config: null,
      dataDirectory: null,
      once: false,
      timeout: 15,
      verbose: false,
    });
  });

  test("reads exposures with and without an external port; the last of a port wins", () => {
    expect(
      run("--expose", "tcp/8080", "--expose=UDP/34197=40000", "--expose", "tcp/8080=81").expose,
    ).toEqual([
      { transport: "tcp", internalPort: 8080, externalPort: 81 },
      { transport: "udp", internalPort: 34197, externalPort: 40000 },
    ]);
  });

  test("reads ports of other devices beside our own", () => {
    expect(
      run("--expose", "tcp/80@192.168.1.20=8080", "--expose", "tcp/80", "--despite-warning"),
    ).toMatchObject({
      expose: [
        { transport: "tcp", internalPort: 80, externalPort: 8080, host: "192.168.1.20" },
        { transport: "tcp", internalPort: 80, externalPort: null },
      ],
      despiteWarning: true,
    });
  });

  test("reads the server that tells the address seen from the internet", () => {
    expect(run("--observer", "STUN.example.org").observer).toBe("stun.example.org:3478");
  });

  test("reads a block of ports", () => {
    expect(run("--expose", "udp/2456=3000+UDP/2457+tcp/2458").expose).toEqual([
      {
        transport: "udp",
        internalPort: 2456,
        externalPort: 3000,
        block: [
          { transport: "udp", internalPort: 2457 },
          { transport: "tcp", internalPort: 2458 },
        ],
      },
    ]);
  });

  test("reads who may connect, for every port", () => {
    const allowed = ["--allow", "198.51.100.7", "--allow=2001:DB8::/32"];
    expect(run("--expose", "tcp/80", "--expose", "udp/90", ...allowed).expose).toEqual([
      {
        transport: "tcp",
        internalPort: 80,
        externalPort: null,
        sources: ["198.51.100.7", "2001:db8::/32"],
      },
      {
        transport: "udp",
        internalPort: 90,
        externalPort: null,
        sources: ["198.51.100.7", "2001:db8::/32"],
      },
    ]);
  });

  test.each([
    [["--expose", "tcp/80", "--allow", "friend.example"], "--allow: “friend.example” is no IP"],
    [["--expose", "tcp/80", "--allow", "0.0.0.0/0"], "is everybody"],
    [["--expose", "tcp/80", ...Array.from({ length: 9 }, () => "--allow=52.3.4.5")], "at most 8"],
    [["--allow", "52.3.4.5"], "--allow: says who may connect"],
    [["--expose", "tcp/80+90"], "--expose tcp/80+90: expected tcp/PORT"],
    [["--expose", "tcp/80+tcp/0"], "--expose tcp/80+tcp/0: a port"],
    [["--expose", "tcp/99999"], "--expose tcp/99999: a port is a number from 1 to 65535"],
    [["--expose", "tcp/0"], "--expose tcp/0: a port"],
    [["--expose", "tcp/8080=70000"], "--expose tcp/8080=70000: a port"],
    [["--expose", "tcp/80@192.168.1"], "--expose tcp/80@192.168.1: after @ comes an IPv4 address"],
    [["--expose", "sctp/80"], "--expose sctp/80: expected tcp/PORT"],
    [["--expose", "8080"], "--expose 8080: expected tcp/PORT"],
    [["--expose"], "--expose"],
    [["--gateway", "router.example"], "--gateway router.example: not an IP address"],
    [["1", "2", "3", "4", "5"].map((end) => `--gateway=10.0.0.${end}`), "at most 4 gateways"],
    [["--observer", "[::1]:3478"], "--observer [::1]:3478: Homeport compares IPv4"],
    [["--observer", "stun.example.org:0"], "--observer stun.example.org:0: A port"],
    [["--timeout", "soon"], "--timeout soon: expected seconds"],
    [["--timeout", "-1"], "--timeout"],
    [["--data-dir", ""], "--data-dir: expected a folder"],
    [["--frobnicate"], "--frobnicate"],
    [["tcp/8080"], "tcp/8080"],
  ])("names the mistake in %j", (words, message) => {
    const parsed = parseArguments(words);
    expect(parsed.kind).toBe("error");
    expect(parsed.kind === "error" && parsed.message).toContain(message);
  });
});
