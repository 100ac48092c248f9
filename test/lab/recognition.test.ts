/** Real servers on the PC, recognised by what they are and asked in their own language. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecognisedServer, Snapshot } from "../../shared/snapshot.ts";
import type { Lab } from "./lab.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const source = fileURLToPath(new URL("./StatusServer.java", import.meta.url));
type Place = Parameters<Lab["spawn"]>[0];

const minecraft = fileURLToPath(new URL("../minecraft", import.meta.url));
const packages = {
  "avahi-daemon": "avahi-daemon",
  nginx: "nginx-light",
  murmurd: "mumble-server",
  java: "default-jdk-headless",
  javac: "default-jdk-headless",
  jar: "default-jdk-headless",
  python3: "python3",
};

const bonjour = fileURLToPath(import.meta.resolve("bonjour-service"));

describe.skipIf(noLab)(`recognition${whyNoLab}`, () => {
  const home = useLab({}, packages);
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "homeport-servers-"));
    // Mumble gives up root before it makes its database.
    chmodSync(directory, 0o777);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs on the PC until the end of the test. */
  function run(
    command: string,
    args: readonly string[],
    cwd = directory,
    place: Place = "pc",
  ): void {
    const child = home.lab.spawn(place, command, args, { cwd, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    home.atEnd(async () => {
      child.kill("SIGKILL");
      await ended;
    });
  }

  async function found(
    socket: string,
    until: (server: RecognisedServer) => boolean = () => true,
  ): Promise<RecognisedServer> {
    const find = ({ servers }: Snapshot): RecognisedServer | undefined =>
      servers.find((one) => `${one.transport}/${one.port}` === socket && until(one));
    const homeport = home.start();
    const snapshot = await homeport.now(
      `${socket} is recognised`,
      (latest) => find(latest) !== undefined,
      20_000,
    );
    return find(snapshot) as RecognisedServer;
  }

  test("a Minecraft server of Node (flying-squid), by its own answer", async () => {
    run(process.execPath, ["server.mjs", "25565"], minecraft);
    const server = await found("tcp/25565", ({ details }) => details?.version !== undefined);
    expect(server.service).toMatchObject({ id: "minecraft-java", confidence: "high" });
    expect(server.details).toMatchObject({
      name: "A Homeport world",
      players: 0,
      maxPlayers: 12,
      version: "1.16.5",
    });
  });

  test("a Java server, by its archive, its configuration and its answer", async () => {
    const folder = join(directory, "minecraft");
    mkdirSync(folder);
    execFileSync("javac", ["-d", folder, source]);
    execFileSync("jar", ["cfe", "server.jar", "StatusServer", "StatusServer.class"], {
      cwd: folder,
    });
    writeFileSync(join(folder, "server.properties"), "motd=x\nserver-port=25571\n");
    run("java", ["-jar", "server.jar", "25571"], folder);
    const server = await found("tcp/25571", ({ details }) => details !== undefined);
    expect(server).toMatchObject({
      title: "Minecraft: Java Edition",
      service: { id: "minecraft-java", role: "game", confidence: "high" },
      warnings: ["open-to-strangers"],
      details: { name: "Lab world", players: 3, maxPlayers: 20, version: "Paper 1.21.4" },
    });
    const kinds = server.service?.evidence.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["program", "configuration", "answer"]));
  });

  test("Mumble, with its users over UDP", async () => {
    const file = join(directory, "murmur.ini");
    writeFileSync(file, `database=${join(directory, "murmur.sqlite")}\nusers=42\nbonjour=False\n`);
    run("murmurd", ["-fg", "-ini", file]);
    const server = await found("udp/64738", ({ details }) => details !== undefined);
    expect(server).toMatchObject({
      title: "Mumble",
      service: { id: "mumble", role: "voice", confidence: "high" },
      warnings: [],
      details: { players: 0, maxPlayers: 42, version: expect.stringMatching(/^1\.\d/) },
    });
  });

  test("nginx, by its page's title", async () => {
    writeFileSync(join(directory, "index.html"), "<title>Lab &amp; garden</title>");
    const file = join(directory, "nginx.conf");
    writeFileSync(
      file,
      `daemon off; user root; pid ${directory}/nginx.pid; error_log /dev/null; events {}
       http { access_log off; server { listen 80; root ${directory}; } }`,
    );
    run("nginx", ["-c", file]);
    const server = await found("tcp/80", ({ details }) => details !== undefined);
    expect(server).toMatchObject({
      title: "Lab & garden",
      service: { id: "web-server", role: "http", confidence: "high" },
      details: { version: expect.stringMatching(/^nginx/) },
    });
  });

  test("Python's file server on IPv6 alone, with the warning it deserves", async () => {
    run("python3", ["-m", "http.server", "8000", "--bind", "::1"]);
    const server = await found("tcp/8000", ({ details }) => details !== undefined);
    expect(server).toMatchObject({
      title: "Python file server",
      service: { id: "file-listing" },
      warnings: ["shows-files"],
      scope: "loopback",
      addresses: ["::1"],
    });
  });

  test("a Node program of nobody's catalogue, by its page's title alone", async () => {
    const file = join(directory, "wiki.mjs");
    writeFileSync(
      file,
      `import { createServer } from "node:http";
       createServer((_, answer) => answer.end("<title>My wiki</title>")).listen(3456);`,
    );
    run(process.execPath, [file, "--token", "hunter2"]);
    const server = await found("tcp/3456", ({ details }) => details !== undefined);
    expect(server).toMatchObject({ service: null, title: "My wiki", warnings: [] });
    expect(server.process?.commandLine).toContain("--token •••");
  });

  test("what this PC announces names its servers, what others announce is listed apart", async () => {
    const file = join(directory, "announced.mjs");
    writeFileSync(
      file,
      `import { createServer } from "node:net";
       import bonjour from ${JSON.stringify(bonjour)};
       createServer().listen(4567);
       new bonjour.Bonjour().publish({ name: "Lab box", type: "mqtt", port: 4567, probe: false });`,
    );
    run(process.execPath, [file]);
    const configuration = join(directory, "avahi.conf");
    writeFileSync(
      configuration,
      `[server]
       host-name=labrouter
       enable-dbus=no
       use-ipv6=no
       [publish]
       publish-workstation=yes`.replaceAll(/^ +/gm, ""),
    );
    const avahi = ["--no-drop-root", "--no-rlimits", "--no-chroot", "-f", configuration];
    run("avahi-daemon", avahi, directory, "gw");
    const homeport = home.start();
    const snapshot = await homeport.now(
      "both are heard",
      ({ servers, network = [] }) =>
        network.length > 0 && servers.some(({ title }) => title === "Lab box"),
      30_000,
    );
    expect(snapshot.network).toContainEqual(
      expect.objectContaining({
        name: expect.stringMatching(/^labrouter/),
        type: "_workstation._tcp",
        transport: "tcp",
        host: "labrouter",
      }),
    );
    expect(snapshot.network?.some(({ name }) => name === "Lab box")).toBe(false);
    expect(snapshot.servers.find(({ port }) => port === 4567)).toMatchObject({
      service: null,
      details: { name: "Lab box" },
    });
    // Its own socket for listening is no server.
    expect(
      snapshot.servers.filter(({ port, process }) => port === 5353 && process?.name === "node"),
    ).toHaveLength(1);
  });
});
