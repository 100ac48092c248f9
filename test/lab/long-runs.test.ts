/** What takes minutes: each test in a lab of its own, all at the same time. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../shared/snapshot.ts";
import {
  doubleNat,
  squattedAddress,
  squattedNat,
  squattersRules,
  twoConnections,
} from "./further-topologies.mjs";
import { leaveHangingRouter } from "./hanging-router.ts";
import { Lab } from "./lab.mjs";
import { LEASE, threeMinutesOfLoss } from "./lossy-cable.ts";
import { serveStun, stirNetwork } from "./stun-server.ts";
import { homeNetwork, pcAddress6, providerAddress } from "./topology.mjs";
import { until } from "./until.mjs";
import { inOwnLab, noLab, whyNoLab } from "./use-lab.ts";

const MINUTE = 60_000;
/** Where the router tells it: a random wait of up to 5 s (RFC 6887 §14.1.3, RFC 6886 §3.7), then the question. */
const TOLD = 6000;
/** Seconds; the shortest that this router gives, so that there are renewals to see. */
const shortLease = "max_lifetime=121";
const rule = { transport: "tcp", externalPort: 18080, toAddress: Lab.pcAddress, toPort: 8080 };
const url = "http://52.3.4.5:18080/";

function say(words: string, since: number): void {
  console.log(`${words} ${Math.round(performance.now() - since)} ms`);
}

