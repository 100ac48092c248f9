import { describe, expect, test } from "vitest";
import { catalogue } from "../../../shared/services/catalogue.ts";
import type { RecognisedServer } from "../../../shared/snapshot.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { settled } from "../../../test/fixtures/simulated-clock.ts";
import type { TcpReply } from "./ask/exchange.ts";
import type { Announcement } from "./mdns/announcement.ts";
import type { LanWorld } from "./lan-worlds/lan-world.ts";
import { RecognisedServers } from "./recognised-servers.ts";
import { endsForGood, refusalToExpose } from "./safety.ts";
import { processOf, serverOn } from "../../../test/fixtures/servers.ts";

const silence: TcpReply = { kind: "bytes", bytes: new Uint8Array(), end: "timeout" };

function setUp({
  files = {},
  reply = silence,
}: { files?: Record<string, string>; reply?: TcpReply } = {}) {
  const environment = simulatedEnvironment();
  const lists: (readonly RecognisedServer[])[] = [];
  const reads: string[] = [];
  let hear: (list: readonly Announcement[]) => void = () => undefined;
  let hearWorlds: (worlds: readonly LanWorld[]) => void = () => undefined;
  const recogniser = new RecognisedServers({
    catalogue,
    tools: { ...environment, exchangeTcp: async () => reply },
    log: environment.log,
    readFiles: async (directory, names) => {
      reads.push(directory);
      return new Map(
        names.flatMap((name) => (files[name] === undefined ? [] : [[name, files[name]] as const])),
      );
    },
    onChange: (servers) => lists.push(servers),
    announcements: (onChange) => {
      hear = onChange;
      return { start: async () => undefined, stop: () => undefined };
    },
    worlds: (onChange) => {
      hearWorlds = onChange;
      return { start: async () => undefined, stop: () => undefined };
    },
    localAddresses: () => [
      { interface: "eth0", family: 4, address: "192.0.2.10", prefixLength: 24 },
    ],
  });
  const last = () => lists.at(-1) ?? [];
  return { ...environment, recogniser, lists, reads, hear, hearWorlds, last };
}

function status(json: unknown): TcpReply {
  const text = Buffer.from(JSON.stringify(json));
  const bytes = Buffer.concat([Buffer.from([text.length + 2, 0, text.length]), text]);
  return { kind: "bytes", bytes, end: "enough" };
}

