/**
 * A PCP server that is not the default gateway, which speaks nothing: found at the anycast addresses (RFC 7723) or
 * because DHCP names it (RFC 7291).
 */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../shared/snapshot.ts";
import { startCapture } from "./capture.ts";
import { leaseServers } from "./dhcp.ts";
import { Lab } from "./lab.mjs";
import {
  anycastAddress,
  anycastAddress6,
  dsLite,
  hiddenAddress,
  hiddenAddress6,
} from "./shared-addresses.mjs";
import { pcAddress6 } from "./topology.mjs";
import { type HomePc, inOwnLab, noLab, whyNoLab } from "./use-lab.ts";

const careless = fileURLToPath(new URL("./careless-server.mjs", import.meta.url));
const rule = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress, toPort: 8080 };
const pinhole = { transport: "tcp", toAddress: pcAddress6, toPort: 8080 };
const page6 = `http://[${pcAddress6}]:8080/`;

/** Over both families; where IPv6 comes first, its address is the endpoint for a moment. */
function isOpen({ exposures }: Snapshot): boolean {
  const [exposure] = exposures;
  return exposure?.endpoint?.address === "52.3.4.5" && exposure.ipv6?.state === "mapped";
}

/** Starts the server that grants all; `from` as its last word. */
async function startServer(home: HomePc, ...from: string[]): Promise<() => Promise<void>> {
  const words = [careless, anycastAddress, hiddenAddress, "52.3.4.5", ...from];
  const child = home.lab.spawn("aftr", process.execPath, words, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  home.atEnd(stop);
  if (child.stdout) await once(child.stdout, "data");
  return stop;
}

describe.skipIf(noLab).concurrent(`a PCP server that is not the default gateway${whyNoLab}`, () => {
  test("behind a gateway that speaks nothing is found at the anycast addresses of both families", () => {
    const topology = dsLite({ anycast: true, hidden: true, ipv6: true });
    return inOwnLab({ topology, routers: { aftr: { protocols: ["pcp"] } } }, async (home) => {
      await home.serve("tcp", 8080, "the page", "::");
      const homeport = home.start("--expose", "tcp/8080");
      const { gateways, exposures } = await homeport.now("all is open", isOpen);
      for (const address of [anycastAddress, anycastAddress6]) {
        expect(gateways).toContainEqual(
          expect.objectContaining({ address, protocols: ["pcp"], state: "answering" }),
        );
      }
      expect(exposures).toMatchObject([
        { ipv6: { gateway: anycastAddress6, endpoint: { address: pcAddress6, port: 8080 } } },
      ]);
      expect(await home.lab.router("aftr").dnat()).toEqual([rule]);
      expect(await home.lab.router("aftr").pinholes()).toEqual([pinhole]);
      expect((await home.lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");
      expect((await home.lab.visit(page6)).body).toBe("the page");

      homeport.signal("SIGTERM");
      await homeport.ended;
      expect(await home.lab.router("aftr").dnat()).toEqual([]);
      expect(await home.lab.router("aftr").pinholes()).toEqual([]);
    });
  });

  test("is asked by the addresses that DHCP names, of both families", () => {
    const topology = dsLite({ anycast: false, hidden: true, ipv6: true });
    return inOwnLab({ topology, routers: { aftr: { protocols: ["pcp"] } } }, async (home) => {
      const behind = await leaseServers(home, {
        place: "cpe",
        option4: "04:c0:a8:c8:01",
        option6: `[${hiddenAddress6}]`,
      });
      await home.serve("tcp", 8080, "the page", "::");
      const homeport = home.startBehind(behind, "--expose", "tcp/8080");
      const { gateways } = await homeport.now("all is open", isOpen);
      for (const address of [hiddenAddress, hiddenAddress6]) {
        expect(gateways).toContainEqual(
          expect.objectContaining({ address, protocols: ["pcp"], state: "answering" }),
        );
      }
      expect(await home.lab.router("aftr").dnat()).toEqual([rule]);
      expect(await home.lab.router("aftr").pinholes()).toEqual([pinhole]);
      expect((await home.lab.visit("http://52.3.4.5:8080/")).body).toBe("the page");
      expect((await home.lab.visit(page6)).body).toBe("the page");
    });
  });

  test("is believed when it answers from the anycast address, and not from its own", () =>
    inOwnLab({ topology: dsLite({ anycast: false, hidden: true }) }, async (home) => {
      // It makes room for the other server, and is not needed again in this lab.
      await home.lab.router("aftr").stop();
      await home.lab.exec("aftr", "ip", ["address", "add", `${anycastAddress}/32`, "dev", "lo"]);
      const fields = ["ip.src", "ip.dst", "udp.srcport"];
      const capture = await startCapture(home.lab, "udp src port 5351", fields);
      home.atEnd(() => capture.stop());
      await home.serve("tcp", 8080, "the page");

      const stop = await startServer(home);
      const first = home.start("--expose", "tcp/8080");
      const silent = await first.now(
        "the silence is told",
        ({ exposures, gateways }) =>
          gateways[0]?.state === "silent" && exposures[0]?.state === "failed",
      );
      expect(capture.packets).toContainEqual({
        "ip.src": hiddenAddress,
        "ip.dst": Lab.pcAddress,
        "udp.srcport": "5351",
      });
      expect(silent).toMatchObject({
        gateways: [{ address: Lab.gatewayAddress }],
        exposures: [{ endpoint: null, error: { code: "no-response" } }],
      });
      await Promise.all([first.kill(), stop()]);

      await startServer(home, "from-anycast");
      const second = home.start("--expose", "tcp/8080");
      await second.mapped("tcp", 8080);
      expect(second.latest?.gateways).toMatchObject([
        { address: anycastAddress, state: "answering" },
      ]);
    }));
});
