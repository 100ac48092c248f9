/** Real servers on the PC, recognised by what they are and asked in their own language. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecognisedServer, Snapshot } from "../../shared/snapshot.ts";
import type { Headless } from "./headless.ts";
import type { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const source = fileURLToPath(new URL("./StatusServer.java", import.meta.url));
type Place = Parameters<Lab["spawn"]>[0];

const npmServers = fileURLToPath(new URL("../servers", import.meta.url));
const packages = {
  "avahi-daemon": "avahi-daemon",
  nginx: "nginx-light",
  murmurd: "mumble-server",
  openttd: "openttd",
  java: "default-jdk-headless",
  javac: "default-jdk-headless",
  jar: "default-jdk-headless",
  python3: "python3",
  sshd: "openssh-server",
  "ssh-keygen": "openssh-client",
  socat: "socat",
};

/** Takes whom comes and says nothing. */
const silentServer = `
  public class MinecraftServer {
    public static void main(String[] args) throws Exception {
      var server = new java.net.ServerSocket(Integer.parseInt(args[0]));
      while (true) server.accept();
    }
  }`;

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

  /** Runs until the end of the test, or until the answer is called. */
  function run(
    command: string,
    args: readonly string[],
    cwd = directory,
    place: Place = "pc",
  ): () => void {
    return home.run(command, args, { cwd, place });
  }

  async function found(...what: Parameters<Headless["found"]>): Promise<RecognisedServer> {
    return home.start().found(...what);
  }

  test("a Minecraft server of Node (flying-squid), by its own answer", async () => {
    run(process.execPath, ["minecraft-server.mjs", "25565"], npmServers);
    const server = await found("tcp/25565", ({ details }) => details?.version !== undefined);
    expect(server).toMatchObject({
      title: "Minecraft: Java Edition",
      service: { id: "minecraft-java", role: "game", confidence: "high" },
      warnings: ["open-to-strangers"],
    });
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

  test("OpenTTD, in the language that gamedig speaks", async () => {
    const file = join(directory, "openttd.cfg");
    writeFileSync(
      file,
      "[network]\nserver_name = Homeport Lines\nmax_clients = 9\nserver_game_type = local\n",
    );
    run("/usr/games/openttd", ["-D", ":3979", "-x", "-g", "-c", file]);
    const server = await found("tcp/3979", ({ details }) => details !== undefined);
    expect(server).toMatchObject({
      title: "OpenTTD",
      service: { id: "openttd", role: "game", confidence: "high" },
      details: { name: "Homeport Lines", players: 0, maxPlayers: 9 },
    });
    expect(server.service?.evidence).toContainEqual({ kind: "answer", detail: "openttd" });
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
      service: { id: "file-listing", role: "http", confidence: "high" },
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
       new bonjour.Bonjour().publish({ name: "Lab box", type: "mqtt", port: 4567, probe: false, txt: { path: "/x" } });`,
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
      announced: { name: "Lab box", type: "_mqtt._tcp", txt: { path: "/x" } },
    });
    // Its own socket for listening is no server.
    expect(
      snapshot.servers.filter(({ port, process }) => port === 5353 && process?.name === "node"),
    ).toHaveLength(1);
  });

  test("sshd, with the warning it deserves", async () => {
    const key = join(directory, "host-key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    // What the system's service makes before it starts it.
    mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    // It starts itself anew for each visitor, so it wants its full path.
    const options = ["-D", "-e", "-f", "/dev/null", "-h", key, "-p", "2222"];
    run("/usr/sbin/sshd", [...options, "-o", "PidFile=none"]);
    const server = await found("tcp/2222", ({ details }) => details !== undefined);
    expect(server).toMatchObject({
      title: "SSH",
      service: { id: "ssh", role: "ssh", confidence: "high" },
      warnings: ["password-guessing"],
      details: { version: expect.stringContaining("OpenSSH") },
    });
  });

  test("a server in another network namespace, by the program behind the proxy", async () => {
    const file = join(directory, "behind.mjs");
    const sign = join(directory, "behind-listens");
    writeFileSync(
      file,
      `import { writeFileSync } from "node:fs";
       import { createServer } from "node:http";
       createServer((_, answer) => answer.end("<title>Behind</title>")).listen(8080, () =>
         writeFileSync(${JSON.stringify(sign)}, ""));`,
    );
    run(process.execPath, [file, "--password=hunter2"], directory, "gw");
    // Before the proxy, whose visitors would find nobody.
    await until("the server listens", () => existsSync(sign));
    run("socat", ["TCP-LISTEN:3457,fork,reuseaddr", "TCP:192.168.77.1:8080"]);
    const server = await found(
      "tcp/3457",
      ({ title, process }) => process?.program?.name === "behind.mjs" && title === "Behind",
    );
    expect(server.process).toMatchObject({
      name: "socat",
      program: { kind: "proxy", target: { address: "192.168.77.1", port: 8080 } },
    });
    expect(server.process?.program?.commandLine).toContain("behind.mjs");
    expect(JSON.stringify(server)).not.toContain("hunter2");
    expect(server.service).toBeNull();
  });

  test("a Java program that only looks like Minecraft is unknown", async () => {
    const folder = join(directory, "lookalike");
    mkdirSync(folder);
    writeFileSync(join(folder, "MinecraftServer.java"), silentServer);
    execFileSync("javac", ["MinecraftServer.java"], { cwd: folder });
    // On the game's own port, with options that servers are started with.
    run("java", ["-Xmx64m", "MinecraftServer", "25565", "--nogui", "--world", "minecraft"], folder);
    const homeport = home.start();
    const find = ({ servers }: Snapshot) => servers.find(({ port }) => port === 25_565);
    await homeport.now("it is seen", (latest) => find(latest) !== undefined);
    // Whoever is asked has had time to answer when the page of a later server is known.
    run("python3", ["-m", "http.server", "8001"], folder);
    const snapshot = await homeport.now("the other one has answered", ({ servers }) =>
      servers.some(({ port, details }) => port === 8001 && details),
    );
    expect(find(snapshot)).toMatchObject({ service: null, title: "MinecraftServer", warnings: [] });
    expect(find(snapshot)).not.toHaveProperty("details");
  });

  test("a world opened to LAN has its own name, a server bound to loopback is shown as such", async () => {
    const folder = join(directory, "world");
    mkdirSync(folder);
    execFileSync("javac", ["-d", folder, source]);
    run("java", ["-cp", folder, "StatusServer", "40123"]);
    run(process.execPath, ["-e", `require("node:net").createServer().listen(4999, "127.0.0.1")`]);
    const homeport = home.start();
    const before = await homeport.now("both are seen", ({ servers }) =>
      [40_123, 4999].every((port) => servers.some((one) => one.port === port)),
    );
    const find = (snapshot: Snapshot, port: number) =>
      snapshot.servers.find((one) => one.port === port);
    expect(find(before, 4999)).toMatchObject({
      scope: "loopback",
      bind: { kind: "loopback" },
      addresses: ["127.0.0.1"],
    });
    expect(find(before, 40_123)).toMatchObject({ service: null, scope: "network" });
    const sender = announceWorld("pc", "[MOTD]Ann - Garden[/MOTD][AD]40123[/AD]");
    // Another PC's world is not ours, even on a port of ours.
    announceWorld("gw", "[MOTD]Ben - Cave[/MOTD][AD]4999[/AD]");
    const open = await homeport.now(
      "the world is known",
      (latest) => find(latest, 40_123)?.details?.players === 3,
    );
    expect(find(open, 40_123)).toMatchObject({
      title: "Ann - Garden",
      service: { id: "minecraft-lan", role: "game", confidence: "high" },
      details: { players: 3, maxPlayers: 20 },
    });
    expect(find(open, 4999)?.title).not.toBe("Ben - Cave");
    sender();
    await homeport.now(
      "the world is closed",
      // It still answers as a Minecraft server, as no client does.
      (latest) => find(latest, 40_123)?.service?.id === "minecraft-java",
    );
  });

  /** Says it to the group of Minecraft's clients until the answer is called. */
  function announceWorld(place: Place, text: string): () => void {
    const address = place === "pc" ? "192.168.77.10" : "192.168.77.1";
    const program = `const socket = require("node:dgram").createSocket("udp4");
      socket.bind(0, () => {
        socket.setMulticastInterface("${address}");
        setInterval(() => socket.send(${JSON.stringify(text)}, 4445, "224.0.2.60"), 500);
      });`;
    return run(process.execPath, ["-e", program], directory, place);
  }
});
