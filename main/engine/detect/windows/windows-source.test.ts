import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunCommand } from "../../system/run-command.ts";
import { parseNetstat } from "./netstat.ts";
import { parseProcessList } from "./process-list.ts";
import { WindowsListenerSource } from "./windows-source.ts";

function fixture(name: string): string {
  return readFileSync(
    new URL(`../../../../test/fixtures/detect/${name}`, import.meta.url),
    "latin1",
  );
}

const netstats = [
  "windows-10-netstat-en.txt",
  "windows-11-netstat-de.txt",
  "windows-11-netstat-fr.txt",
];

test.each(netstats)("%s is read without its words", (name) => {
  const sockets = parseNetstat(fixture(name));
  expect(sockets.map((s) => `${s.transport} ${s.address} ${s.port} ${s.pid}`)).toEqual([
    "tcp 0.0.0.0 135 1012",
    "tcp 0.0.0.0 25565 7312",
    "tcp 127.0.0.1 5939 3400",
    "tcp 192.168.1.30 139 4",
    "tcp :: 135 1012",
    "tcp :: 25565 7312",
    "tcp ::1 3000 8088",
    "tcp fe80::9d2:4c1a:7a0b:1 8123 8200",
    "udp 0.0.0.0 2456 7400",
    "udp 0.0.0.0 5353 9120",
    "udp 127.0.0.1 61544 1012",
    "udp :: 2456 7400",
    "udp fe80::9d2:4c1a:7a0b:1 1900 3400",
  ]);
});

test("a number that is no pid is no row", () => {
  const row = (pid: string): string => `  TCP    0.0.0.0:135   0.0.0.0:0   LISTENING   ${pid}\r\n`;
  expect(parseNetstat(row("4294967295"))).toHaveLength(1);
  expect(parseNetstat(row("9007199254740993"))).toEqual([]);
});

function setUp() {
  const output: Record<string, string> = {
    "NETSTAT.EXE": fixture("windows-11-netstat-de.txt"),
    "powershell.exe": fixture("windows-processes.json"),
  };
  const runs: string[] = [];
  const time = { now: 0 };
  const run: RunCommand = async (file) => {
    const name = file.slice(file.lastIndexOf("\\") + 1);
    runs.push(name);
    time.now += 100;
    const stdout = output[name];
    if (stdout === undefined) throw new Error(`${file} is missing`);
    return { stdout, exitCode: 0 };
  };
  const options = {
    run,
    now: () => time.now,
    ownPid: 8000,
    interfaceOf: () => null,
    systemRoot: String.raw`C:\Windows`,
  };
  return { source: new WindowsListenerSource(options), output, runs, time };
}

