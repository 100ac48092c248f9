/** Another PC of the home was first: it keeps its port. */
import { describe, expect, test } from "vitest";
import type { ProblemCode } from "../../shared/problems.ts";
import type { MappingProtocol } from "../../shared/snapshot.ts";
import { Lab } from "./lab.mjs";
import { homeNetwork, pcAddress, secondPcAddress } from "./topology.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const port = 25565;
const theirs = { transport: "tcp", externalPort: port, toAddress: secondPcAddress, toPort: port };
const ports = [String(port), String(port)];

/** Programs that are not ours. */
const commands = {
  natpmpc: ["-g", Lab.gatewayAddress, "-a", ...ports, "tcp", "3600"],
  upnpc: ["-a", secondPcAddress, ...ports, "TCP", "3600"],
};

interface Home {
  readonly title: string;
  readonly protocols: readonly MappingProtocol[];
  readonly command: keyof typeof commands;
  /** PCP and NAT-PMP give another port; UPnP says 718, ConflictInMappingEntry. */
  readonly reason: ProblemCode;
}

const taken = "external-port-taken";
const homes: readonly Home[] = [
  {
    title: "all protocols",
    protocols: ["pcp", "nat-pmp", "upnp"],
    command: "natpmpc",
    reason: taken,
  },
  { title: "NAT-PMP alone", protocols: ["nat-pmp"], command: "natpmpc", reason: taken },
  {
    title: "UPnP alone",
    protocols: ["upnp"],
    command: "upnpc",
    reason: "cannot-provide-external",
  },
];

describe.skipIf(noLab).each(homes)(
  `a port that another PC holds, on a router with $title${whyNoLab}`,
  ({ protocols, command, reason }) => {
    const topology = homeNetwork({ pc2: true });
    const home = useLab({ topology, protocols }, { natpmpc: "natpmpc", upnpc: "miniupnpc" });

    async function occupy(): Promise<void> {
      await home.lab.exec("pc2", command, commands[command]);
      expect(await home.lab.dnat()).toEqual([theirs]);
    }

    test("stays with it; ours gets another that a visitor gets through", async () => {
      await occupy();
      await home.serve("tcp", port, "our page");
      const homeport = home.start("--expose", `tcp/${port}`);
      const { endpoint } = await homeport.mapped("tcp", port);
      expect(endpoint.port).not.toBe(port);
      const ours = { ...theirs, externalPort: endpoint.port, toAddress: pcAddress };
      expect(await home.lab.dnat()).toEqual([theirs, ours]);
      expect((await home.lab.visit(`http://52.3.4.5:${endpoint.port}/`)).body).toBe("our page");

      homeport.signal("SIGTERM");
      await homeport.ended;
      expect(await home.lab.dnat()).toEqual([theirs]);
    });

    test("is not ours when we want no other, and we say why", async () => {
      await occupy();
      const homeport = home.start("--expose", `tcp/${port}=${port}`);
      const failed = await homeport.now(
        "it failed",
        ({ exposures }) => exposures[0]?.state === "failed",
      );
      expect(failed.exposures).toMatchObject([{ error: { code: reason } }]);
      // What it was offered instead is given back meanwhile.
      await expect.poll(() => home.lab.dnat()).toEqual([theirs]);
    });
  },
);
