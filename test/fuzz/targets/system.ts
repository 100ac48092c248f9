/** What this PC's own system prints; the names in it are chosen by programs. */
import { parseSocketTable } from "../../../main/engine/detect/linux/socket-table.ts";
import { parseArguments } from "../../../main/engine/detect/linux/process.ts";
import { parseLsof } from "../../../main/engine/detect/macos/lsof.ts";
import { parseNetstat as parseMacNetstat } from "../../../main/engine/detect/macos/netstat.ts";
import { parseExecutables, parsePs } from "../../../main/engine/detect/macos/ps.ts";
import { parseDirectories } from "../../../main/engine/detect/macos/working-directories.ts";
import { identifyProgram, splitCommandLine } from "../../../main/engine/detect/program.ts";
import { parseNetstat } from "../../../main/engine/detect/windows/netstat.ts";
import { parseProcessList } from "../../../main/engine/detect/windows/process-list.ts";
import type { Target } from "../target.ts";
import { claim, claimAddress, claimPort, claimShowable, orRefusal } from "./claims.ts";
import { latin1 } from "./text.ts";

/** Bytes of a listing; real ones may have more, and are read in the same way. */
const LISTING = 65_536;

function claimPid(pid: number): void {
  claim(Number.isSafeInteger(pid) && pid >= 0, "a pid is a number");
}

const targets: readonly Target[] = [
  {
    name: "socket-table",
    maxLength: LISTING,
    seeds: [
      // Each line once had all lines behind it looked through.
      "\n".repeat(LISTING),
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0\n",
      "   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1\n   2: 0000000000000000FFFF00000100007F:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 778 2\n",
    ],
    words: ["00000000:0000 0A ", ":0000 07 ", ": ", "\n"],
    run: (input) => {
      const table = Buffer.from(input);
      for (const transport of ["tcp", "udp"] as const) {
        for (const row of parseSocketTable(table, transport)) {
          claimAddress(row.address);
          claimPort(row.port);
        }
      }
    },
  },
  {
    name: "lsof",
    maxLength: LISTING,
    seeds: [
      "p501\nR1\ncControlCe\nf9\ntIPv4\nd0xa\nPTCP\nn*:7000\nTST=LISTEN\nTQR=0\nf10\ntIPv6\nd0xb\nPUDP\nn[fe80:5::1]:5353\n",
      "p1\ncmy\\x20app\\xc3\\xa4\nf3\ntIPv4\nd1\nPUDP\nn10.0.0.1:53->10.0.0.2:53\n",
    ],
    words: ["PTCP\n", "TST=LISTEN\n", "n*:", "\\x", "[", "]", "%", "fe80:"],
    run: (input) => {
      for (const socket of parseLsof(latin1(input))) {
        claimPid(socket.pid);
        claimPid(socket.parent);
        claimAddress(socket.address);
        claimPort(socket.port);
        claimShowable(socket.command, LISTING);
      }
    },
  },
  {
    name: "mac-listings",
    maxLength: LISTING,
    seeds: [
      "tcp4       0      0  127.0.0.1.8080         *.*                    LISTEN\nudp46      0      0  *.5353                 *.*\ntcp6       0      0  fe80::1%lo0.49152      *.*       LISTEN\n",
      "p501\nfcwd\nn/Users/kim/My\\x20World\n",
      "    1     0 /sbin/launchd\n  501     1 /Applications/My App.app/Contents/MacOS/app --password x\n",
    ],
    words: ["udp4", "tcp46", "*.*", "LISTEN", " "],
    run: (input) => {
      const text = latin1(input);
      const { servers, ephemeral } = parseMacNetstat(text);
      claim(servers.length + ephemeral.length <= text.length, "nothing grows");
      for (const [pid, { parent, commandLine }] of parsePs(text)) {
        claimPid(pid);
        claimPid(parent);
        claimShowable(commandLine, 4096);
      }
      for (const paths of [parseExecutables(text), parseDirectories(text)]) {
        for (const [pid, path] of paths) {
          claimPid(pid);
          claimShowable(path, 1024);
        }
      }
    },
  },
  {
    name: "windows-netstat",
    maxLength: LISTING,
    seeds: [
      "  TCP    0.0.0.0:135            0.0.0.0:0              ABH\u008eREN         1040\r\n  TCP    [fe80::1%12]:49664           [::]:0                 LISTENING       8\r\n  UDP    0.0.0.0:5353           *:*                                    2040\r\n",
    ],
    words: ["TCP", "UDP", "*:*", ":0", "[", "]", "%"],
    run: (input) => {
      for (const socket of parseNetstat(latin1(input))) {
        claimPid(socket.pid);
        claimAddress(socket.address);
        claimPort(socket.port);
      }
    },
  },
  {
    name: "windows-processes",
    maxLength: LISTING,
    seeds: [
      '\u00ef\u00bb\u00bf[{"ProcessId":4,"ParentProcessId":0,"Name":"System","ExecutablePath":null,"CommandLine":null,"Started":638000000000000000},{"ProcessId":1040,"ParentProcessId":4,"Name":"a.exe","ExecutablePath":"C:\\\\a b\\\\a.exe","CommandLine":"\\"C:\\\\a b\\\\a.exe\\" -x"}]',
      '{"ProcessId":1}',
    ],
    words: ['"ProcessId":', '"Name":', "null", "\\u0000", "\\ud800", "{", "}"],
    run: (input) => {
      const table = orRefusal(() => parseProcessList(latin1(input)), SyntaxError);
      for (const [pid, { parent, name, commandLine, executable }] of table ?? []) {
        claimPid(pid);
        claimPid(parent);
        claimShowable(name, 260);
        claimShowable(commandLine, 4096);
        claimShowable(executable ?? null, 1024);
      }
    },
  },
  {
    name: "command-line",
    maxLength: 4096,
    seeds: [
      "java\0-Xmx4G\0-jar\0/srv/server.jar\0nogui\0",
      "/usr/bin/docker-proxy\0-proto\0tcp\0-host-port\x0080\0-container-ip\x00172.17.0.2\0-container-port\x0080\0",
      "socat\0TCP-LISTEN:80,fork\0TCP:[::1]:8080\0",
      "C:\\Program Files\\x.exe\0-a",
      '"C:\\a b\\node.exe" run index.js',
    ],
    words: ["-jar", "-m", "socat", "docker-proxy", "wine64-preloader", ".exe", '"', "\0", "tcp:"],
    run: (input) => {
      const text = latin1(input);
      for (const args of [parseArguments(text), splitCommandLine(text)]) {
        const program = identifyProgram(args[0] ?? "", args);
        if (program === null) continue;
        claim(program.name.length <= text.length + 32, "nothing grows");
        if (program.target !== undefined) claimAddress(program.target.address);
      }
    },
  },
];

export const systemTargets = targets;
