import { expect, test } from "vitest";
import type { RecognisedServer, ServerDetails, Snapshot } from "../../shared/snapshot.ts";
import { catalogue } from "../../shared/services/catalogue.ts";
import { recognise } from "../engine/recognise/recognise.ts";
import { processOf, serverOn } from "../../test/fixtures/servers.ts";
import { composeServer } from "../engine/recognise/shown-server.ts";
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

test("a script finds service, title and warnings by their fixed names", () => {
  const servers = ["java -jar paper.jar nogui", "/opt/app/own"].map((commandLine) => {
    const server = serverOn("tcp/25565", processOf(commandLine));
    const told = { answer: null, words: null, announced: null, world: null };
    return composeServer(server, recognise(server, [server], catalogue), told);
  });
  const line = snapshotLine({
    revision: 1,
    gateways: [],
    servers,
    exposures: [],
    names: [],
    notices: [],
    settings: { theme: "system", gateway: null },
  });
  expect(JSON.parse(line).servers).toMatchObject([
    {
      service: {
        id: "minecraft-java",
        name: "Minecraft: Java Edition",
        confidence: "high",
        evidence: [{ kind: "program", detail: "paper.jar" }],
      },
      title: "Minecraft: Java Edition",
      warnings: ["open-to-strangers"],
    },
    { service: null, title: "own", warnings: [] },
  ]);
});
