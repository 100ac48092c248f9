import { describe, expect, test } from "vitest";
import { catalogue } from "../../../shared/services/catalogue.ts";
import { recognise } from "./recognise.ts";
import { type ProcessParts, processOf, serverOn } from "../../../test/fixtures/servers.ts";
import { addressOf, languagesFor } from "./suspects.ts";

function languages(commandLine: string | null, socket: string, parts?: ProcessParts): string {
  const server = serverOn(socket, commandLine === null ? null : processOf(commandLine, parts));
  return languagesFor(server, recognise(server, [server], catalogue), catalogue).join(" ");
}

describe("who is asked, and in which language", () => {
  test.each<[string, string | null, string, string]>([
    ["a Minecraft server", "java -jar paper.jar", "tcp/25565", "minecraft-java"],
    ["one on another port", "java -jar paper.jar", "tcp/31000", "minecraft-java"],
    ["a question port", "/srv/valheim_server", "udp/2457", "a2s"],
    ["a Source server", "./srcds_linux -game tf", "udp/27015", "a2s"],
    ["a Java program on Minecraft's port", "java -jar own.jar", "tcp/25565", "minecraft-java"],
    ["a hidden program on Minecraft's port", null, "tcp/25565", "minecraft-java"],
    ["a hidden program on Mumble's port", null, "udp/64738", "mumble"],
    ["Node", "node app.js", "tcp/3456", "http"],
    ["Python", "python3 serve.py", "tcp/9999", "http"],
    ["nginx", "nginx", "tcp/80", "http"],
    ["sshd", "/usr/sbin/sshd", "tcp/22", "banner"],
  ])("%s", (_what, commandLine, socket, expected) => {
    expect(languages(commandLine, socket)).toBe(expected);
  });

  test.each<[string, string | null, string]>([
    ["an unknown program", "/opt/app/own", "tcp/8080"],
    ["an unknown program on Minecraft's port", "/opt/app/own", "tcp/25565"],
    ["an unknown program on a game's port", "/opt/app/own", "udp/27015"],
    ["a remote console", "java -jar paper.jar", "tcp/25575"],
    ["a game's port where another one answers", "/srv/valheim_server", "udp/2456"],
    ["a service that has nothing to say", "/usr/sbin/mariadbd", "tcp/3306"],
    ["a page that needs HTTPS", "nginx", "tcp/443"],
    ["a Java program elsewhere", "java -jar own.jar", "tcp/8080"],
    ["Node over UDP", "node app.js", "udp/3456"],
    ["a program's own outgoing socket", "./srcds_linux -game tf", "udp/55000"],
    ["a hidden program on no service's port", null, "tcp/31337"],
  ])("not %s", (_what, commandLine, socket) => {
    expect(languages(commandLine, socket)).toBe("");
  });
});

test.each([
  [["0.0.0.0"], "127.0.0.1"],
  [["127.0.0.1"], "127.0.0.1"],
  [["0.0.0.0", "::"], "127.0.0.1"],
  [["::"], "::1"],
  [["192.0.2.7"], "192.0.2.7"],
  [["fe80::1", "2001:db8::7"], "2001:db8::7"],
  [["fe80::1"], null],
])("bound to %j it is asked at %s", (addresses, expected) => {
  expect(addressOf({ ...serverOn("tcp/1", null), addresses })).toBe(expected);
});
