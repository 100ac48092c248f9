/** Exposures that follow their server, on a simulated clock. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ExposureIntent } from "../../../shared/settings.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { LeaseBook } from "../gateway/lease-book.ts";
import type { LeaseKey, LeaseRequest, PortMapper } from "../gateway/port-mapper.ts";
import { Exposures } from "./exposures.ts";
import { FIRST_LOOK } from "./server-follower.ts";

const closeAfter = 300_000;
const key = "tcp/8080";
const ref = { transport: "tcp", internalPort: 8080 } as const;
const following: ExposureIntent = { ...ref, externalPort: null, whileRunning: true };

/** Grants each port; the first time another one than was asked for, as a busy gateway does. */
class BusyGateway implements PortMapper {
  readonly protocol = "pcp";
  readonly asked: number[] = [];
  readonly open = new Set<number>();
  reachable = true;

  map({ suggestedPort }: LeaseRequest) {
    const externalPort = this.asked.length === 0 ? 40_000 : suggestedPort;
    this.asked.push(suggestedPort);
    this.open.add(externalPort);
    const granted = { kind: "granted", externalAddress: "52.3.4.5", externalPort, lifetime: 7200 };
    return Promise.resolve(granted as typeof granted & { kind: "granted" });
  }
  unmap({ externalPort }: LeaseKey) {
    if (!this.reachable) return Promise.reject(new Error("no route"));
    this.open.delete(externalPort ?? 0);
    return Promise.resolve({ kind: "gone" } as const);
  }
  probe = () => Promise.resolve(true);
  onStateLost = () => undefined;
  close = () => undefined;
}

const directory = mkdtempSync(join(tmpdir(), "homeport-exposures-"));
let environment: ReturnType<typeof simulatedEnvironment>;
let gateway: BusyGateway;
let book: LeaseBook;
let canTell: boolean;
let exposures: Exposures;

function start(): Exposures {
  const { clock } = environment;
  book = new LeaseBook(join(directory, "leases.jsonl"), () => clock.now());
  book.load();
  const made = new Exposures({
    environment,
    book,
    onChange: () => undefined,
    closeAfter: () => closeAfter,
    canTell: () => canTell,
  });
  made.attach({ address: "192.168.1.1", mapper: gateway }, null);
  return made;
}

beforeEach(() => {
  environment = simulatedEnvironment();
  gateway = new BusyGateway();
  canTell = true;
  exposures = start();
});

afterEach(() => {
  exposures.close();
  rmSync(join(directory, "leases.jsonl"), { force: true });
});

function see(...keys: string[]): void {
  const all = new Set(keys);
  exposures.listening({ all, ipv6: new Set(), ipv6Alone: new Set(), forSession: all });
}

function seeOther(...keys: string[]): void {
  exposures.listening({
    all: new Set(keys),
    ipv6: new Set(),
    ipv6Alone: new Set(),
    forSession: new Set(),
  });
}

async function pass(milliseconds: number) {
  await environment.clock.advance(milliseconds);
  const [view] = exposures.views(() => true);
  return view && { state: view.state, port: view.endpoint?.port ?? null };
}

test("closes five minutes after its server ended, and comes back at once with the same port", async () => {
  see(key);
  exposures.want(following);
  expect(await pass(0)).toEqual({ state: "mapped", port: 40_000 });
  see();
  expect(await pass(closeAfter - 1)).toEqual({ state: "mapped", port: 40_000 });
  expect(await pass(1)).toEqual({ state: "waiting", port: null });
  expect(gateway.open.size).toBe(0);
  expect(await pass(24 * 3600_000)).toEqual({ state: "waiting", port: null });
  see(key);
  expect(await pass(0)).toEqual({ state: "mapped", port: 40_000 });
  expect(gateway.asked).toEqual([8080, 40_000]);
});

test("a restart of the server within the time changes nothing", async () => {
  see(key);
  exposures.want(following);
  await pass(0);
  see();
  await pass(closeAfter - 1);
  see(key);
  expect(await pass(closeAfter)).toMatchObject({ state: "mapped" });
  see();
  expect(await pass(closeAfter - 1)).toMatchObject({ state: "mapped" });
});

test("another server's end is not its own", async () => {
  see(key, "udp/8080");
  exposures.want(following);
  await pass(0);
  see(key);
  expect(await pass(closeAfter * 2)).toMatchObject({ state: "mapped" });
});

test("waits without a mapping when nothing listens at the start", async () => {
  see();
  exposures.want(following);
  expect(await pass(FIRST_LOOK * 2)).toEqual({ state: "waiting", port: null });
  expect(gateway.asked).toEqual([]);
  see(key);
  expect(await pass(0)).toMatchObject({ state: "mapped" });
});

test("an exposure without the option stays open whatever runs", async () => {
  see();
  exposures.want({ ...ref, externalPort: null });
  expect(await pass(closeAfter * 2)).toMatchObject({ state: "mapped" });
});

