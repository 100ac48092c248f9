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