describe("RecognisedServers", () => {
  test("tells title, service, warnings and the server's own words", async () => {
    const reply = status({
      description: "Home",
      players: { online: 2, max: 8 },
      version: { name: "1.21", protocol: 1 },
    });
    const world = setUp({ reply });
    world.recogniser.update([serverOn("tcp/25565", processOf("java -jar paper.jar"))]);
    expect(world.last()).toMatchObject([
      { title: "Minecraft: Java Edition", service: { id: "minecraft-java" }, port: 25565 },
    ]);
    expect(world.last()[0]?.details).toBeUndefined();
    await settled();
    expect(world.last()[0]).toMatchObject({
      service: { role: "game", confidence: "high" },
      warnings: ["open-to-strangers"],
      details: { name: "Home", players: 2, maxPlayers: 8, version: "1.21" },
    });
  });

  test("tells what a game answered on one of its ports on the others too, not on its console", async () => {
    const info =
      "TS3\n\rx\n\rerror id=0 msg=ok\n\rvirtualserver_name=Guild\n\rerror id=0 msg=ok\n\r";
    const reply: TcpReply = { kind: "bytes", bytes: new TextEncoder().encode(info), end: "enough" };
    const world = setUp({ reply });
    const process = processOf("ts3server");
    const sockets = ["udp/9987", "tcp/30033", "tcp/10022", "tcp/10011"] as const;
    world.recogniser.update(sockets.map((socket) => serverOn(socket, process)));
    await settled();
    expect(world.last().map(({ details }) => details?.name)).toEqual([
      "Guild",
      "Guild",
      undefined,
      "Guild",
    ]);
  });

  test("names the unknown by their page or program, and the hidden by their port", async () => {
    const html = "HTTP/1.1 200 OK\r\n\r\n<title>My wiki</title>";
    const reply: TcpReply = { kind: "bytes", bytes: new TextEncoder().encode(html), end: "closed" };
    const world = setUp({ reply });
    world.recogniser.update([
      serverOn("tcp/4567", processOf("node wiki.js", { pid: 1 })),
      serverOn("tcp/80", processOf("nginx", { pid: 2 })),
      serverOn("tcp/9999", processOf("/opt/app/own", { pid: 3 })),
      serverOn("udp/31337", null),
      serverOn("tcp/8212", processOf("/srv/PalServer-Linux-Shipping", { pid: 4 })),
    ]);
    const before = world.last().map(({ title }) => title);
    expect(before).toEqual(["wiki.js", "Web server", "own", "UDP port 31337", "Palworld (rest)"]);
    await settled();
    expect(
      world
        .last()
        .map(({ title }) => title)
        .slice(0, 2),
    ).toEqual(["My wiki", "My wiki"]);
  });

  test("reads the configuration once, and again when the process opens another socket", async () => {
    const world = setUp({ files: { "server.properties": "server-port=25570\nrcon.port=25599\n" } });
    const process = processOf("java -jar server.jar", { directory: "/srv/mc" });
    const game = serverOn("tcp/25570", process);
    world.recogniser.update([game]);
    expect(world.last()[0]?.service).toBeNull();
    await settled();
    expect(world.last()[0]?.service).toMatchObject({ id: "minecraft-java", role: "game" });
    world.recogniser.update([game, serverOn("tcp/9", processOf("/opt/x", { pid: 9 }))]);
    await settled();
    expect(world.reads).toEqual(["/srv/mc"]);
    world.recogniser.update([game, serverOn("tcp/25599", process)]);
    await settled();
    expect(world.reads).toEqual(["/srv/mc", "/srv/mc"]);
    expect(world.last()[1]).toMatchObject({
      service: { role: "rcon" },
      warnings: ["open-to-strangers", "remote-console"],
    });
  });

  test("leaves untouched what a new socket of another program does not concern", () => {
    const world = setUp();
    const paper = serverOn("tcp/25570", processOf("java -jar paper.jar", { pid: 1 }));
    world.recogniser.update([paper]);
    const [before] = world.last();
    world.recogniser.update([paper, serverOn("tcp/1", processOf("/opt/x", { pid: 2 }))]);
    expect(world.last()[0]).toBe(before);
    world.recogniser.update([paper, serverOn("tcp/25571", paper.process)]);
    expect(world.last()[0]?.service?.role).toBeNull();
  });

  test("says nothing when nothing changed", async () => {
    const world = setUp();
    const servers = [serverOn("tcp/9999", processOf("/opt/app/own"))];
    world.recogniser.update(servers);
    world.recogniser.update([...servers]);
    await settled();
    expect(world.lists).toHaveLength(1);
  });

  test("shows no password of a command line, and still sees it", () => {
    const world = setUp();
    const commandLine = "/srv/valheim_server -password hunter2 -port 3000";
    const proxied = processOf("docker-proxy", {
      pid: 2,
      program: { kind: "proxy", name: "x", commandLine: "/x --token=hunter2" },
    });
    world.recogniser.update([
      serverOn("udp/3000", processOf(commandLine)),
      serverOn("tcp/1", proxied),
    ]);
    expect(world.last()[0]?.service).toMatchObject({ id: "valheim", role: "game" });
    expect(JSON.stringify(world.last())).not.toContain("hunter2");
  });

  test("does as the user says, and forgets it again", () => {
    const world = setUp();
    const { recogniser } = world;
    recogniser.update([serverOn("tcp/7777", processOf("/opt/app/own"))]);
    const correct = (service?: string | null) => {
      const request = { transport: "tcp", port: 7777, ...(service !== undefined && { service }) };
      const result = recogniser.corrected(request as Parameters<typeof recogniser.corrected>[0]);
      if (result.ok) recogniser.correct(result.value);
      return result.ok ? null : result.error.code;
    };
    expect(correct("terraria")).toBeNull();
    expect(world.last()[0]).toMatchObject({ service: { id: "terraria" }, title: "Terraria" });
    expect(correct()).toBeNull();
    expect(world.last()[0]).toMatchObject({ service: null, title: "own" });
    expect(correct("no-such-service")).toBe("unknown-service");
    recogniser.update([]);
    expect(correct("terraria")).toBe("no-server");
  });

  test("knows an announcement of this PC by its port, and lists those of others apart", () => {
    const world = setUp();
    const wiki: Announcement = {
      name: "Family wiki",
      type: "_http._tcp",
      transport: "tcp",
      port: 9999,
      host: "pc",
      addresses: ["192.0.2.10"],
      txt: { path: "/wiki" },
      from: "192.0.2.10",
    };
    world.recogniser.update([
      serverOn("tcp/9999", processOf("/opt/app/own", { pid: 1 })),
      serverOn("tcp/22", processOf("/usr/sbin/sshd", { pid: 2 })),
      serverOn("udp/9999", processOf("/opt/app/own", { pid: 3 })),
    ]);
    world.hear([
      wiki,
      { ...wiki, type: "_ssh._tcp", name: "pc", port: 22 },
      { ...wiki, name: "Printer", addresses: ["192.0.2.10"], from: "192.0.2.77" },
    ]);
    expect(world.last()).toMatchObject([
      { title: "Family wiki", service: null, details: { name: "Family wiki" } },
      { title: "SSH", details: { name: "pc" } },
      { title: "own" },
    ]);
    expect(world.last()[0]?.announced).toEqual({
      name: "Family wiki",
      type: "_http._tcp",
      txt: { path: "/wiki" },
    });
    expect(world.last()[2]).not.toHaveProperty("announced");
    expect(world.last()[1]?.service?.evidence).toContainEqual({
      kind: "announcement",
      detail: "_ssh._tcp pc",
    });
    expect(world.recogniser.network).toMatchObject([{ name: "Printer", port: 9999 }]);
    expect(world.recogniser.network[0]).not.toHaveProperty("from");
    expect(world.recogniser.network[0]).not.toHaveProperty("warnings");
    world.hear([
      {
        name: "NAS",
        type: "_smb._tcp",
        transport: "tcp",
        port: 445,
        host: "nas",
        addresses: ["192.0.2.77"],
        from: "192.0.2.77",
      },
    ]);
    const { network } = world.recogniser;
    expect(network).toMatchObject([{ warnings: ["file-sharing"] }]);
    const port = { transport: "tcp", internalPort: 445 } as const;
    const judge = (host: string) => refusalToExpose([], [{ ...port, host }], network);
    expect(judge("192.0.2.77")).toMatchObject({ message: expect.stringMatching(/^NAS: /) });
    expect(judge("192.0.2.78")).toBeNull();
  });

  test.each(["net.minecraft.client.main.Main", "some.Launcher"])(
    "knows a Minecraft world that is open to the network, until it is closed: %s",
    (main) => {
      const world = setUp();
      world.recogniser.update([serverOn("tcp/54321", processOf(`java -cp lib/a.jar ${main}`))]);
      const before = world.last();
      world.hearWorlds([{ motd: "Ann - Garden", port: 54_321 }]);
      expect(world.last()[0]).toMatchObject({
        title: "Ann - Garden",
        service: { id: "minecraft-lan", role: "game", confidence: "high" },
        details: { name: "Ann - Garden", players: null },
      });
      expect(world.last()[0]?.service?.evidence).toContainEqual({
        kind: "announcement",
        detail: "open to LAN: Ann - Garden",
      });
      const port = { transport: "tcp", internalPort: 54_321 } as const;
      expect(endsForGood(world.last(), port)).toBe(true);
      expect(endsForGood(world.last(), { ...port, host: "192.0.2.77" })).toBe(false);
      world.hearWorlds([]);
      expect(world.last()).toEqual(before);
    },
  );

  test("believes no announcement of a world at another program's port", () => {
    const world = setUp();
    const commands = ["/usr/sbin/mariadbd", "/opt/app/own", "python3 app.py"];
    const servers = commands.map((command, at) =>
      serverOn(`tcp/${at + 1}`, processOf(command, { pid: at + 1 })),
    );
    world.recogniser.update([...servers, serverOn("tcp/4", null)]);
    const before = world.last();
    world.hearWorlds([1, 2, 3, 4].map((port) => ({ motd: "Garden", port })));
    expect(world.last()).toBe(before);
  });

  test("keeps as many corrections as the settings take", () => {
    const { recogniser } = setUp();
    for (let count = 0; count < 501; count += 1) {
      recogniser.update([serverOn("tcp/1", processOf(`/opt/app/own${count}`))]);
      const result = recogniser.corrected({ transport: "tcp", port: 1, service: null });
      if (result.ok) recogniser.correct(result.value);
    }
    const last = recogniser.corrected({ transport: "tcp", port: 1, service: null });
    expect(last).toMatchObject({ ok: true, value: { length: 500 } });
    expect(last.ok && last.value.at(-1)?.executable).toBe("/opt/app/own500");
  });

  test("stops asking with the rest", async () => {
    const world = setUp();
    world.recogniser.update([serverOn("tcp/80", processOf("nginx"))]);
    await settled();
    expect(world.clock.pending).toBe(1);
    world.recogniser.stop();
    expect(world.clock.pending).toBe(0);
  });
});

