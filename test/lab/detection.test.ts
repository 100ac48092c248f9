/** A server that starts on the PC is seen. How soon is told by the simulated clock (detector.test.ts) and `npm run bench listen`. */
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../shared/snapshot.ts";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab)(`detection${whyNoLab}`, () => {
  const home = useLab();

  test.each(["tcp", "udp"] as const)(
    "a %s server is seen with its owner once it started, and its end too",
    async (transport) => {
      const port = 8765;
      const seen = ({ servers }: Snapshot): boolean =>
        servers.some((server) => server.transport === transport && server.port === port);
      const homeport = home.start();
      await homeport.first("the gateway is known", ({ gateways }) => gateways.length > 0);
      expect(homeport.snapshots.some(seen)).toBe(false);

      const server = await home.serve(transport, port, "a page");
      const { at, snapshot } = await homeport.first("the server is seen", seen);
      console.log(`${transport} server seen ${at - server.listeningAt} ms after listen()`);
      expect(snapshot.servers.find((found) => found.port === port)).toMatchObject({
        addresses: ["0.0.0.0"],
        scope: "network",
        process: { pid: server.pid, commandLine: expect.stringContaining("home-server.mjs") },
      });

      await server.stop();
      await homeport.now("the server is gone", (latest) => !seen(latest));
    },
  );
});
