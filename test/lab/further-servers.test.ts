/** Further real servers, of Debian and npm: some are asked, some told by their program alone, some refused. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import { pidsIn } from "./namespaces.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const npmServers = fileURLToPath(new URL("../servers", import.meta.url));
const packages = {
  Xtigervnc: "tigervnc-standalone-server",
  smtpd: "opensmtpd",
  icecast2: "icecast2",
  mosquitto: "mosquitto",
  memcached: "memcached",
  bzfs: "bzflag-server",
  "armagetronad-dedicated": "armagetronad-dedicated",
  minetestserver: "minetest-server",
  "wesnothd-1.16": "wesnoth-1.16-server",
};
/** Shows that the desktop's log would tell of a visit. */
const visit = `require("node:net").connect(5909, "127.0.0.1", function () {
  this.once("data", () => this.destroy());
});`;

describe.skipIf(noLab)(`further servers${whyNoLab}`, () => {
  const home = useLab({}, packages);
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "homeport-asked-"));
    // Icecast gives up root before it opens its logs.
    chmodSync(directory, 0o777);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function write(name: string, text: string): string {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  }

  /** Runs in the test's own folder. */
  function run(command: string, ...args: readonly string[]): void {
    home.run(command, args, { cwd: directory });
  }

  function runNode(...args: readonly string[]): void {
    home.run(process.execPath, args, { cwd: npmServers });
  }

  function runMail(): void {
    // It looks its visitors' names up before it greets, and the lab's internet has none to ask.
    home.lab.useResolver("pc", "127.0.0.1");
    const lines = [
      "listen on 0.0.0.0 port 25 hostname mail.home.example",
      'action "drop" mbox',
      "match from any for any reject",
    ];
    run("smtpd", "-d", "-f", write("smtpd.conf", `${lines.join("\n")}\n`));
  }

  function runIcecast(): void {
    const share = "/usr/share/icecast2";
    const settings = `<icecast>
      <authentication>
        <source-password>hunter2</source-password>
        <admin-user>admin</admin-user><admin-password>hunter2</admin-password>
      </authentication>
      <listen-socket><port>8000</port></listen-socket>
      <paths>
        <basedir>${share}</basedir><webroot>${share}/web</webroot>
        <adminroot>${share}/admin</adminroot><logdir>${directory}</logdir>
      </paths>
      <security>
        <changeowner><user>nobody</user><group>nogroup</group></changeowner>
      </security>
    </icecast>`;
    run("icecast2", "-c", write("icecast.xml", settings));
  }

  /** Its program may be found a moment later than its socket. */
  const known = ({ service }: RecognisedServer): boolean => service !== null;

  /** Ends what was started, and sees that it is gone with all its children. */
  async function endAll(before: readonly number[]): Promise<void> {
    await home.end();
    const left = (): number[] => pidsIn(home.lab.id, "pc").filter((pid) => !before.includes(pid));
    await until("nothing of it runs any more", () => left().length === 0);
  }

  test("answer in their own languages", async () => {
    const before = pidsIn(home.lab.id, "pc");
    runMail();
    runIcecast();
    runNode("rtsp-streaming-server.mjs", "8554");
    runNode("bedrock-server.mjs", "19132");
    const homeport = home.start();
    const answered = ({ details }: RecognisedServer): boolean => details !== undefined;
    expect(await homeport.found("tcp/25", answered)).toMatchObject({
      title: "Mail (SMTP)",
      service: { id: "smtp", role: "smtp", confidence: "high" },
      warnings: ["password-guessing"],
      details: { version: "mail.home.example ESMTP OpenSMTPD" },
    });
    expect(await homeport.found("tcp/8000", answered)).toMatchObject({
      title: "Icecast or SHOUTcast",
      service: { id: "icecast", role: "http", confidence: "high" },
      warnings: [],
      details: { version: expect.stringMatching(/^Icecast 2\./) },
    });
    const camera = await homeport.found("tcp/8554", answered);
    expect(camera).toMatchObject({
      title: "Camera stream (RTSP)",
      service: { id: "mediamtx", role: "rtsp", confidence: "high" },
      warnings: ["unencrypted"],
    });
    expect(camera.service?.evidence).toContainEqual({ kind: "answer", detail: "rtsp" });
    expect(await homeport.found("udp/19132", answered)).toMatchObject({
      title: "Minecraft: Bedrock Edition",
      service: { id: "minecraft-bedrock", role: "game", confidence: "high" },
      warnings: ["open-to-strangers"],
      details: { name: "Homeport Bedrock", players: 2, maxPlayers: 10, version: "1.21.50" },
    });
    await endAll(before);
  });

  /** Arguments, then what they are recognised as, by socket. */
  const games = {
    "/usr/games/bzfs": [
      ["-p", "5160"],
      { "tcp/5160": "bzflag game", "udp/5160": "bzflag game-udp" },
    ],
    "/usr/games/armagetronad-dedicated": [
      ["--userdatadir", "armagetron"],
      { "udp/4534": "armagetron game" },
    ],
    "/usr/games/minetestserver": [
      ["--world", "world", "--port", "30005"],
      { "udp/30005": "luanti game" },
    ],
    "/usr/games/wesnothd-1.16": [["-p", "15001"], { "tcp/15001": "wesnoth game" }],
  } as const;

  test("games that no language is known for are told by their programs and ports", async () => {
    const before = pidsIn(home.lab.id, "pc");
    for (const [command, [args]] of Object.entries(games)) run(command, ...args);
    const homeport = home.startWithCommands();
    for (const [, sockets] of Object.values(games)) {
      for (const [socket, what] of Object.entries(sockets)) {
        const { service, warnings, scope } = await homeport.found(socket, known);
        expect(`${service?.id} ${service?.role}`).toBe(what);
        expect({ confidence: service?.confidence, warnings, scope }).toEqual({
          confidence: "high",
          warnings: [],
          scope: "network",
        });
      }
    }
    homeport.execute("expose", { transport: "udp", internalPort: 30_005, externalPort: null });
    await homeport.mapped("udp", 30_005);
    expect(await home.lab.dnat()).toMatchObject([{ transport: "udp", toPort: 30_005 }]);
    await endAll(before);
  });

  test("what must stay closed is refused, and a remote desktop is left alone", async () => {
    const before = pidsIn(home.lab.id, "pc");
    const log = join(directory, "vnc.log");
    const words = `exec Xtigervnc :9 -rfbport 5909 -SecurityTypes None >${log} 2>&1`;
    run("sh", "-c", words);
    run("mosquitto", "-c", write("mosquitto.conf", "listener 1883\nallow_anonymous true\n"));
    run("memcached", "-u", "nobody");
    run("python3", "-m", "http.server", "8001");
    const homeport = home.startWithCommands();
    const dangerous = {
      5909: { id: "vnc", role: "vnc", warnings: ["remote-desktop"] },
      1883: { id: "mqtt", role: "mqtt", warnings: ["control-interface"] },
      11211: { id: "memcached", role: "db", warnings: ["database"] },
    };
    for (const [port, { id, role, warnings }] of Object.entries(dangerous)) {
      expect(await homeport.found(`tcp/${port}`, known)).toMatchObject({
        service: { id, role, confidence: "high" },
        warnings,
      });
      const internalPort = Number(port);
      homeport.execute("expose", { transport: "tcp", internalPort, externalPort: null });
    }
    // Whoever is asked has had its turn when the last one of them has answered.
    await homeport.found("tcp/8001", ({ details }) => details !== undefined);
    const refusals = (): number =>
      homeport.stderr.match(/^expose: \{"code":"unsafe"/gm)?.length ?? 0;
    await until("all are refused", () => refusals() === 3);
    expect(homeport.latest?.exposures).toEqual([]);
    expect(await home.lab.dnat()).toEqual([]);
    expect(readFileSync(log, "utf8")).not.toContain("Connections:");
    await home.lab.exec("pc", process.execPath, ["-e", visit]);
    const isTold = (): boolean =>
      readFileSync(log, "utf8").includes("Connections: accepted: 127.0.0.1");
    await until("the visit is in its log", isTold);
    await endAll(before);
  });
});
