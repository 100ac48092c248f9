import { describe, expect, test } from "vitest";
import { catalogue } from "../../../shared/services/catalogue.ts";
import type { Server } from "../../../shared/snapshot.ts";
import { type Knowledge, type Recognition, recognise } from "./recognise.ts";
import { type ProcessParts, processOf, serverOn } from "../../../test/fixtures/servers.ts";

function look(server: Server, servers = [server], knowledge: Knowledge = {}): Recognition {
  return recognise(server, servers, catalogue, knowledge);
}

/** What each socket of one process is: `id role`. */
function lookAll(
  commandLine: string,
  sockets: readonly string[],
  parts: ProcessParts = {},
  knowledge: Knowledge = {},
): (string | null)[] {
  const process = processOf(commandLine, parts);
  const servers = sockets.map((socket) => serverOn(socket, process));
  return servers.map((server) => {
    const { service } = look(server, servers, knowledge);
    return service && `${service.id} ${service.role}`;
  });
}

describe("programs as they are started", () => {
  test.each<[string, string, string, string, ProcessParts?]>([
    ["Paper", "java -Xms4G -jar paper-1.21.4-120.jar --nogui", "tcp/25565", "minecraft-java game"],
    [
      "vanilla on Windows",
      String.raw`"C:\Program Files\Java\jdk-21\bin\java.exe" -Xmx2G -jar minecraft_server.1.21.jar`,
      "tcp/25565",
      "minecraft-java game",
    ],
    [
      "Forge by argument files",
      "java @user_jvm_args.txt @libraries/net/minecraftforge/forge/1.20.1-47.2.0/unix_args.txt nogui",
      "tcp/25565",
      "minecraft-java game",
    ],
    [
      "NeoForge on Windows",
      String.raw`java @user_jvm_args.txt @libraries\net\neoforged\neoforge\21.1.0\win_args.txt nogui`,
      "tcp/25565",
      "minecraft-java game",
    ],
    ["Velocity", "java -jar velocity-3.3.0.jar", "tcp/25565", "minecraft-proxy game"],
    [
      "a world opened to LAN",
      "javaw -cp a.jar:b.jar net.minecraft.client.main.Main --username Steve",
      "tcp/54321",
      "minecraft-lan game",
    ],
    ["Bedrock", "./bedrock_server", "udp/19132", "minecraft-bedrock game"],
    ["PocketMine", "bin/php7/bin/php ./PocketMine-MP.phar", "udp/19132", "pocketmine game"],
    ["Geyser", "java -jar Geyser-Standalone.jar", "udp/19132", "geyser game"],
    ["flying-squid", "node /srv/flying-squid/app.js", "tcp/25565", "minecraft-java game"],
    ["JSPrismarine", "node /srv/JSPrismarine/index.js", "udp/19132", "minecraft-bedrock game"],
    [
      "a relay of camera streams",
      "node /srv/node_modules/rtsp-streaming-server/build/index.js",
      "tcp/8554",
      "mediamtx rtsp",
    ],
    ["Hytale", "java -jar HytaleServer.jar --assets a.zip", "udp/5520", "hytale game"],
    [
      "Valheim",
      "/srv/valheim/valheim_server.x86_64 -name Home -port 2456 -world W",
      "udp/2456",
      "valheim game",
    ],
    ["Counter-Strike 2", "/srv/cs2/game/bin/cs2 -dedicated +map de_dust2", "udp/27015", "cs2 game"],
    ["its console", "/srv/cs2/game/bin/cs2 -dedicated +map de_dust2", "tcp/27015", "cs2 rcon"],
    ["Garry's Mod", "./srcds_linux -game garrysmod +map gm_construct", "udp/27015", "gmod game"],
    ["TF2", "./srcds_linux64 -game tf -console", "udp/27015", "tf2 game"],
    ["Rust", String.raw`C:\rust\RustDedicated.exe -batchmode`, "udp/28015", "rust game"],
    [
      "Palworld",
      "/srv/PalServer-Linux-Shipping Pal -port=8211 -players=32",
      "udp/8211",
      "palworld game",
    ],
    [
      "Zomboid",
      "java -Djava.library.path=natives zombie.network.GameServer -servername x",
      "udp/16261",
      "project-zomboid game",
    ],
    ["Terraria", "/srv/TerrariaServer.bin.x86_64 -port 7777", "tcp/7777", "terraria game"],
    ["TShock", "dotnet TShock.Server.dll -port 7777", "tcp/7777", "tshock game"],
    ["tModLoader", "dotnet tModLoader.dll -server -config c.txt", "tcp/7777", "tmodloader game"],
    [
      "Factorio",
      "/opt/factorio/bin/x64/factorio --start-server-load-latest --port 34197",
      "udp/34197",
      "factorio game",
    ],
    ["Luanti", "/usr/bin/luanti --server --gameid x", "udp/30000", "luanti game"],
    ["BZFlag", "/usr/games/bzfs -c -p 5154", "udp/5154", "bzflag game-udp"],
    ["Freeciv", "/usr/games/freeciv-server --port 5600", "tcp/5600", "freeciv game"],
    ["Wesnoth", "/usr/games/wesnothd-1.16", "tcp/15000", "wesnoth game"],
    ["Warzone 2100, hosting", "/usr/games/warzone2100", "tcp/2100", "warzone2100 game"],
    ["Hedgewars", "/usr/games/hedgewars-server", "tcp/46631", "hedgewars game"],
    [
      "SuperTuxKart",
      "supertuxkart --server-config=s.xml --lan-server=Home",
      "udp/2759",
      "supertuxkart game",
    ],
    ["Armagetron", "/usr/games/armagetronad-dedicated.real -d", "udp/4534", "armagetron game"],
    ["0 A.D., hosting", "/usr/games/pyrogenesis -mod=public", "udp/20595", "0ad game"],
    ["Widelands, hosting", "/usr/games/widelands", "tcp/7396", "widelands game"],
    ["AssaultCube", "/usr/games/ac_server -f28770", "udp/28771", "assaultcube info"],
    ["Red Eclipse", "/usr/games/redeclipse-server", "udp/28801", "red-eclipse game"],
    ["Crossfire", "/usr/games/crossfire-server", "tcp/13327", "crossfire game"],
    ["FiveM", String.raw`C:\fx\FXServer.exe +exec server.cfg`, "udp/30120", "fivem game-udp"],
    ["RedM", "/srv/FXServer +set gamename rdr3 +exec server.cfg", "tcp/30120", "redm game"],
    ["Stormworks", String.raw`C:\Stormworks\server64.exe`, "udp/25564", "stormworks game"],
    ["Barotrauma", "/srv/Barotrauma/DedicatedServer", "udp/27015", "barotrauma game"],
    ["an Unreal game", "/srv/ShooterGameServer TheIsland?listen", "udp/7777", "ark-se game"],
    [
      "a Windows game under Wine",
      String.raw`Z:\srv\ark\ArkAscendedServer.exe TheIsland_WP`,
      "udp/7777",
      "ark-sa game",
      { executable: "/usr/bin/wine64-preloader" },
    ],
    ["Mumble", "/usr/sbin/murmurd -ini /etc/mumble-server.ini", "udp/64738", "mumble voice"],
    ["TeamSpeak's query", "./ts3server", "tcp/10011", "teamspeak3 query"],
    [
      "nginx",
      "nginx: master process /usr/sbin/nginx",
      "tcp/443",
      "web-server https",
      { executable: "/usr/sbin/nginx" },
    ],
    ["Python's file server", "python3 -m http.server 8000", "tcp/8000", "file-listing http"],
    ["the same in one word", "python3 -mhttp.server 8000", "tcp/8000", "file-listing http"],
    ["http-server", "node /x/node_modules/.bin/http-server -p 80", "tcp/80", "folder-server http"],
    [
      "serve on Windows",
      String.raw`node C:\x\node_modules\serve\build\main.js`,
      "tcp/3000",
      "folder-server http",
    ],
    ["Ruby's httpd", "ruby -run -ehttpd . -p8080", "tcp/8080", "folder-server http"],
    ["Caddy, listing files", "/usr/bin/caddy file-server --browse", "tcp/80", "folder-server http"],
    ["Vite", "node /home/u/app/node_modules/.bin/vite --host", "tcp/5173", "dev-server http"],
    ["Django", "python3 manage.py runserver 0.0.0.0:8000", "tcp/8000", "dev-server http"],
    ["Home Assistant", "python3 -m homeassistant -c /config", "tcp/8123", "home-assistant http"],
    ["Jellyfin", "/usr/lib/jellyfin/bin/jellyfin --webdir w", "tcp/8096", "jellyfin http"],
    [
      "OpenSSH",
      "sshd: /usr/sbin/sshd -D [listener]",
      "tcp/22",
      "ssh ssh",
      { executable: "/usr/sbin/sshd" },
    ],
    ["MariaDB elsewhere", "/usr/sbin/mariadbd --port=3307", "tcp/3307", "mysql db"],
    ["Windows file sharing", "System", "tcp/445", "smb smb"],
    [
      "Remote Desktop",
      String.raw`C:\Windows\System32\svchost.exe -k NetworkService`,
      "tcp/3389",
      "rdp rdp",
    ],
    ["Docker's interface", "/usr/bin/dockerd -H tcp://0.0.0.0:2375", "tcp/2375", "docker-api api"],
    ["Node's debugger", "node --inspect=0.0.0.0 app.js", "tcp/9229", "debugger debugger"],
    ["it, elsewhere", "node --inspect=0.0.0.0:9300 app.js", "tcp/9300", "debugger debugger"],
    [
      "Java's debugger in a game server",
      "java -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5006 -jar paper.jar",
      "tcp/5006",
      "debugger java",
    ],
    [
      "that server's game",
      "java -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5006 -jar paper.jar",
      "tcp/25565",
      "minecraft-java game",
    ],
    [
      "Java's management",
      "java -Dcom.sun.management.jmxremote.port=9999 -jar paper.jar",
      "tcp/9999",
      "debugger java-management",
    ],
    [
      "Paper with options in a file",
      "java @user_jvm_args.txt -jar paper.jar nogui",
      "tcp/25570",
      "minecraft-java game",
    ],
    [
      "a server behind a proxy",
      "/usr/bin/docker-proxy -proto tcp -host-port 25565 -container-ip 172.17.0.2 -container-port 25565",
      "tcp/25565",
      "minecraft-java game",
      {
        program: {
          kind: "proxy",
          name: "paper.jar",
          commandLine: "java -Xmx2G -jar /data/paper.jar nogui",
          target: { address: "172.17.0.2", port: 25565 },
        },
      },
    ],
  ])("%s", (_what, commandLine, socket, expected, parts) => {
    const server = serverOn(socket, processOf(commandLine, parts));
    const { service } = look(server);
    expect(service && `${service.id} ${service.role}`).toBe(expected);
    expect(service?.confidence).toBe("high");
    expect(service?.evidence.length).toBeGreaterThan(0);
  });
});