test("does not close while the sockets cannot be read, and counts anew afterwards", async () => {
  see(key);
  exposures.want(following);
  await pass(0);
  see();
  canTell = false;
  expect(await pass(closeAfter * 3 - 1)).toMatchObject({ state: "mapped" });
  canTell = true;
  expect(await pass(2)).toMatchObject({ state: "waiting" });
});

test("before the first look nothing is opened and nothing closed", async () => {
  see(key);
  exposures.want(following);
  await pass(0);
  // As after a crash.
  exposures.close();
  exposures = start();
  exposures.want(following);
  exposures.clearLeftovers();
  expect(await pass(FIRST_LOOK - 1)).toEqual({ state: "waiting", port: null });
  expect(gateway.open).toEqual(new Set([40_000]));
  expect(gateway.asked).toEqual([8080]);
  see();
  expect(await pass(0)).toEqual({ state: "waiting", port: null });
  expect(gateway.open.size).toBe(0);
});

test("opens all the same where what listens can never be seen", async () => {
  exposures.want(following);
  expect(await pass(FIRST_LOOK)).toMatchObject({ state: "mapped" });
  expect(await pass(closeAfter * 2)).toMatchObject({ state: "mapped" });
});

test("choosing it for an open port leaves the server its time, and taking it back opens again", async () => {
  see();
  exposures.want({ ...ref, externalPort: null });
  await pass(0);
  exposures.setWhileRunning(ref, true);
  expect(exposures.views(() => false)).toMatchObject([{ state: "mapped", whileRunning: true }]);
  expect(await pass(closeAfter)).toMatchObject({ state: "waiting" });
  exposures.setWhileRunning(ref, false);
  expect(await pass(0)).toMatchObject({ state: "mapped" });
  expect(exposures.views(() => false)[0]).not.toHaveProperty("whileRunning");
});

test("tells why the gateway still has it, and is taken off when the gateway can be reached", async () => {
  see(key);
  exposures.want(following);
  await pass(0);
  gateway.reachable = false;
  see();
  expect(await pass(closeAfter)).toMatchObject({ state: "waiting" });
  expect(exposures.views(() => false)).toMatchObject([{ error: { code: "network-unreachable" } }]);
  gateway.reachable = true;
  await pass(10_000);
  expect(gateway.open.size).toBe(0);
  expect(exposures.views(() => false)).toMatchObject([{ state: "waiting", error: null }]);
});

test("is gone when it is withdrawn while it waits", async () => {
  see();
  exposures.want(following);
  await pass(0);
  exposures.withdraw(ref);
  see(key);
  expect(await pass(0)).toBeUndefined();
  expect(gateway.asked).toEqual([]);
});

test.each([
  ["waits", [[]]],
  ["is open", [[key]]],
  ["is not decided", []],
])("once everything is closed, nothing opens it again where it %s", async (_state, looks) => {
  for (const keys of looks) see(...keys);
  exposures.want(following);
  await pass(0);
  const released = exposures.release("all");
  see();
  see(key);
  await pass(FIRST_LOOK);
  await released;
  expect(gateway.open.size).toBe(0);
  expect(environment.clock.pending).toBe(0);
});

test("an exposure of this session ends soon after its server, for good", async () => {
  see(key);
  exposures.want(following, { session: true });
  await pass(0);
  expect(gateway.open.size).toBe(1);
  expect(exposures.views(() => true)).toMatchObject([{ session: true, state: "mapped" }]);
  exposures.setWhileRunning(ref, false);
  see();
  await pass(14_000);
  expect(gateway.open.size).toBe(1);
  await pass(1000);
  expect(gateway.open.size).toBe(0);
  expect(exposures.views(() => false)).toEqual([]);
  see(key);
  await pass(0);
  expect(gateway.open.size).toBe(0);
});

test("an exposure of this session is not for what listens there next", async () => {
  see(key);
  exposures.want(following, { session: true });
  await pass(0);
  seeOther(key);
  await pass(15_000);
  expect(gateway.open.size).toBe(0);
  expect(exposures.views(() => true)).toEqual([]);
  exposures.want(following);
  await pass(0);
  expect(gateway.open.size).toBe(1);
});

test("what turns out to be of a session keeps its port until that ends, and no longer", async () => {
  see(key);
  exposures.want({ ...ref, externalPort: 40_000 });
  await pass(0);
  exposures.endWithSession(ref);
  exposures.endWithSession(ref);
  await pass(0);
  expect(exposures.views(() => true)).toMatchObject([
    { session: true, state: "mapped", endpoint: { port: 40_000 } },
  ]);
  expect(gateway.asked).toHaveLength(1);
  seeOther(key);
  await pass(15_000);
  expect(gateway.open.size).toBe(0);
  expect(exposures.views(() => true)).toEqual([]);
});

test("an exposure of this session does not outlive the app", async () => {
  see(key);
  exposures.want(following, { session: true });
  await pass(0);
  await exposures.release("unmapped");
  expect(gateway.open.size).toBe(0);
});

test("an exposure of this session whose server is gone already is nothing", async () => {
  see();
  exposures.want(following, { session: true });
  await pass(0);
  expect(exposures.views(() => false)).toEqual([]);
});
