/** Sockets that are held by one program for another: what lies behind counts, and a danger is no smaller there. */
import { describe, expect, test } from "vitest";
import { catalogue } from "../../../shared/services/catalogue.ts";
import { type Recognition, recognise } from "./recognise.ts";
import { type ProcessParts, processOf, serverOn } from "../../../test/fixtures/servers.ts";
import { languagesFor } from "./suspects.ts";

function look(commandLine: string, socket: string, parts: ProcessParts = {}): Recognition {
  const server = serverOn(socket, processOf(commandLine, parts));
  return recognise(server, [server], catalogue);
}

function asked(commandLine: string, socket: string, parts: ProcessParts = {}): readonly string[] {
  const server = serverOn(socket, processOf(commandLine, parts));
  return languagesFor(server, recognise(server, [server], catalogue), catalogue);
}

const docker = (inner: number): string =>
  `/usr/bin/docker-proxy -proto tcp -host-port 1 -container-ip 172.17.0.2 -container-port ${inner}`;

describe("a forwarder", () => {
  test.each([
    ["pasta --config-net -t 5432:5432", "/usr/bin/passt.avx2"],
    ["slirp4netns --mtu 65520 -r 3 tap0", "/usr/bin/slirp4netns"],
    ["rootlesskit --net=slirp4netns dockerd", "/usr/bin/rootlesskit"],
    ["ssh -N -L 0.0.0.0:5432:db:5432 host", "/usr/bin/ssh"],
    ["sshd: ann@pts/0", "/usr/sbin/sshd"],
    ["qemu-system-x86_64 -netdev user,hostfwd=tcp::5432-:5432", "/usr/bin/qemu-system-x86_64"],
  ])("is no reason to hold a database harmless: %s", (commandLine, executable) => {
    expect(look(commandLine, "tcp/5432", { executable })).toMatchObject({
      service: { id: "postgres", confidence: "low" },
      warnings: ["database"],
    });
  });

  test("is judged by the port behind it, where it tells that", () => {
    const database = look(docker(5432), "tcp/15432");
    expect(database).toMatchObject({
      service: { id: "postgres", role: "db", confidence: "low" },
      warnings: ["database"],
    });
    expect(database.service?.evidence).toEqual([{ kind: "port", detail: "5432/tcp behind it" }]);
    expect(look(docker(80), "tcp/5432").service?.id).toBe("web-server");
    expect(look(docker(25575), "tcp/40000").warnings).toEqual(["remote-console"]);
    expect(asked(docker(25565), "tcp/40000")).toContain("minecraft-java");
    expect(asked(docker(9999), "tcp/25565")).toEqual([]);
  });

  test("leads to the port of a known program", () => {
    const behind = (port: number): ProcessParts => ({
      program: {
        kind: "proxy",
        name: "paper.jar",
        commandLine: "java -jar /data/paper.jar nogui",
        target: { address: "172.17.0.2", port },
      },
    });
    expect(look(docker(25575), "tcp/25565", behind(25_575))).toMatchObject({
      service: { id: "minecraft-java", role: "rcon" },
      warnings: ["open-to-strangers", "remote-console"],
    });
    expect(look(docker(25565), "tcp/25575", behind(25_565))).toMatchObject({
      service: { id: "minecraft-java", role: "game" },
      warnings: ["open-to-strangers"],
    });
  });
});

describe("a program that listens until somebody comes (socket activation)", () => {
  const systemd = { executable: "/usr/lib/systemd/systemd" };

  test.each([
    ["tcp/2375", "docker-api", "code-execution"],
    ["tcp/16509", "libvirt", "code-execution"],
    ["tcp/631", "printing", "local-network-only"],
    ["udp/69", "tftp", "file-sharing"],
  ])("is thought to be what its port says: %s", (socket, id, warning) => {
    expect(look("/sbin/init splash", socket, systemd)).toMatchObject({
      service: { id, confidence: "low" },
      warnings: [warning],
    });
  });

  test("is not woken by a question", () => {
    expect(asked("/sbin/init", "tcp/80", systemd)).toEqual([]);
    expect(asked("/sbin/init", "tcp/22", systemd)).toEqual([]);
    expect(asked("/usr/sbin/xinetd", "tcp/21", {})).toEqual([]);
  });
});