describe.skipIf(noLab).concurrent(`long runs${whyNoLab}`, { timeout: 7 * MINUTE }, () => {
  // The longest first: the others begin as soon as there is room.
  test.each(["pcp", "nat-pmp", "upnp"] as const)(
    "%s: a cable that loses 30 %, doubles and reorders, for three minutes",
    (protocol) => {
      const faults = { loss: 0.3, duplication: 0.1, reordering: 0.2 };
      const options = {
        topology: homeNetwork({ faults, ipv6: protocol !== "nat-pmp" }),
        protocols: [protocol],
        daemon: [`max_lifetime=${LEASE}`],
      };
      return inOwnLab(options, async (home) => {
        expect(await threeMinutesOfLoss(home, protocol)).toBe("the page");
      });
    },
  );

  test("a router that hangs while its route stays is left for the other, until it is back", () =>
    inOwnLab({ topology: twoConnections }, async (home) => {
      expect(await leaveHangingRouter(home)).toBe("the page");
    }));

  test.each(["pcp", "nat-pmp", "upnp"] as const)(
    "%s: a suspended app puts the mapping back that a reboot took meanwhile",
    (protocol) =>
      inOwnLab({ protocols: [protocol] }, async (home) => {
        await home.serve("tcp", 8080, "the page");
        await delay(3000);
        const homeport = home.start("--expose", "tcp/8080=18080");
        await homeport.mapped("tcp", 8080);
        homeport.signal("SIGSTOP");
        const suspended = performance.now();
        await delay(20_000);
        await home.lab.restartGateway({ forget: true });
        await delay(suspended + MINUTE - performance.now());
        expect(await home.lab.dnat()).toEqual([]);

        homeport.signal("SIGCONT");
        const awake = performance.now();
        const isBack = async () => (await home.lab.dnat()).length > 0;
        await until("the mapping is back", isBack);
        say(`${protocol}: suspended for a minute: mapping back after`, awake);
        expect(await home.lab.dnat()).toEqual([rule]);
        await homeport.mapped("tcp", 8080);
        expect((await home.lab.visit(url)).body).toBe("the page");
      }),
  );

  test("a router whose daemon is frozen for 30 s while we start gets its mapping then", () =>
    inOwnLab({}, async (home) => {
      await home.serve("tcp", 8080, "the page");
      const daemon = home.lab.router().pid;
      process.kill(daemon, "SIGSTOP");
      const homeport = home.start("--expose", "tcp/8080=18080");
      await delay(30_000);
      expect(homeport.latest?.exposures).toMatchObject([{ endpoint: null }]);
      process.kill(daemon, "SIGCONT");
      const thawed = performance.now();
      await homeport.mapped("tcp", 8080, MINUTE);
      say("frozen for 30 s: mapped after", thawed);
      expect(await home.lab.dnat()).toEqual([rule]);
      expect((await home.lab.visit(url)).body).toBe("the page");
    }));

  test("a router whose daemon is frozen for 30 s at a renewal keeps its mapping", () =>
    inOwnLab({ daemon: [shortLease] }, async (home) => {
      await home.serve("tcp", 8080, "the page");
      const homeport = home.start("--expose", "tcp/8080=18080");
      const { expiresAt } = await homeport.mapped("tcp", 8080);
      // Half of a lifetime of 121 s is the first moment to renew it (RFC 6887 §11.2.1).
      await delay(55_000);
      const daemon = home.lab.router().pid;
      process.kill(daemon, "SIGSTOP");
      await delay(30_000);
      expect((await home.lab.visit(url)).body).toBe("the page");
      process.kill(daemon, "SIGCONT");
      const thawed = performance.now();
      await homeport.now(
        "it is renewed",
        ({ exposures }) => Date.parse(exposures[0]?.expiresAt ?? "") > Date.parse(expiresAt ?? ""),
        MINUTE,
      );
      say("frozen at a renewal: renewed after", thawed);
      expect(homeport.snapshots.some(({ exposures }) => exposures[0]?.state === "failed")).toBe(
        false,
      );
      expect(await home.lab.dnat()).toEqual([rule]);
    }));

  test.each(["pcp", "nat-pmp", "upnp"] as const)(
    "%s: the WAN is down for 20 s, and the port is open when it is up again",
    (protocol) =>
      inOwnLab({ protocols: [protocol] }, async (home) => {
        await home.serve("tcp", 8080, "the page");
        const homeport = home.start("--expose", "tcp/8080=18080");
        await homeport.mapped("tcp", 8080);
        await home.lab.router().connectWan(false);
        await delay(20_000);
        await home.lab.router().connectWan(true);
        const up = performance.now();
        const visit = () => home.lab.visit(url).catch(() => null);
        const { body } = await until("a visitor gets through", visit, MINUTE);
        say(`${protocol}: WAN up: a visitor gets through after`, up);
        expect(body).toBe("the page");
        await homeport.now(
          "it says so",
          ({ exposures }) => exposures[0]?.endpoint?.address === "52.3.4.5",
          MINUTE,
        );
        expect(await home.lab.dnat()).toEqual([rule]);
      }),
  );

  /**
   * Milliseconds for which the router has been up before: its epoch shows a reboot only then (RFC 6887 §8.5). NAT-PMP
   * allows for a clock that is an eighth too slow (RFC 6886 §3.6), and miniupnpd 2.3.1 announces its start by PCP alone:
   * there a question of ours finds out.
   */
  test.each([
    ["pcp", 3000, TOLD],
    ["nat-pmp", 15_000, MINUTE],
    ["upnp", 3000, MINUTE],
  ] as const)(
    "%s: a router that forgot everything in a reboot gets the mapping back",
    (protocol, before, patience) =>
      inOwnLab({ protocols: [protocol] }, async (home) => {
        await home.serve("tcp", 8080, "the page");
        await delay(before);
        const homeport = home.start("--expose", "tcp/8080=18080");
        await homeport.mapped("tcp", 8080);
        await home.lab.restartGateway({ forget: true });
        const forgotten = performance.now();
        const isBack = async () => (await home.lab.dnat()).length > 0;
        await until("the mapping is back", isBack, patience);
        say(`${protocol}: mapping back after a reboot after`, forgotten);
        expect(await home.lab.dnat()).toEqual([rule]);
        expect((await home.lab.visit(url)).body).toBe("the page");
      }),
  );

  test.each([
    ["nat-pmp", TOLD],
    ["upnp", MINUTE],
  ] as const)(
    "%s: a router that comes back from a reboot with another address gets the mapping back",
    (protocol, patience) =>
      inOwnLab({ protocols: [protocol] }, async (home) => {
        await home.serve("tcp", 8080, "the page");
        const homeport = home.start("--expose", "tcp/8080=18080");
        await homeport.mapped("tcp", 8080);
        await home.lab.restartGateway({ forget: true });
        const address = await home.lab.changeWanAddress();
        const changed = performance.now();
        await homeport.now(
          "the endpoint has the new address",
          ({ exposures }) => exposures[0]?.endpoint?.address === address,
          patience,
        );
        const isBack = async () => (await home.lab.dnat()).length > 0;
        await until("the mapping is back", isBack);
        say(`${protocol}: mapping back after a reboot with another address after`, changed);
        expect((await homeport.mapped("tcp", 8080)).endpoint).toEqual({ address, port: 18080 });
        expect(await home.lab.dnat()).toEqual([rule]);
        expect((await home.lab.visit(`http://${address}:18080/`)).body).toBe("the page");
      }),
  );

  test("pcp: a router that forgot everything in a reboot gets its IPv6 pinhole back", () =>
    inOwnLab({ topology: homeNetwork({ ipv6: true }), protocols: ["pcp"] }, async (home) => {
      await home.serve("tcp", 8080, "the page", "::");
      // The epoch of a router that has just started would look no different after a reboot.
      await delay(3000);
      const homeport = home.start("--expose", "tcp/8080=18080");
      const isOpen6 = ({ exposures }: Snapshot) => exposures[0]?.ipv6?.state === "mapped";
      await homeport.now("IPv6 is open", isOpen6);
      const router = home.lab.router();
      const before = await router.pinholes();
      expect(before).toHaveLength(1);
      await home.lab.restartGateway({ forget: true });
      const forgotten = performance.now();
      const isBack = async () => (await router.pinholes()).length > 0;
      await until("the pinhole is back", isBack, TOLD);
      say("pcp: IPv6 pinhole back after a reboot after", forgotten);
      expect(await router.pinholes()).toEqual(before);
      await until("the port is open over IPv4", async () => (await home.lab.dnat()).length > 0);
      for (const page of [`http://[${pcAddress6}]:8080/`, url]) {
        expect((await home.lab.visit(page)).body).toBe("the page");
      }
    }));

  test("upnp: the outer router of a double NAT forgets everything in a reboot", () =>
    inOwnLab({ topology: doubleNat, routers: { upper: { protocols: ["upnp"] } } }, async (home) => {
      await home.serve("tcp", 8080, "the page");
      const homeport = home.start("--expose", "tcp/8080=18080");
      await homeport.now(
        "the port is open on the outer router",
        ({ exposures }) => exposures[0]?.upstream?.state === "mapped",
      );
      const upper = home.lab.router("upper");
      const before = await upper.dnat();
      expect(before).toHaveLength(1);
      await home.lab.restartGateway({ place: "upper", forget: true });
      const forgotten = performance.now();
      const isBack = async () => (await upper.dnat()).length > 0;
      await until("the outer mapping is back", isBack, MINUTE);
      say("upnp: outer mapping of a double NAT back after", forgotten);
      expect(await upper.dnat()).toEqual(before);
      const { body } = await home.lab.visit(`http://52.3.4.5:${before[0]?.externalPort}/`);
      expect(body).toBe("the page");
    }));

  test.each([
    ["pcp", TOLD],
    ["nat-pmp", TOLD],
    ["upnp", MINUTE],
  ] as const)("%s: a new WAN address is seen", (protocol, patience) =>
    inOwnLab({ protocols: [protocol] }, async (home) => {
      await home.serve("tcp", 8080, "the page");
      const homeport = home.start("--expose", "tcp/8080=18080");
      await homeport.mapped("tcp", 8080);
      // As with a reboot, the epoch of a router that has just started would look no different.
      await delay(3000);
      const address = await home.lab.changeWanAddress();
      const changed = performance.now();
      await homeport.now(
        "the endpoint has the new address",
        ({ exposures }) => exposures[0]?.endpoint?.address === address,
        patience,
      );
      say(`${protocol}: new WAN address seen after`, changed);
      expect((await home.lab.visit(`http://${address}:18080/`)).body).toBe("the page");
    }),
  );

  test("what the internet sees follows the router's new address, and is never held against it", () =>
    inOwnLab({}, async (home) => {
      await serveStun(home, "coturn");
      const homeport = home.start("--expose", "tcp/8080", "--observer", providerAddress);
      await homeport.now("it is seen", ({ outside }) => outside?.address != null);
      await homeport.mapped("tcp", 8080);
      const begun = performance.now();
      const address = await home.lab.changeWanAddress();
      const seen = await homeport.now(
        "the new one is seen",
        ({ outside }) => outside?.address === address,
        MINUTE,
      );
      say("new address seen from the internet after", begun);
      expect(seen.gateways).toMatchObject([{ externalAddress: address }]);
      const findings = homeport.snapshots.flatMap(({ outside, exposures }) => [
        outside?.finding ?? null,
        ...exposures.map(({ finding }) => finding),
      ]);
      expect(new Set(findings)).toEqual(new Set([null]));
    }));

  test("a provider who squats on public addresses is found, until visitors get through", () =>
    inOwnLab({ topology: squattedNat }, async (home) => {
      const { lab } = home;
      await lab.exec("upper", "nft", [squattersRules.translate]);
      await serveStun(home, "coturn");
      await home.serve("tcp", 8080, "the page");
      const homeport = home.start("--expose", "tcp/8080", "--observer", providerAddress);
      const isFound = ({ exposures: [one] }: Snapshot): boolean => one?.finding != null;
      const found = await homeport.now("the difference is found", isFound);
      const finding = {
        code: "address-differs",
        message: expect.stringContaining(`router ${squattedAddress}, internet 52.3.4.5`),
      };
      expect(found).toMatchObject({
        outside: { address: "52.3.4.5", finding },
        exposures: [{ state: "mapped", endpoint: { address: squattedAddress }, finding }],
      });
      const page = `http://${squattedAddress}:${found.exposures[0]?.endpoint?.port}/`;
      await expect(lab.visit(page)).rejects.toThrow(/UNREACH|ETIMEDOUT|timeout/i);

      await lab.exec("upper", "nft", [squattersRules.route]);
      await lab.exec("net", "ip", ["route", "add", "52.9.9.0/24", "via", "52.3.4.5"]);
      expect((await lab.visit(page)).body).toBe("the page");
      await stirNetwork(home);
      const mended = await homeport.now(
        "the difference is gone",
        ({ outside }) => outside?.address === squattedAddress,
        MINUTE,
      );
      expect(mended).toMatchObject({ outside: { finding: null }, exposures: [{ finding: null }] });
    }));
});
