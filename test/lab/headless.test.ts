/** `npm run -s headless` against a real router: what scripts rely on. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Lab } from "./lab.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const tcp = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress, toPort: 8080 };
const udp = { transport: "udp", externalPort: 9000, toAddress: Lab.pcAddress, toPort: 9000 };

/** The field names promised to scripts. */
const promised = z.object({
  revision: z.number(),
  gateways: z.array(
    z.object({
      address: z.string(),
      protocols: z.array(z.string()),
      externalAddress: z.string().nullable(),
    }),
  ),
  servers: z.array(
    z.object({
      transport: z.enum(["tcp", "udp"]),
      port: z.number(),
      addresses: z.array(z.string()),
      process: z.object({ pid: z.number(), name: z.string(), commandLine: z.string() }).nullable(),
      service: z
        .object({
          id: z.string(),
          name: z.string(),
          confidence: z.enum(["low", "medium", "high"]),
          evidence: z.array(z.object({ kind: z.string(), detail: z.string() })),
        })
        .nullable(),
      title: z.string(),
      warnings: z.array(z.string()),
    }),
  ),
  exposures: z.array(
    z.object({
      transport: z.enum(["tcp", "udp"]),
      internalPort: z.number(),
      state: z.enum(["mapping", "mapped", "failed", "withdrawing", "waiting"]),
      protocol: z.string().nullable(),
      endpoint: z.object({ address: z.string(), port: z.number() }).nullable(),
      expiresAt: z.iso.datetime().nullable(),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
});

describe.skipIf(noLab)(`headless${whyNoLab}`, () => {
  const home = useLab({}, { natpmpc: "natpmpc", socat: "socat" });

  /** Another program of the PC opens a port. */
  async function openForAnotherProgram(port: number) {
    const ports = [String(port), String(port)];
    await home.lab.exec("pc", "natpmpc", ["-g", Lab.gatewayAddress, "-a", ...ports, "tcp", "3600"]);
    const rule = { transport: "tcp", externalPort: port, toAddress: Lab.pcAddress, toPort: port };
    expect(await home.lab.dnat()).toEqual([rule]);
    return rule;
  }

  test("opens a TCP and a UDP port that a visitor gets through", async () => {
    await home.serve("tcp", 8080, "the page");
    await home.serve("udp", 9000, "echo of");
    const homeport = home.start("--expose", "tcp/8080", "--expose", "udp/9000");
    const page = await homeport.mapped("tcp", 8080);
    const echo = await homeport.mapped("udp", 9000);

    expect(await home.lab.dnat()).toEqual(expect.arrayContaining([tcp, udp]));
    expect(page.endpoint.address).toBe(await home.lab.wanAddress());
    const url = `http://${page.endpoint.address}:${page.endpoint.port}/`;
    expect(await home.lab.visit(url)).toEqual({ status: 200, body: "the page" });
    const { address, port } = echo.endpoint;
    expect(await home.lab.udpEcho(address, port, "hello")).toBe("echo of hello");
  });

  test("opens another external port when asked to", async () => {
    await home.serve("tcp", 8080, "the page");
    const homeport = home.start("--expose", "tcp/8080=18080");
    const { endpoint } = await homeport.mapped("tcp", 8080);
    expect(endpoint.port).toBe(18080);
    expect(await home.lab.dnat()).toEqual([{ ...tcp, externalPort: 18080 }]);
    const { body } = await home.lab.visit(`http://${endpoint.address}:18080/`);
    expect(body).toBe("the page");
  });

  test("maps a port that nothing listens on yet, and says so", async () => {
    const homeport = home.start("--expose", "tcp/8080");
    expect((await homeport.mapped("tcp", 8080)).listening).toBe(false);
    await home.serve("tcp", 8080, "the page");
    await homeport.now("it listens", ({ exposures }) => exposures[0]?.listening === true);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s closes the ports, then exits with 0",
    async (signal) => {
      const homeport = home.start("--expose", "tcp/8080", "--expose", "udp/9000");
      await homeport.mapped("tcp", 8080);
      await homeport.mapped("udp", 9000);
      expect(await home.lab.dnat()).toHaveLength(2);
      // A router that takes its time, so that what goes on is seen.
      const { pid } = home.lab.router();
      process.kill(pid, "SIGSTOP");
      homeport.signal(signal);
      await homeport.first("it withdraws", ({ exposures }) =>
        exposures.some(({ state }) => state === "withdrawing"),
      );
      process.kill(pid, "SIGCONT");
      expect(await homeport.ended).toEqual({ code: 0, signal: null });
      expect(await home.lab.dnat()).toEqual([]);
    },
  );

  test("leaves what other programs opened", async () => {
    const foreign = await openForAnotherProgram(7000);
    const homeport = home.start("--expose", "tcp/8080");
    await homeport.mapped("tcp", 8080);
    homeport.signal("SIGTERM");
    await homeport.ended;
    expect(await home.lab.dnat()).toEqual([foreign]);
  });

  test("writes one JSON snapshot a line, with the promised fields and growing revisions", async () => {
    await home.serve("tcp", 8080, "the page");
    const homeport = home.start("--expose", "tcp/8080");
    await homeport.mapped("tcp", 8080);
    await homeport.first("the server is seen", ({ servers }) => servers.length > 0);
    homeport.signal("SIGTERM");
    await homeport.ended;

    expect(homeport.garbage).toEqual([]);
    expect(homeport.stderr).toBe("");
    const { snapshots } = homeport;
    for (const snapshot of snapshots) promised.parse(snapshot);
    const revisions = snapshots.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
    const full = snapshots.find(({ exposures }) => exposures[0]?.state === "mapped");
    expect(full).toMatchObject({
      gateways: [{ address: Lab.gatewayAddress, externalAddress: "52.3.4.5" }],
      exposures: [{ protocol: "pcp", endpoint: { address: "52.3.4.5", port: 8080 }, error: null }],
    });
  });

  test("--once leaves the ports open and exits with 0", async () => {
    const once = home.start("--once", "--expose", "tcp/8080", "--expose", "udp/9000");
    expect(await once.ended).toEqual({ code: 0, signal: null });
    expect(once.latest?.exposures.map(({ state }) => state)).toEqual(["mapped", "mapped"]);
    expect(await home.lab.dnat()).toEqual(expect.arrayContaining([tcp, udp]));

    // A later run takes them over and closes them, as it was asked to keep only these.
    const later = home.start("--expose", "tcp/8080");
    await later.mapped("tcp", 8080);
    later.signal("SIGTERM");
    await later.ended;
    expect(await home.lab.dnat()).toEqual([udp]);
  });

  test("--once exits with 1 and the reason when the external port is taken, and leaves nothing", async () => {
    const foreign = await openForAnotherProgram(7000);
    const once = home.start("--once", "--expose", "tcp/8080=7000");
    expect(await once.ended).toEqual({ code: 1, signal: null });
    expect(once.stderr).toMatch(/^homeport: tcp\/8080: .*another external port/);
    expect(once.latest?.exposures).toMatchObject([{ error: { code: "external-port-taken" } }]);
    expect(await home.lab.dnat()).toEqual([foreign]);
  });

  test("--once opens no database, unless told to despite the warning", async () => {
    const folder = mkdtempSync(join(tmpdir(), "homeport-database-"));
    home.atEnd(async () => rmSync(folder, { recursive: true }));
    // A program of that name is all that a database shows of itself here.
    const program = join(folder, "mariadbd");
    copyFileSync(execFileSync("which", ["socat"], { encoding: "utf8" }).trim(), program);
    chmodSync(program, 0o755);
    const database = home.lab.spawn("pc", program, ["TCP-LISTEN:3306,fork", "PIPE"], {
      stdio: "ignore",
    });
    home.atEnd(async () => {
      const ended = once(database, "exit");
      database.kill("SIGKILL");
      await ended;
    });
    const words = ["--once", "--expose", "tcp/3306"];
    const careful = home.start(...words);
    expect(await careful.ended).toMatchObject({ code: 1 });
    expect(careful.stderr).toMatch(/^homeport: tcp\/3306: .*stays closed.*VPN/);
    expect(careful.latest?.exposures).toMatchObject([{ state: "failed", warnings: ["database"] }]);
    expect(await home.lab.dnat()).toEqual([]);
    const wilful = home.start(...words, "--despite-warning");
    expect(await wilful.ended).toMatchObject({ code: 0 });
    expect(await home.lab.dnat()).toMatchObject([{ externalPort: 3306 }]);
  });

  test("--gateway maps there or nowhere: --once exits with 1 and the reason when nobody is there", async () => {
    const words = ["--expose", "tcp/8080", "--gateway", "192.168.77.99"];
    const once = home.start("--once", "--timeout", "4", ...words);
    expect(await once.ended).toEqual({ code: 1, signal: null });
    expect(once.stderr).toMatch(/^homeport: tcp\/8080: \w.+/);
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("--expose tcp/99999 exits with 2 and names the mistake", async () => {
    const homeport = home.start("--expose", "tcp/99999");
    expect(await homeport.ended).toEqual({ code: 2, signal: null });
    expect(homeport.stderr).toContain("--expose tcp/99999: a port is a number from 1 to 65535");
    expect(homeport.arrivals).toEqual([]);
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("keeps a damaged settings file aside, says so and goes on", async () => {
    const damaged = '{"theme": "dark", "expo';
    writeFileSync(join(home.dataDirectory, "settings.json"), damaged);
    const homeport = home.start("--expose", "tcp/8080");
    await homeport.mapped("tcp", 8080);
    const notices = homeport.latest?.notices ?? [];
    expect(notices).toMatchObject([{ level: "warning" }]);
    const files = readdirSync(home.dataDirectory);
    const aside = files.find((name) => name.startsWith("settings") && name !== "settings.json");
    expect(readFileSync(join(home.dataDirectory, String(aside)), "utf8")).toBe(damaged);
    expect(notices[0]?.message).toContain(aside);
  });
});
