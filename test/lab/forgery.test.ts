/** A device of the home network that plays the router: announcements, answers and searches that are none of its business. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.mjs";
import {
  gatewayLinkLocal,
  homeNetwork,
  pcAddress,
  pcAddress6,
  secondPcAddress,
  secondPcAddress6,
} from "./topology.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const script = fileURLToPath(new URL("./forger.py", import.meta.url));
const script6 = fileURLToPath(new URL("./forger6.py", import.meta.url));
const SECONDS = 12;

describe.skipIf(noLab)(`a device that forges${whyNoLab}`, () => {
  for (const protocols of [["pcp", "nat-pmp"], ["nat-pmp"], ["upnp"]] as const) {
    describe(`where the router speaks ${protocols.join(" and ")}`, () => {
      const home = useLab({ protocols, topology: homeNetwork({ pc2: true }) });

      test("changes nothing, and is not asked for its description", async () => {
        const { lab } = home;
        await home.serve("tcp", 8080, "the page");
        const words = [script, secondPcAddress, Lab.gatewayAddress, pcAddress, String(SECONDS)];
        // Before the first search and the first request, so that it can answer those as well.
        const forging = lab.exec("pc2", "python3", words, { timeout: 60_000 });
        const homeport = home.start("--expose", "tcp/8080=18080");
        const { endpoint, protocol } = await homeport.mapped("tcp", 8080);
        expect(endpoint).toEqual({ address: "52.3.4.5", port: 18_080 });
        const rules = await lab.dnat();
        expect(rules).toHaveLength(1);

        const told = JSON.parse((await forging).stdout.trim().split("\n").at(-1) ?? "");
        console.log(`${told.sent} forged datagrams`);
        expect(told.sent).toBeGreaterThan(1000);
        expect(told.fetched).toBe(0);
        expect(await lab.dnat()).toEqual(rules);
        const { exposures, changes } = homeport.latest ?? {};
        expect(exposures).toMatchObject([{ state: "mapped", endpoint, protocol, error: null }]);
        expect(changes).toEqual([]);
        const everShown = homeport.snapshots.flatMap((snapshot) =>
          snapshot.exposures.flatMap((exposure) => exposure.endpoint?.address ?? []),
        );
        expect(new Set(everShown)).toEqual(new Set(["52.3.4.5"]));
        // What is asked for again is gone from the router for some milliseconds (gateway-daemon.mjs).
        const visit = () => lab.visit("http://52.3.4.5:18080/").catch(() => null);
        expect((await until("a visitor gets through", visit)).body).toBe("the page");
      });
    });
  }

  describe("that plays the IPv6 firewall which the router is not", () => {
    const home = useLab({
      protocols: ["nat-pmp"],
      topology: homeNetwork({ ipv6: true, pc2: true }),
    });

    test("is not asked to open anything", async () => {
      const { lab } = home;
      await home.serve("tcp", 8080, "the page", "::");
      const words = [script6, secondPcAddress6, gatewayLinkLocal, pcAddress6, String(SECONDS)];
      const forging = lab.exec("pc2", "python3", words, { timeout: 60_000 });
      const homeport = home.start("--expose", "tcp/8080");
      await homeport.mapped("tcp", 8080);
      const told = JSON.parse((await forging).stdout.trim().split("\n").at(-1) ?? "");
      console.log(
        `${told.sent} forged datagrams, its description was read ${told.described} times`,
      );
      expect(told.sent).toBeGreaterThan(1000);
      expect(told.asked).toBe(0);
      const opened = homeport.snapshots.filter(
        ({ exposures }) => exposures[0]?.ipv6?.state === "mapped",
      );
      expect(opened).toEqual([]);
    });
  });
});
