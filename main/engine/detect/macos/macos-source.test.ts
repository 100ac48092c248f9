import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunCommand } from "../../system/run-command.ts";
import { parseLsof } from "./lsof.ts";
import { MacosListenerSource } from "./macos-source.ts";
import { parseNetstat } from "./netstat.ts";
import { parseExecutables, parsePs } from "./ps.ts";
import { directoryArguments, parseDirectories } from "./working-directories.ts";

function fixture(name: string): string {
  return readFileSync(
    new URL(`../../../../test/fixtures/detect/${name}`, import.meta.url),
    "latin1",
  );
}

describe("netstat of macOS", () => {
  test.each([
    ["macos-14-netstat.txt", "tcp46 *.25565"],
    ["macos-15-netstat.txt", "tcp46 *.19132"],
  ])("%s", (name, server) => {
    const { servers, ephemeral } = parseNetstat(fixture(name));
    expect(servers.split("\n")).toEqual(
      [
        "tcp4 *.22",
        "tcp4 127.0.0.1.8080",
        server,
        "tcp6 *.22",
        "tcp6 ::1.8080",
        "udp4 *.2456",
        "udp4 *.5353",
      ].toSorted(),
    );
    expect(ephemeral).toBe("udp6 *.56012");
  });

  test("the columns that macOS 26 added do not matter", () => {
    expect(parseNetstat(fixture("macos-26-netstat-verbose.txt")).servers).toBe(
      "tcp46 *.25565\nudp4 *.2456",
    );
  });
});

test("numbers that are no pid name no process", () => {
  const lsof = (pid: string): string => `p${pid}\nR1\nf1\ntIPv4\nPTCP\nn*:80\nTST=LISTEN\n`;
  expect(parseLsof(lsof("7"))).toMatchObject([{ pid: 7 }]);
  for (const pid of ["-1", "1.5", "1e99", "Infinity", "9007199254740993", "0x10"]) {
    expect(parseLsof(lsof(pid))).toEqual([]);
  }
  expect(parseLsof("p7\nR-1\nf1\ntIPv4\nPTCP\nn*:80\nTST=LISTEN\n")).toMatchObject([{ parent: 0 }]);
  expect(parsePs("9007199254740993 1 x\n7 9007199254740993 y\n8 1 z\n").size).toBe(1);
});

test("executables and working directories are absolute paths of processes, and nothing else", () => {
  expect([
    ...parseExecutables("  1 /sbin/launchd\n 900 -zsh\n x /y\n 7 /A b/c\u001B[31m\n"),
  ]).toEqual([
    [1, "/sbin/launchd"],
    [7, "/A b/c [31m"],
  ]);
  const lsof =
    "n/lost\np7\nfcwd\nn/A\\x20b\np8\nf3\nn/other\np9\nfcwd\nnot a path\npx\nfcwd\nn/y\n";
  expect([...parseDirectories(lsof)]).toEqual([[7, "/A b"]]);
  expect(directoryArguments([7, 8, 7]).at(-1)).toBe("7,8");
});

/** Answers with the fixtures, or with what a test puts in their place; counts the runs. */
function setUp() {
  const output: Record<string, string> = {
    netstat: fixture("macos-15-netstat.txt"),
    lsof: fixture("macos-lsof.txt"),
    "lsof cwd": fixture("macos-lsof-cwd.txt"),
    ps: fixture("macos-ps.txt"),
    "ps comm": fixture("macos-ps-comm.txt"),
  };
  const runs: string[] = [];
  const time = { now: 0 };
  const run: RunCommand = async (file, words) => {
    const variant = words.includes("cwd") ? " cwd" : words.includes("pid=,comm=") ? " comm" : "";
    const name = `${file.slice(file.lastIndexOf("/") + 1)}${variant}`;
    runs.push(name);
    time.now += 10;
    const stdout = output[name];
    if (stdout === undefined) throw new Error(`${file} is missing`);
    return { stdout, exitCode: 0 };
  };
  const source = new MacosListenerSource({
    run,
    now: () => time.now,
    ownPid: 5000,
    interfaceOf: () => null,
  });
  return { source, output, runs, time };
}