describe("look-alikes are unknown or themselves", () => {
  const unknown = null;
  test.each<[string, string, string, string | null, ProcessParts?]>([
    ["another program on 25565", "/opt/app/mygame", "tcp/25565", unknown],
    ["TES3MP, which uses Minecraft's number", "/srv/tes3mp-server.x86_64", "udp/25565", "tes3mp"],
    ["a web server on 25565", "python3 -m http.server 25565", "tcp/25565", "file-listing"],
    ["nginx on 25565", "nginx", "tcp/25565", "web-server"],
    ["ssh on 25565", "/usr/sbin/sshd", "tcp/25565", "ssh"],
    ["a Java program on 25565", "java -jar bot.jar", "tcp/25565", unknown],
    ["a Java program that mentions it", "java -jar minecraft-status-api.jar", "tcp/8080", unknown],
    ["a Java server.jar elsewhere", "java -jar server.jar", "tcp/8080", unknown],
    ["an application server", "java -jar jetty-server.jar", "tcp/8080", unknown],
    [
      "Tomcat",
      "java -classpath bootstrap.jar org.apache.catalina.startup.Bootstrap start",
      "tcp/8080",
      unknown,
    ],
    ["Minecraft's launcher", "java -jar launcher.jar", "tcp/45000", unknown],
    ["a plug-in's name in a path", "/home/paper/tool --jar paper.jar", "tcp/25565", unknown],
    [
      "Necesse's Server.jar",
      "java -jar Server.jar -world w",
      "udp/14159",
      "necesse",
      { directory: "/srv/Necesse" },
    ],
    ["Terraria's port, unknown game", "/srv/MyGame-Linux-Shipping", "udp/7777", unknown],
    ["7777 of Terraria, by SA-MP", "/srv/samp03svr", "udp/7777", "samp"],
    ["7777 of Terraria, by ARK", "/srv/ShooterGameServer x", "udp/7777", "ark-se"],
    ["7777 of ARK, by Unreal Tournament", "/srv/UT2004/System/ucc-bin server", "udp/7777", "ut99"],
    ["7777 by a web application", "node app.js", "tcp/7777", unknown],
    ["7777 by Python", "python3 serve.py", "tcp/7777", unknown],
    ["27015 by an unknown game", "/srv/game_server", "udp/27015", unknown],
    ["srcds with an unknown game", "./srcds_linux -game mymod", "udp/27015", unknown],
    ["the Steam client", "/home/u/.steam/ubuntu12_32/steam", "udp/27036", unknown],
    ["the Counter-Strike client", "/games/cs2/bin/cs2 -fullscreen", "udp/27015", unknown],
    ["the Factorio client", "/opt/factorio/bin/x64/factorio", "udp/34197", unknown],
    ["the Luanti client", "/usr/bin/luanti", "udp/30000", unknown],
    ["the Unturned client", "/games/Unturned", "udp/27015", unknown],
    ["the Risk of Rain client", '"/games/Risk of Rain 2" -windowed', "udp/27015", unknown],
    ["the OpenTTD client", "/usr/games/openttd", "udp/3979", unknown],
    ["Jamulus as a client", "/usr/bin/jamulus -c host", "udp/22124", unknown],
    [
      "Foundry VTT on Luanti's number",
      "node /srv/foundryvtt/resources/app/main.mjs",
      "tcp/30000",
      "foundry-vtt",
    ],
    ["Empyrion on Luanti's number", "/srv/EmpyrionDedicated", "udp/30000", "empyrion"],
    ["a program called server", "/opt/app/server", "udp/22005", unknown],
    ["a program called server64", "/opt/app/server64", "udp/25564", unknown],
    ["a program called GameServer", "/opt/app/GameServer", "tcp/25555", unknown],
    ["a program called DedicatedServer", "/opt/app/DedicatedServer", "udp/27015", unknown],
    ["a program called wings", "/opt/birds/wings", "tcp/9999", unknown],
    ["a program called crafty", "/opt/paint/crafty", "tcp/1111", unknown],
    ["qBittorrent on 8080", "/usr/bin/qbittorrent-nox", "tcp/8080", "qbittorrent"],
    ["a proxy on 8080", "/usr/sbin/squid -N", "tcp/8080", "proxy"],
    ["Node on Vite's port", "node server.js", "tcp/5173", unknown],
    ["Node on the database's port", "node fake.js", "tcp/5432", unknown],
    ["Grafana on Gitea's port", "/usr/sbin/grafana-server", "tcp/3000", "grafana"],
    ["a tool of Redis", "/usr/bin/redis-check-rdb dump.rdb", "tcp/6379", unknown],
    ["a page served by BusyBox", "/bin/busybox httpd -f", "tcp/23", "folder-server"],
    ["Apache's httpd", "/usr/sbin/httpd -DFOREGROUND", "tcp/80", "web-server"],
    ["a script called serve", "node serve", "tcp/3000", unknown],
    ["Deno's serve", "/usr/bin/deno serve main.ts", "tcp/8000", unknown],
    ["a program called serve", "/opt/app/serve", "tcp/3000", unknown],
    ["a leaflet of maps", "java -jar leaflet-server.jar", "tcp/25565", unknown],
    ["a game called vault", "/opt/games/vault", "tcp/8200", unknown],
    ["a browser without debugging", "/opt/chrome/chrome", "tcp/9222", unknown],
    [
      "an art program by Python",
      "python3 main.py",
      "tcp/9000",
      unknown,
      { directory: "/srv/crafty" },
    ],
    ["a Java program of its own", "java -jar zookeeper-viewer.jar", "tcp/2181", unknown],
    ["a machine without a screen", "/usr/bin/qemu-system-x86_64 -m 4G", "tcp/5900", unknown],
    ["a copy, not a daemon", "/usr/bin/rsync -a x y:", "tcp/873", unknown],
    ["a racer who hosts nothing", "/usr/games/supertuxkart", "udp/2759", unknown],
    ["a player's own socket of 0 A.D.", "/usr/games/pyrogenesis", "udp/41000", unknown],
    ["a map editor of Wesnoth", "/usr/games/wesnoth -e", "tcp/15000", unknown],
    ["systemd, for another service", "/usr/lib/systemd/systemd", "tcp/9999", unknown],
    [
      "a game on MongoDB's number",
      '"/games/Risk of Rain 2" -batchmode',
      "udp/27017",
      "risk-of-rain-2",
    ],
    [
      "svchost on another port",
      String.raw`C:\Windows\System32\svchost.exe -k x`,
      "tcp/49664",
      unknown,
    ],
    ["IIS, served by the kernel", "System", "tcp/80", unknown],
    ["Jupyter on RTSP's web port", "python3 -m jupyterlab", "tcp/8888", "jupyter"],
    ["emby on Jellyfin's number", "/opt/emby/EmbyServer", "tcp/8096", "emby"],
    [
      "AirPlay on macOS",
      "/System/Library/CoreServices/ControlCenter.app/ControlCenter",
      "tcp/5000",
      "uxplay",
    ],
    ["Flask on AirPlay's number", "python3 -m flask run", "tcp/5000", "dev-server"],
    ["Docker Desktop, publishing a port", "com.docker.backend", "tcp/8080", unknown],
    ["WSL, relaying a port", "wslrelay.exe", "tcp/7777", unknown],
    [
      "a container on a crowded port",
      "docker-proxy -container-ip 172.17.0.2 -container-port 3000",
      "tcp/3000",
      unknown,
    ],
    ["a hidden process on 7777", "", "udp/7777", unknown],
    ["a hidden process on 27015", "", "udp/27015", unknown],
    ["a hidden process on 8080", "", "tcp/8080", unknown],
    ["a hidden process on a port of the system's choice", "", "udp/51821", unknown],
    [
      "an editor with Minecraft's source open",
      "/opt/ed net.minecraft.server.Main",
      "tcp/25565",
      unknown,
    ],
    ["WireGuard, which runs in the kernel", "", "udp/51820", "wireguard"],
  ])("%s", (_what, commandLine, socket, expected, parts) => {
    const process = commandLine === "" ? null : processOf(commandLine, parts);
    expect(look(serverOn(socket, process)).service?.id ?? null).toBe(expected);
  });
});

