/** Whose the entries of a real router are, and that of those that nobody wants any more ours alone can go. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { homeNetwork, pcAddress, secondPcAddress } from "./topology.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab)(`what a router holds${whyNoLab}`, () => {
  const home = useLab(
    { topology: homeNetwork({ pc2: true }), protocols: ["upnp"] },
    { upnpc: "miniupnpc" },
  );
  const rule = (port: number, toAddress = pcAddress) => ({
    transport: "tcp",
    externalPort: port,
    toAddress,
    toPort: port,
  });

  test("is told with whose it is; what leaked of ours goes, and nothing else", async () => {
    const { lab } = home;
    const open = (place: "pc" | "pc2", address: string, port: string) =>
      lab.exec(place, "upnpc", ["-a", address, port, port, "TCP", "3600"]);
    await open("pc2", secondPcAddress, "7000");
    await open("pc", pcAddress, "7001");
    const crashed = home.start("--expose", "tcp/8080", "--expose", "tcp/9000");
    await crashed.mapped("tcp", 8080);
    await crashed.mapped("tcp", 9000);
    await crashed.kill();
    // Nothing is left to tell the next run what it made.
    rmSync(join(home.dataDirectory, "leases.jsonl"));

    const engine = home.startWithCommands();
    engine.execute("expose", { transport: "tcp", internalPort: 8080, externalPort: null });
    await engine.mapped("tcp", 8080);
    expect(await engine.ask("routerTable")).toMatchObject({
      ok: true,
      value: {
        complete: true,
        rows: [
          { externalPort: 7000, internalClient: secondPcAddress, owner: "other" },
          { externalPort: 7001, internalClient: pcAddress, owner: "other" },
          { externalPort: 8080, internalClient: pcAddress, owner: "exposure" },
          { externalPort: 9000, internalClient: pcAddress, owner: "leaked" },
        ],
      },
    });
    const remove = (externalPort: number) =>
      engine.ask("removeMapping", { transport: "tcp", externalPort });
    for (const foreign of [7000, 7001]) {
      expect(await remove(foreign)).toMatchObject({ error: { code: "mapping-foreign" } });
    }
    expect(await remove(8080)).toMatchObject({ error: { code: "mapping-in-use" } });
    expect(await lab.dnat()).toHaveLength(4);
    expect(await remove(9000)).toEqual({ ok: true, value: null });
    const left = await lab.dnat();
    expect(left).toHaveLength(3);
    expect(left).toEqual(
      expect.arrayContaining([rule(7000, secondPcAddress), rule(7001), rule(8080)]),
    );
  });
});