describe("MacosListenerSource", () => {
  test("gives the same model as Linux", async () => {
    const servers = await setUp().source.scan();
    const short = servers.map((s) => [
      s.transport,
      s.port,
      s.addresses.join(),
      s.process?.name,
      s.scope,
    ]);
    expect(short).toEqual([
      ["tcp", 22, "0.0.0.0,::", "launchd", "network"],
      ["tcp", 7001, "fe80::aede:48ff:fe00:1122", "ControlCenter", "network"],
      ["tcp", 8080, "127.0.0.1,::1", "nginx", "loopback"],
      ["tcp", 25_565, "::", "java", "network"],
      ["udp", 2456, "0.0.0.0", "Valheim Server", "network"],
      ["udp", 5353, "0.0.0.0", "mDNSResponder", "network"],
      ["udp", 56_012, "::", "Valheim Server", "network"],
    ]);
    expect(servers.filter((s) => s.ephemeral).map((s) => s.port)).toEqual([56_012]);
    expect(servers.find((s) => s.port === 8080)?.process).toEqual({
      pid: 4800,
      name: "nginx",
      commandLine: "nginx: master process nginx",
      executable: "/opt/homebrew/bin/nginx",
    });
    // The program behind an interpreter, by command line, and where it runs.
    expect(servers.find((s) => s.port === 25_565)?.process).toEqual({
      pid: 4711,
      name: "java",
      commandLine: "java -Xmx2G -jar server.jar nogui",
      executable: "/Library/Java/JavaVirtualMachines/temurin-21.jdk/Contents/Home/bin/java",
      workingDirectory: "/Users/kim/Games/Minecraft Sürver",
      program: { kind: "java", name: "server.jar" },
    });
  });

  test("asks lsof only when the listeners changed, and not too often then", async () => {
    const { source, output, runs, time } = setUp();
    await source.scan();
    for (let scan = 0; scan < 10; scan += 1) {
      time.now += 800;
      await source.scan();
    }
    expect(runs.filter((name) => name === "lsof")).toHaveLength(1);
    output["netstat"] = fixture("macos-14-netstat.txt");
    await source.scan();
    expect(runs.filter((name) => name === "lsof")).toHaveLength(2);
    output["netstat"] = fixture("macos-15-netstat.txt");
    await source.scan();
    expect(runs.filter((name) => name === "lsof")).toHaveLength(2);
    time.now += 2000;
    await source.scan();
    expect(runs.filter((name) => name === "lsof")).toHaveLength(3);
  });

  test("clients' UDP ports that come and go do not start lsof each time", async () => {
    const { source, output, runs, time } = setUp();
    await source.scan();
    for (let scan = 0; scan < 20; scan += 1) {
      time.now += 800;
      output["netstat"] = fixture("macos-15-netstat.txt").replace("56012", String(50_000 + scan));
      await source.scan();
    }
    expect(runs.filter((name) => name === "lsof").length).toBeLessThanOrEqual(3);
  });

  test("says so when a command is missing, unless it only adds working directories", async () => {
    const { source, output, time } = setUp();
    delete output["lsof cwd"];
    expect(await setUp().source.scan()).toHaveLength((await source.scan()).length);
    delete output["lsof"];
    output["netstat"] = "";
    time.now += 60_000;
    await expect(source.scan()).rejects.toThrow("lsof is missing");
  });
});

test("no output makes the parsers throw", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "p12",
      "cx",
      "f3",
      "PTCP",
      "n*:80",
      "n[::1]:",
      "TST=LISTEN",
      "tcp4 0 0 *.80 *.* LISTEN",
    ),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join("\n");
      parseNetstat(text);
      parsePs(text);
      parseExecutables(text);
      parseDirectories(text);
      expect(parseLsof(text).every(({ port }) => port > 0 && port < 65_536)).toBe(true);
    }),
  );
});