describe("the port alone", () => {
  test.each([
    ["tcp/5432", "postgres", "database"],
    ["tcp/3389", "rdp", "remote-desktop"],
    ["tcp/445", "smb", "file-sharing"],
    ["tcp/22", "ssh", "password-guessing"],
  ])("%s of a process that cannot be seen is %s with low confidence", (socket, id, warning) => {
    const { service, warnings } = look(serverOn(socket, null));
    expect(service).toMatchObject({ id, confidence: "low" });
    expect(service?.evidence).toEqual([{ kind: "port", detail: expect.any(String) }]);
    expect(warnings).toContain(warning);
  });

  test("counts for an interpreter that does not say what it runs, and for none that cannot run it", () => {
    const confidence = (commandLine: string): string | undefined =>
      look(serverOn("udp/5520", processOf(commandLine))).service?.confidence;
    expect(confidence("java @arguments.txt")).toBe("low");
    expect(confidence("python3 -c pass")).toBeUndefined();
  });

  test("warns where all that it may be is dangerous, without a name", () => {
    const console = look(serverOn("tcp/25575", null));
    expect(console).toMatchObject({ service: null, warnings: ["remote-console"] });
    expect(look(serverOn("udp/7777", null)).warnings).toEqual([]);
    expect(look(serverOn("tcp/25575", processOf("/opt/app/mine"))).warnings).toEqual([]);
  });
});

