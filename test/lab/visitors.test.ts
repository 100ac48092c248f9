/** Letting in a few visitors alone, where the router is a real miniupnpd. */
import { describe, expect, test } from "vitest";
import { providerAddress } from "./topology.mjs";
import { type HomePc, noLab, useLab, whyNoLab } from "./use-lab.ts";

const page = "http://52.3.4.5:8080/";
const limited = ["--expose", "tcp/8080", "--allow", providerAddress];

async function refused(home: HomePc): Promise<string | undefined> {
  const homeport = home.start(...limited);
  const { exposures } = await homeport.now(
    "it stays closed",
    (snapshot) => snapshot.exposures[0]?.state === "failed",
    15_000,
  );
  return exposures[0]?.error?.message;
}

describe.skipIf(noLab)(
  `miniupnpd 2.3.1 by PCP, which echoes FILTER and lets in everybody${whyNoLab}`,
  () => {
    const home = useLab({ protocols: ["pcp"] });

    test("is found out before anything is open", async () => {
      await home.serve("tcp", 8080, "the page");
      expect(await refused(home)).toContain("PCP: it does not look at the list");
      expect(await home.lab.dnat()).toEqual([]);
      await expect(home.lab.visit(page)).rejects.toThrow(page);
    });

    test("closes what an earlier run left open to everybody", async () => {
      await home.serve("tcp", 8080, "the page");
      const open = home.start("--expose", "tcp/8080", "--once");
      expect((await open.ended).code).toBe(0);
      expect((await home.lab.visit(page)).body).toBe("the page");
      expect(await refused(home)).toContain("cannot limit who may connect");
      expect(await home.lab.dnat()).toEqual([]);
      await expect(home.lab.visit(page)).rejects.toThrow(page);
    });
  },
);
