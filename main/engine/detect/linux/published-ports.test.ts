import { afterEach, beforeEach, expect, test } from "vitest";
import { ProcTree } from "./proc-tree.fixture.ts";
import { PublishedPorts } from "./published-ports.ts";

const us = process.getuid?.() ?? 0;
const row = (transport: "tcp" | "udp", address: string, port: number) => ({
  transport,
  address,
  port,
  inode: "1",
});

let tree: ProcTree;
beforeEach(() => {
  tree = new ProcTree();
});
afterEach(() => tree.remove());

function proxy(pid: number, hostAddress: string, hostPort: number, name = "docker-proxy"): void {
  const words = ["-proto", "tcp", "-host-ip", hostAddress, "-host-port", String(hostPort)];
  const behind = ["-container-ip", "172.17.0.2", "-container-port", "5432"];
  const cmdline = [`/usr/bin/${name}`, ...words, ...behind, ""].join("\0");
  tree.process(pid, { comm: name, cmdline });
}

test("a proxy is known by what it says that it listens on", () => {
  proxy(10, "0.0.0.0", 15_432);
  proxy(11, "::", 15_432);
  proxy(12, "0.0.0.0", 15_433, "other");
  const published = new PublishedPorts(tree.root, us);
  published.update(new Set([10, 11, 12]));
  expect(published.ownerOf(row("tcp", "0.0.0.0", 15_432))).toBe(10);
  expect(published.ownerOf(row("tcp", "::", 15_432))).toBe(11);
  expect(published.ownerOf(row("tcp", "127.0.0.1", 15_432))).toBeNull();
  expect(published.ownerOf(row("udp", "0.0.0.0", 15_432))).toBeNull();
  expect(published.ownerOf(row("tcp", "0.0.0.0", 15_433))).toBeNull();
  expect([...published.pids]).toEqual([10, 11]);
});

test("another user's process is not believed", () => {
  proxy(10, "0.0.0.0", 15_432);
  const published = new PublishedPorts(tree.root, us + 1);
  published.update(new Set([10]));
  expect([...published.pids]).toEqual([]);
});

test("one that has yet to become the proxy is looked at again, and one that ended is forgotten", () => {
  tree.process(10, { comm: "dockerd", cmdline: "dockerd\0" });
  const published = new PublishedPorts(tree.root, us);
  published.update(new Set([10]));
  expect([...published.pids]).toEqual([]);
  proxy(10, "0.0.0.0", 15_432);
  published.update(new Set([10]));
  expect([...published.pids]).toEqual([10]);
  published.update(new Set());
  expect(published.ownerOf(row("tcp", "0.0.0.0", 15_432))).toBeNull();
});
