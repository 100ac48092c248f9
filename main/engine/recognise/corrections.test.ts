import { expect, test } from "vitest";
import type { CorrectionSetting } from "../../../shared/settings.ts";
import { findCorrection, withCorrection } from "./corrections.ts";
import { type ProcessParts, processOf, serverOn } from "../../../test/fixtures/servers.ts";

const said = (
  commandLine: string | null,
  socket: string,
  service: string | null = "terraria",
  parts?: ProcessParts,
): CorrectionSetting[] =>
  withCorrection(
    [],
    serverOn(socket, commandLine === null ? null : processOf(commandLine, parts)),
    service,
  );

const found = (
  corrections: readonly CorrectionSetting[],
  commandLine: string | null,
  socket: string,
  parts?: ProcessParts,
): string | null | undefined =>
  findCorrection(
    serverOn(socket, commandLine === null ? null : processOf(commandLine, parts)),
    corrections,
  );

test("holds for the program on any port and with any arguments", () => {
  const corrections = said("/opt/app/game -password hunter2", "tcp/7777");
  expect(found(corrections, "/opt/app/game -x", "udp/9999", { pid: 7 })).toBe("terraria");
  expect(found(corrections, "/opt/other/game", "tcp/7777")).toBeUndefined();
  expect(JSON.stringify(corrections)).not.toContain("hunter2");
});

test("tells programs of one interpreter apart by what runs and where", () => {
  const parts = { executable: "/usr/bin/java", directory: "/srv/a" };
  const corrections = said("java -jar own.jar", "tcp/1000", "necesse", parts);
  expect(found(corrections, "java -Xmx1G -jar own.jar", "tcp/2000", parts)).toBe("necesse");
  expect(found(corrections, "java -jar other.jar", "tcp/1000", parts)).toBeUndefined();
  const elsewhere = { ...parts, directory: "/srv/b" };
  expect(found(corrections, "java -jar own.jar", "tcp/1000", elsewhere)).toBeUndefined();
});

test("of a program that cannot be seen holds for its port alone", () => {
  const corrections = said(null, "tcp/7777");
  expect(found(corrections, null, "tcp/7777")).toBe("terraria");
  expect(found(corrections, null, "tcp/7778")).toBeUndefined();
  expect(found(corrections, null, "udp/7777")).toBeUndefined();
  const proxied = said("docker-proxy -container-ip 172.17.0.2 -container-port 1", "tcp/7777");
  expect(
    found(proxied, "docker-proxy -container-ip 172.17.0.3 -container-port 1", "tcp/7778"),
  ).toBeUndefined();
});

test("replaces what was said before, and is forgotten", () => {
  const server = serverOn("tcp/1", processOf("/opt/app/game"));
  const other = said("/opt/app/other", "tcp/2");
  const first = withCorrection(other, server, "terraria");
  const second = withCorrection(first, server, null);
  expect(second).toHaveLength(2);
  expect(findCorrection(server, second)).toBeNull();
  expect(withCorrection(second, server, undefined)).toEqual(other);
});

test.each([
  ["/tmp/.mount_GameAbc123/usr/bin/game", "/tmp/.mount_GameXyz789/usr/bin/game"],
  ["/snap/mosquitto/873/usr/sbin/mosquitto", "/snap/mosquitto/880/usr/sbin/mosquitto"],
  ["/usr/bin/game", "/usr/bin/game (deleted)"],
  [
    "/nix/store/0c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-game-1.0/bin/game",
    "/nix/store/9c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-game-1.1/bin/game",
  ],
  [
    String.raw`C:\Users\a\AppData\Local\Game\app-1.2.3\game.exe`,
    String.raw`C:\Users\a\AppData\Local\Game\app-1.3.0\game.exe`,
  ],
])("survives an update or a new mount: %s", (executable, later) => {
  const corrections = said("game", "tcp/1", "terraria", { executable });
  expect(found(corrections, "game", "tcp/1", { executable: later })).toBe("terraria");
  expect(found(corrections, "game", "tcp/1", { executable: `${later}2` })).toBeUndefined();
});

test("survives a newer interpreter, and tells interpreters apart no more than programs", () => {
  const parts = { executable: "/usr/bin/python3.11", directory: "/srv/a" };
  const corrections = said("python3 app.py", "tcp/1", "terraria", parts);
  const later = { ...parts, executable: "/usr/bin/python3.13" };
  expect(found(corrections, "python3 app.py", "tcp/1", later)).toBe("terraria");
  expect(found(corrections, "python3 other.py", "tcp/1", later)).toBeUndefined();
});

test("keeps what was said in an earlier version, with the whole path", () => {
  const earlier = [
    { executable: "/snap/x/1/game", program: "", directory: "", socket: null, service: "terraria" },
  ];
  expect(found(earlier, "game", "tcp/1", { executable: "/snap/x/2/game" })).toBe("terraria");
});
