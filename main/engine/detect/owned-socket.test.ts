import { expect, test } from "vitest";
import { type OwnedSocket, toServers } from "./owned-socket.ts";

const web = { pid: 10, name: "node", commandLine: "node app.js" };
const ephemeral = { first: 32_768, last: 60_999 };

function socket(change: Partial<OwnedSocket>): OwnedSocket {
  return { transport: "tcp", address: "0.0.0.0", port: 80, process: web, ...change };
}

test("joins the addresses of one process and keeps processes and transports apart", () => {
  const servers = toServers(
    [
      socket({ transport: "udp" }),
      socket({ address: "::" }),
      socket({ address: "0.0.0.0" }),
      socket({ address: "::" }),
      socket({ process: { ...web, pid: 9 } }),
      socket({ process: null }),
      socket({ port: 79 }),
    ],
    ephemeral,
    () => null,
  );
  expect(servers.map((s) => [s.transport, s.port, s.process?.pid, s.addresses])).toEqual([
    ["tcp", 79, 10, ["0.0.0.0"]],
    ["tcp", 80, undefined, ["0.0.0.0"]],
    ["tcp", 80, 9, ["0.0.0.0"]],
    ["tcp", 80, 10, ["0.0.0.0", "::"]],
    ["udp", 80, 10, ["0.0.0.0"]],
  ]);
});

test.each([
  [["127.0.0.1"], "loopback"],
  [["127.0.1.53", "::1"], "loopback"],
  [["127.0.0.1", "192.168.1.2"], "network"],
  [["::"], "network"],
  [["fe80::1"], "network"],
])("%j is reached from %s", (addresses, scope) => {
  const [server] = toServers(
    addresses.map((address) => socket({ address })),
    ephemeral,
    () => null,
  );
  expect(server?.scope).toBe(scope);
});

test.each([
  ["udp", 32_767, false],
  ["udp", 32_768, true],
  ["udp", 60_999, true],
  ["udp", 61_000, false],
  ["tcp", 40_000, false],
] as const)("%s %i is ephemeral: %s", (transport, port, expected) => {
  expect(toServers([socket({ transport, port })], ephemeral, () => null)[0]?.ephemeral).toBe(
    expected,
  );
});

test("a program with thousands of sockets does not swell the snapshot", () => {
  const many = Array.from({ length: 5000 }, (_, at) => socket({ port: at + 1 }));
  expect(toServers(many, ephemeral, () => null)).toHaveLength(2048);
});

test("the list stays the same object while its servers do", () => {
  const before = toServers([socket({ port: 80 }), socket({ port: 81 })], ephemeral, () => null);
  const again = [socket({ port: 81 }), socket({ port: 80 })];
  expect(toServers(again, ephemeral, () => null, before)).toBe(before);
  expect(toServers(again.slice(1), ephemeral, () => null, before)).not.toBe(before);
});
