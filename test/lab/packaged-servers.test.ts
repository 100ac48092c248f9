/** Servers as Debian packages and names them, all at once on one PC: a game, a database, an FTP server. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import { quakeMap } from "./quake-map.ts";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const engine = "/usr/lib/ioquake3";
const packages = {
  [`${engine}/ioq3ded`]: "ioquake3-server",
  "redis-server": "redis-server",
  vsftpd: "vsftpd",
};

describe.skipIf(noLab)(`packaged servers${whyNoLab}`, () => {
  const home = useLab({}, packages);
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "homeport-packaged-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs on the PC until the end of the test. */
  function run(command: string, args: readonly string[]): void {
    home.run(command, args, { cwd: directory });
  }

  /** The game's own data are not free: a map of ours, and the rules as they were packaged. */
  function runQuake(): void {
    const game = join(directory, "yard");
    mkdirSync(join(game, "maps"), { recursive: true });
    writeFileSync(join(game, "maps", "yard.bsp"), quakeMap());
    writeFileSync(join(game, "default.cfg"), "// nothing\n");
    cpSync(join(engine, "baseq3", "qagamex86_64.so"), join(game, "qagamex86_64.so"));
    const settings = {
      com_basegame: "yard",
      fs_basepath: directory,
      fs_homepath: directory,
      dedicated: "1",
      vm_game: "0",
      bot_enable: "0",
      sv_hostname: "^1Homeport ^7yard",
      sv_maxclients: "7",
    };
    const words = Object.entries(settings).flatMap(([name, value]) => ["+set", name, value]);
    run(join(engine, "ioq3ded"), [...words, "+map", "yard"]);
  }

  test("are recognised, asked in their language, and refused where they are dangerous", async () => {
    runQuake();
    run("redis-server", ["--port", "6380", "--save", "", "--requirepass", "hunter2"]);
    const file = join(directory, "vsftpd.conf");
    writeFileSync(file, "listen=YES\nlisten_ipv6=NO\nlisten_port=21\nbackground=NO\n");
    mkdirSync("/var/run/vsftpd/empty", { recursive: true });
    run("vsftpd", [file]);
    const homeport = home.startWithCommands();
    const answered = ({ details }: RecognisedServer): boolean => details !== undefined;
    expect(await homeport.found("udp/27960", answered)).toMatchObject({
      title: "Quake III engine",
      service: { id: "quake3", role: "game", confidence: "high" },
      warnings: [],
      details: {
        name: "Homeport yard",
        players: 0,
        maxPlayers: 7,
        version: expect.stringMatching(/^ioq3 1\.36/),
      },
    });
    expect(await homeport.found("tcp/21", answered)).toMatchObject({
      title: "FTP",
      service: { id: "ftp", confidence: "high" },
      warnings: ["readable-passwords"],
      details: { version: expect.stringContaining("vsFTPd") },
    });
    const database = await homeport.found("tcp/6380");
    expect(database).toMatchObject({
      title: "Redis or Valkey",
      service: { id: "redis", role: "db", confidence: "high" },
      warnings: ["database"],
    });
    expect(JSON.stringify(homeport.latest)).not.toContain("hunter2");

    homeport.execute("expose", { transport: "tcp", internalPort: 6380, externalPort: null });
    homeport.execute("expose", { transport: "udp", internalPort: 27_960, externalPort: null });
    await homeport.mapped("udp", 27_960);
    expect(homeport.latest?.exposures).toHaveLength(1);
    expect(homeport.stderr).toMatch(/^expose: \{"code":"unsafe".*VPN or an SSH tunnel/);
    expect(await home.lab.dnat()).toMatchObject([{ transport: "udp", toPort: 27_960 }]);
  });
});