describe("roles", () => {
  test("follow the command line", () => {
    expect(
      lookAll("/srv/valheim_server.x86_64 -port 2500", ["udp/2500", "udp/2501", "udp/2502"]),
    ).toEqual(["valheim game", "valheim query", "valheim null"]);
  });

  test("follow the configuration", () => {
    const files = new Map([
      ["server.properties", "# x\nserver-port=25570\r\nrcon.port=25599\nquery.port=25570\n"],
    ]);
    const sockets = ["tcp/25570", "tcp/25599", "udp/25570"];
    expect(lookAll("java -jar server.jar nogui", sockets, {}, { files })).toEqual([
      "minecraft-java game",
      "minecraft-java rcon",
      "minecraft-java query",
    ]);
    expect(lookAll("java -jar server.jar nogui", sockets)).toEqual([null, null, null]);
  });

  test("are found by their distances", () => {
    expect(lookAll("/srv/valheim_server", ["udp/3000", "udp/3001", "udp/3999"])).toEqual([
      "valheim game",
      "valheim query",
      "valheim null",
    ]);
    expect(lookAll("/srv/valheim_server", ["udp/3000", "udp/3001", "udp/3002"])).toEqual([
      "valheim null",
      "valheim null",
      "valheim null",
    ]);
  });

  test("are found by what is left over", () => {
    expect(lookAll("java -jar paper.jar", ["tcp/25570"])).toEqual(["minecraft-java game"]);
    expect(lookAll("java -jar paper.jar", ["tcp/25570", "tcp/25571"])).toEqual([
      "minecraft-java null",
      "minecraft-java null",
    ]);
    expect(lookAll("java -jar paper.jar", ["tcp/25570", "udp/50000"])).toEqual([
      "minecraft-java game",
      "minecraft-java null",
    ]);
  });

  test("tell a plug-in from the server it lives in", () => {
    expect(
      lookAll("java -jar paper.jar", ["tcp/25565", "udp/24454", "tcp/8123", "udp/19132"]),
    ).toEqual([
      "minecraft-java game",
      "mc-simple-voice-chat voice",
      "mc-webmap dynmap",
      "geyser game",
    ]);
  });

  test("of another process do not count", () => {
    const paper = serverOn("tcp/25570", processOf("java -jar paper.jar", { pid: 1 }));
    const other = serverOn("tcp/25571", processOf("java -jar paper.jar", { pid: 2 }));
    expect(look(paper, [paper, other]).service?.role).toBe("game");
  });
});

