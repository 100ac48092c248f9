import { expect, test } from "vitest";
import type { RecognisedServer } from "../../../shared/snapshot.ts";
import { portNeeds } from "./port-needs.ts";

function socket(
  id: string,
  role: string | null,
  transport: "tcp" | "udp",
  port: number,
  pid = 7,
): RecognisedServer {
  return {
    transport,
    port,
    addresses: ["0.0.0.0"],
    scope: "network",
    process: { pid, name: "server", commandLine: "server" },
    ephemeral: false,
    service: { id, name: id, role, confidence: "high", evidence: [] },
    title: id,
    warnings: [],
  };
}

const valheim = [
  socket("valheim", "game", "udp", 2466),
  socket("valheim", "query", "udp", 2467),
  socket("valheim", "game", "udp", 2456, 8),
  socket("valheim", "query", "udp", 2457, 8),
];

test("a game's other required port of the same process, whichever of them was clicked", () => {
  expect(portNeeds(valheim, { transport: "udp", internalPort: 2466 })).toEqual({
    block: [{ transport: "udp", internalPort: 2467 }],
    samePort: false,
  });
  expect(portNeeds(valheim, { transport: "udp", internalPort: 2457 }).block).toEqual([
    { transport: "udp", internalPort: 2456 },
  ]);
});

test("one that does not listen yet, where its distance is known", () => {
  const alone = [socket("valheim", "game", "udp", 2500)];
  expect(portNeeds(alone, { transport: "udp", internalPort: 2500 }).block).toEqual([
    { transport: "udp", internalPort: 2501 },
  ]);
  const last = [socket("valheim", "game", "udp", 65_535)];
  expect(portNeeds(last, { transport: "udp", internalPort: 65_535 }).block).toEqual([]);
});

test("both transports of one number, and the same numbers outside", () => {
  const satisfactory = [socket("satisfactory", "game", "udp", 7777)];
  const needs = portNeeds(satisfactory, { transport: "udp", internalPort: 7777 });
  expect(needs.samePort).toBe(true);
  expect(needs.block).toContainEqual({ transport: "tcp", internalPort: 7777 });
});

test("never what must stay closed, nothing for what is optional, unknown or not listening", () => {
  const rust = [
    socket("rust", "game", "udp", 28_015),
    socket("rust", "query", "udp", 28_017),
    socket("rust", "rcon", "tcp", 28_016),
    socket("rust", "app", "tcp", 28_082),
  ];
  expect(portNeeds(rust, { transport: "udp", internalPort: 28_015 }).block).toEqual([
    { transport: "udp", internalPort: 28_017 },
  ]);
  expect(portNeeds(rust, { transport: "tcp", internalPort: 28_082 }).block).toEqual([]);
  expect(portNeeds(rust, { transport: "tcp", internalPort: 9 }).block).toEqual([]);
  const unknown: RecognisedServer = { ...socket("x", null, "tcp", 80), service: null };
  expect(portNeeds([unknown], { transport: "tcp", internalPort: 80 })).toEqual({
    block: [],
    samePort: false,
  });
});
