/** A port that is open only while its server runs, on a real router. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab)(`open only while it runs${whyNoLab}`, () => {
  const home = useLab();

  test("the router's port comes and goes with the server, and stays the same", async () => {
    const config = join(home.dataDirectory, "following.json");
    const intent = { transport: "tcp", internalPort: 8080, whileRunning: true };
    writeFileSync(config, JSON.stringify({ exposures: [intent], closeAfter: 2 }));
    const homeport = home.start("--config", config);
    const waits = () =>
      homeport.now("it waits", ({ exposures }) => exposures[0]?.state === "waiting");

    await waits();
    await homeport.first("the router answers", ({ gateways }) =>
      gateways.some(({ state }) => state === "answering"),
    );
    expect(await home.lab.dnat()).toEqual([]);

    const first = await home.serve("tcp", 8080, "the page");
    const { endpoint } = await homeport.mapped("tcp", 8080);
    const rule = {
      transport: "tcp",
      externalPort: endpoint.port,
      toAddress: Lab.pcAddress,
      toPort: 8080,
    };
    expect(await home.lab.dnat()).toEqual([rule]);

    await first.stop();
    await waits();
    await until("the router closed the port", async () => (await home.lab.dnat()).length === 0);

    await home.serve("tcp", 8080, "the page again");
    expect((await homeport.mapped("tcp", 8080)).endpoint).toEqual(endpoint);
    expect(await home.lab.dnat()).toEqual([rule]);
  });
});