describe("WindowsListenerSource", () => {
  test("gives the same model as Linux, without our own tree", async () => {
    const servers = await setUp().source.scan();
    expect(servers.map((s) => [s.transport, s.port, s.addresses.join(), s.process?.name])).toEqual([
      ["tcp", 135, "0.0.0.0,::", "svchost.exe"],
      ["tcp", 139, "192.168.1.30", "System"],
      ["tcp", 5939, "127.0.0.1", "TeamViewer_Service.exe"],
      // Its parent's number was taken over by Homeport, which is younger than it.
      ["tcp", 8123, "fe80::9d2:4c1a:7a0b:1", "hass.exe"],
      ["tcp", 25_565, "0.0.0.0,::", "java.exe"],
      ["udp", 1900, "fe80::9d2:4c1a:7a0b:1", "TeamViewer_Service.exe"],
      ["udp", 2456, "0.0.0.0,::", "valheim_server.exe"],
      ["udp", 5353, "0.0.0.0", "chrome.exe"],
      ["udp", 61_544, "127.0.0.1", "svchost.exe"],
    ]);
    expect(servers.find((s) => s.port === 2456)?.process?.commandLine).toBe(
      'valheim_server.exe -name "Grüße" -port 2456',
    );
    expect(servers.find((s) => s.port === 135)?.process?.commandLine).toBe("");
    expect(servers.filter((s) => s.ephemeral).map((s) => s.port)).toEqual([61_544]);
  });

  test("starts PowerShell for new processes only, and not too often", async () => {
    const { source, output, runs, time } = setUp();
    const before = output["NETSTAT.EXE"] ?? "";
    for (let scan = 0; scan < 5; scan += 1) await source.scan();
    expect(runs.filter((name) => name === "powershell.exe")).toHaveLength(1);
    output["NETSTAT.EXE"] = `${before}  TCP  0.0.0.0:81  0.0.0.0:0  ABH  7000\r\n`;
    expect((await source.scan()).some((s) => s.port === 81)).toBe(false);
    time.now += 5000;
    const found = (await source.scan()).find((s) => s.port === 81);
    expect(found?.process).toEqual({ pid: 7000, name: "pid 7000", commandLine: "" });
    time.now += 5000;
    await source.scan();
    expect(runs.filter((name) => name === "powershell.exe")).toHaveLength(2);
  });

  test.each([
    ["java.exe", String.raw`"C:\Java\bin\java.exe" -jar server.jar`, "java", "server.jar"],
    ["node.exe", "node.exe app.js", "node", "app.js"],
    ["python.exe", "python.exe -m http.server 81", "python", "http.server"],
    ["dotnet.exe", "dotnet.exe Server.dll", "dotnet", "Server.dll"],
    ["wslrelay.exe", "wslrelay.exe --mode 2", "wsl", "WSL"],
    ["com.docker.backend.exe", "com.docker.backend.exe services", "container", "Docker Desktop"],
  ])("%s is named after the program that it runs", async (Name, CommandLine, kind, name) => {
    const { source, output } = setUp();
    const executable = String.raw`C:\Programs\${Name}`;
    output["NETSTAT.EXE"] = "  TCP  0.0.0.0:81  0.0.0.0:0  ABH  7000\r\n";
    output["powershell.exe"] = JSON.stringify([
      { ProcessId: 7000, ParentProcessId: 4, Name, ExecutablePath: executable, CommandLine },
    ]);
    const [server] = await source.scan();
    expect(server?.process).toMatchObject({ name: Name, executable, program: { kind, name } });
  });

  test("a number that another process took over is asked for again", async () => {
    const { source, output, time } = setUp();
    const before = output["NETSTAT.EXE"] ?? "";
    await source.scan();
    output["NETSTAT.EXE"] = before.replaceAll(/.*7312\r\n/g, "");
    await source.scan();
    time.now += 60_000;
    output["NETSTAT.EXE"] = before;
    output["powershell.exe"] = fixture("windows-processes.json").replace("java.exe", "other.exe");
    const servers = await source.scan();
    expect(servers.find((s) => s.port === 25_565)?.process?.name).toBe("other.exe");
  });

  test("shows numbers for names where PowerShell is blocked", async () => {
    const { source, output } = setUp();
    delete output["powershell.exe"];
    expect((await source.scan())[0]?.process?.name).toBe("pid 1012");
    delete output["NETSTAT.EXE"];
    await expect(source.scan()).rejects.toThrow("NETSTAT.EXE is missing");
  });
});

test("the process list survives one process, odd rows and a byte order mark", () => {
  const one = '\u00EF\u00BB\u00BF{"ProcessId":7,"Name":"a\\u0007b.exe"}';
  expect(parseProcessList(one).get(7)?.name).toBe("a b.exe");
  expect(parseProcessList('[null,1,{"ProcessId":"7"},{"ProcessId":8}]').get(8)?.name).toBe("pid 8");
  expect(() => parseProcessList("Get-CimInstance : Access denied")).toThrow(SyntaxError);
});

test("no netstat output makes the parser throw", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom("TCP [::]:80 [::]:0 x 1", "UDP 1.2.3:9 *:* 4", "TCP :0 :0 4"),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const sockets = parseNetstat(lines.join("\n"));
      expect(sockets.every(({ port }) => port > 0 && port < 65_536)).toBe(true);
    }),
  );
});
