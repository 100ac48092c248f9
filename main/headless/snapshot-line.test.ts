import { expect, test } from "vitest";
import type { RecognisedServer, ServerDetails, Snapshot } from "../../shared/snapshot.ts";
import { snapshotLine } from "./snapshot-line.ts";

test("a line holds the whole snapshot but the icons", () => {
  const plain: RecognisedServer = {
    transport: "tcp",
    port: 25565,
    addresses: ["0.0.0.0"],
    scope: "network",
    process: null,
    ephemeral: false,
    service: null,
    title: "Home",
    warnings: [],
  };
  const details: ServerDetails = { name: "Home", players: 1, maxPlayers: 2, version: null };
  const snapshot = (last: ServerDetails): Snapshot => ({
    revision: 7,
    gateways: [],
    servers: [plain, { ...plain, details: last }],
    exposures: [],
    names: [],
    notices: [],
    settings: { theme: "system", gateway: null },
  });
  const line = snapshotLine(snapshot({ ...details, icon: "data:image/png;base64,AA" }));
  expect(line.endsWith("}\n")).toBe(true);
  expect(JSON.parse(line)).toEqual(snapshot(details));
});
