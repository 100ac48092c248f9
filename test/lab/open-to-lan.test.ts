/** A Minecraft world opened to LAN: heard, offered, exposed for this session alone, and closed with its announcement. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecognisedServer, Snapshot } from "../../shared/snapshot.ts";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const source = fileURLToPath(new URL("./StatusServer.java", import.meta.url));
const sender = fileURLToPath(new URL("./lan-world-sender.mjs", import.meta.url));
const packages = { java: "default-jdk-headless", javac: "default-jdk-headless" };
/** Clients take any free port. */
const port = 40_123;
/** Asks for the status as a Minecraft client does, and prints what of it is text. */
const visit = `const [address, port] = process.argv.slice(1);
  require("node:net").connect(Number(port), address, function () {
    this.write(Buffer.from("0700000009c30101" + "0100", "hex"));
    this.on("data", (bytes) => console.log(bytes.toString().replace(/^[^{]*/, "")));
  });`;

describe.skipIf(noLab)(`a world opened to LAN${whyNoLab}`, () => {
  const home = useLab({}, packages);
  let classes = "";
  beforeAll(() => {
    classes = mkdtempSync(join(tmpdir(), "homeport-world-"));
    execFileSync("javac", ["-d", classes, source]);
  });
  afterAll(() => rmSync(classes, { recursive: true, force: true }));

  test("is offered, open for this session, and gone with its announcement or its program", async () => {
    const settings = join(home.dataDirectory, "settings.json");
    writeFileSync(settings, JSON.stringify({ closeAfter: 2 }));
    const announce = () =>
      home.run(process.execPath, [sender, Lab.pcAddress, "Ann - Garden", String(port)]);
    const stopWorld = home.run("java", ["-cp", classes, "StatusServer", String(port)]);
    const homeport = home.startWithCommands();
    const becomes = (what: string, test: (server: RecognisedServer) => boolean) =>
      homeport.now(what, ({ servers }) => servers.some((one) => one.port === port && test(one)));
    const isOpen = ({ service }: RecognisedServer): boolean => service?.id === "minecraft-lan";
    const closed = async (): Promise<void> => {
      await homeport.now("the exposure is gone", ({ exposures }) => exposures.length === 0);
      await until("the router closed it", async () => (await home.lab.dnat()).length === 0);
    };

    await becomes("the program is seen", ({ service }) => service === null);
    let stopAnnouncing = announce();
    const { servers, exposures } = await becomes("the world is offered", isOpen);
    expect(servers.find((one) => one.port === port)).toMatchObject({
      title: "Ann - Garden",
      scope: "network",
      service: {
        confidence: "high",
        evidence: expect.arrayContaining([
          { kind: "announcement", detail: "open to LAN: Ann - Garden" },
        ]),
      },
    });
    expect(exposures).toEqual([]);

    const wish = { transport: "tcp", internalPort: port, externalPort: null };
    homeport.execute("expose", wish);
    const { endpoint, session, whileRunning } = await homeport.mapped("tcp", port);
    expect({ session, whileRunning }).toEqual({ session: true, whileRunning: true });
    expect(await home.lab.dnat()).toMatchObject([{ toAddress: Lab.pcAddress, toPort: port }]);
    const words = ["-e", visit, endpoint.address, String(endpoint.port)];
    const { stdout } = await home.lab.exec("net", process.execPath, words);
    expect(JSON.parse(stdout)).toMatchObject({ players: { online: 3, max: 20 } });
    expect(JSON.parse(readFileSync(settings, "utf8")).exposures ?? []).toEqual([]);

    stopAnnouncing();
    await becomes("nothing is announced", (server) => !isOpen(server));
    await closed();
    expect(homeport.latest?.servers.some((one) => one.port === port)).toBe(true);

    stopAnnouncing = announce();
    await becomes("it is offered again", isOpen);
    expect(homeport.latest?.exposures).toEqual([]);
    homeport.execute("expose", wish);
    await homeport.mapped("tcp", port);
    stopWorld();
    await closed();
    expect(homeport.stderr).toBe("");
  });

  test("exposed by the command line it ends with its announcement, too, and nothing comes after it", async () => {
    const settings = join(home.dataDirectory, "settings.json");
    writeFileSync(settings, JSON.stringify({ closeAfter: 2 }));
    home.run("java", ["-cp", classes, "StatusServer", String(port)]);
    const words = [sender, Lab.pcAddress, "Ann - Garden", String(port)];
    const stopAnnouncing = home.run(process.execPath, words);
    const homeport = home.start("--expose", `tcp/${port}`);
    const isTied = ({ exposures: [one] }: Snapshot): boolean =>
      one?.session === true && one.state === "mapped";
    const { exposures } = await homeport.now("it is open for its session", isTied, 20_000);
    expect(exposures).toMatchObject([{ whileRunning: true, endpoint: { port } }]);
    expect(await home.lab.dnat()).toMatchObject([{ toAddress: Lab.pcAddress, toPort: port }]);

    stopAnnouncing();
    const isGone = (latest: Snapshot): boolean => latest.exposures.length === 0;
    await homeport.now("the exposure is gone", isGone, 30_000);
    await until("the router closed it", async () => (await home.lab.dnat()).length === 0);
    await homeport.found(`tcp/${port}`, ({ service }) => service?.id === "minecraft-java");
    expect(homeport.latest?.exposures).toEqual([]);
    expect(homeport.stderr).toBe("");
  });
});