describe("warnings", () => {
  test("differ by port of one program", () => {
    const palworld = processOf("/srv/PalServer-Linux-Shipping");
    const servers = ["udp/8211", "tcp/8212", "tcp/25575"].map((one) => serverOn(one, palworld));
    expect(servers.map((server) => look(server, servers).warnings)).toEqual([
      [],
      ["control-interface"],
      ["remote-console"],
    ]);
  });

  test("fear the console in a socket that nothing explains", () => {
    const paper = processOf("java -jar paper.jar");
    const servers = ["tcp/25565", "tcp/31000"].map((one) => serverOn(one, paper));
    expect(servers.map((server) => look(server, servers).warnings)).toEqual([
      ["open-to-strangers"],
      ["open-to-strangers", "remote-console"],
    ]);
  });
});

describe("the server's own answer", () => {
  const answer = { name: "Home", players: 1, maxPlayers: 20, version: "1.21" };

  test("makes sure of what was likely", () => {
    const server = serverOn("tcp/25565", processOf("java -jar server.jar"));
    expect(look(server).service?.confidence).toBe("medium");
    const asked = look(server, [server], { answer: { ...answer, protocol: "minecraft-java" } });
    expect(asked.service).toMatchObject({ id: "minecraft-java", confidence: "high" });
    expect(asked.service?.evidence).toContainEqual({ kind: "answer", detail: "minecraft-java" });
  });

  test("names what cannot be seen", () => {
    const server = serverOn("tcp/25565", null);
    expect(look(server).service).toBeNull();
    const as = (version: string): string | undefined =>
      look(server, [server], { answer: { ...answer, protocol: "minecraft-java", version } }).service
        ?.id;
    expect(as("1.21")).toBe("minecraft-java");
    expect(as("Velocity 1.7.2-1.21")).toBe("minecraft-proxy");
  });

  test("names a game by its number at Steam", () => {
    const server = serverOn("udp/27015", null);
    const as = (steamApp: number): string | undefined =>
      look(server, [server], { answer: { ...answer, protocol: "a2s", steamApp } }).service?.id;
    expect(as(4000)).toBe("gmod");
    expect(as(1)).toBeUndefined();
  });

  test("in another language does not make sure of anything", () => {
    const server = serverOn("tcp/25565", processOf("java -jar server.jar"));
    const asked = look(server, [server], { answer: { ...answer, protocol: "http" } });
    expect(asked.service?.confidence).toBe("medium");
  });
});

test("the user's word counts more than anything", () => {
  const server = serverOn("tcp/8211", processOf("/opt/app/mygame"));
  expect(look(server, [server], { correction: "terraria" }).service).toMatchObject({
    id: "terraria",
    role: "game",
    confidence: "high",
    evidence: [{ kind: "user" }],
  });
  const nginx = serverOn("tcp/80", processOf("nginx"));
  expect(look(nginx, [nginx], { correction: null })).toMatchObject({ service: null, warnings: [] });
  expect(look(nginx, [nginx], { correction: "no-such-id" }).service?.id).toBe("web-server");
});

test("evidence quotes what matched, never the whole command line", () => {
  const server = serverOn(
    "udp/27015",
    processOf("./srcds_linux -game tf +rcon_password hunter2 +sv_password secret"),
  );
  const { service } = look(server);
  expect(service?.id).toBe("tf2");
  expect(JSON.stringify(service)).not.toMatch(/hunter2|secret/);
});