describe("refusalToExpose", () => {
  function judge(commandLine: string, socket: string) {
    const world = setUp();
    const server = serverOn(socket, processOf(commandLine));
    world.recogniser.update([server]);
    return (transport: "tcp" | "udp", internalPort: number) =>
      refusalToExpose(world.last(), [{ transport, internalPort }]);
  }

  test("tells why, and a safer way", () => {
    const refusal = judge("/usr/sbin/mariadbd", "tcp/3306")("tcp", 3306);
    expect(refusal).toMatchObject({ code: "unsafe", warnings: ["database"] });
    expect(refusal?.message).toMatch(/^MySQL or MariaDB: Databases .+ VPN/);
  });

  test("lets through what is only to be warned of, and what does not listen", () => {
    expect(judge("/usr/sbin/sshd", "tcp/22")("tcp", 22)).toBeNull();
    expect(judge("/usr/sbin/mariadbd", "tcp/3306")("udp", 3306)).toBeNull();
    expect(judge("/usr/sbin/mariadbd", "tcp/3306")("tcp", 3307)).toBeNull();
  });

  test("tells play from console on one number", () => {
    const command = "/srv/cs2 -dedicated";
    expect(judge(command, "udp/27015")("udp", 27015)).toBeNull();
    expect(judge(command, "tcp/27015")("tcp", 27015)?.warnings).toEqual(["remote-console"]);
  });
});
