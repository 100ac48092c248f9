import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, receive, run, send, useWindowStore } from "./store.ts";
import { FakeBridge } from "./testing/fake-bridge.ts";
import type { Snapshot } from "../shared/snapshot.ts";
import {
  sampleExposure,
  sampleName,
  sampleNetworkService,
  sampleServer,
  sampleSnapshot,
} from "./testing/samples.ts";
import { closeWindow } from "./testing/window.tsx";

afterEach(closeWindow);

/** Resolves after all promises that are ready now, and what follows from them. */
const microtasks = () => new Promise((resolve) => setTimeout(resolve));

const state = () => useWindowStore.getState();

describe("connect", () => {
  it("listens before it asks, so that nothing falls between", async () => {
    const fake = new FakeBridge(sampleSnapshot());
    let subscribedWhenAsked = false;
    fake.reply("getSnapshot", () => {
      subscribedWhenAsked = fake.subscribed;
      return { ok: true, value: sampleSnapshot() };
    });
    const disconnect = connect(fake.bridge);
    await Promise.resolve();
    expect(subscribedWhenAsked).toBe(true);
    disconnect();
    expect(fake.subscribed).toBe(false);
  });

  it("keeps an event that overtook the answer", async () => {
    const fake = new FakeBridge(sampleSnapshot());
    let answer: () => void = () => {};
    const value = sampleSnapshot({ revision: 7 });
    fake.reply(
      "getSnapshot",
      () => new Promise((resolve) => (answer = () => resolve({ ok: true, value }))),
    );
    connect(fake.bridge);
    fake.emit(sampleSnapshot({ revision: 8, servers: [sampleServer()] }));
    answer();
    await microtasks();
    expect(state().snapshot).toMatchObject({ revision: 8, servers: [{ port: 8080 }] });
  });

  it("says why there is no snapshot", async () => {
    const fake = new FakeBridge(sampleSnapshot());
    fake.reply("getSnapshot", () => Promise.reject(new Error("main is gone")));
    connect(fake.bridge);
    await microtasks();
    expect(state()).toMatchObject({
      snapshot: null,
      trouble: "Homeport could not be asked: main is gone",
    });
  });
});

describe("receive", () => {
  it.each([4, 5])("ignores revision %i after 5", (revision) => {
    receive(sampleSnapshot({ revision: 5 }));
    receive(sampleSnapshot({ revision, servers: [sampleServer()] }));
    expect(state().snapshot).toMatchObject({ revision: 5, servers: [] });
  });

  it("keeps what did not change, so that its view is not drawn again", () => {
    const parts = {
      servers: [sampleServer(), sampleServer({ port: 25565 })],
      exposures: [sampleExposure()],
      names: [sampleName()],
    };
    receive(structuredClone(sampleSnapshot({ revision: 1, ...parts })));
    const before = state().snapshot;
    const renewed = sampleExposure({ expiresAt: "2026-05-04T14:00:00.000Z" });
    receive(structuredClone(sampleSnapshot({ revision: 2, ...parts, exposures: [renewed] })));
    const after = state().snapshot;
    expect(after?.servers).toBe(before?.servers);
    expect(after?.names).toBe(before?.names);
    expect(after?.gateways).toBe(before?.gateways);
    expect(after?.settings).toBe(before?.settings);
    expect(after?.exposures).not.toBe(before?.exposures);
    expect(after?.exposures).toEqual([renewed]);
  });

  it("loses nothing of a later snapshot, whatever it holds", () => {
    const full: Required<Snapshot> = {
      secretStorage: "keychain",
      network: [sampleNetworkService()],
      interfaces: [{ name: "eth0", kind: "ethernet", address: null, gateway: null, inUse: true }],
      changes: [
        {
          at: "2026-05-04T11:45:00.000Z",
          what: "gateway",
          exposure: null,
          before: "192.168.1.1",
          after: "192.168.1.2",
          signal: "start",
        },
      ],
      outside: {
        server: "stun.example.org:3478",
        address: "198.51.100.7",
        at: "2026-05-04T11:45:00.000Z",
        finding: null,
        error: null,
      },
      ...sampleSnapshot({ revision: 2 }),
    };
    receive(sampleSnapshot({ revision: 1 }));
    receive(structuredClone(full));
    expect(state().snapshot).toEqual(full);
    receive(sampleSnapshot({ revision: 3 }));
    expect(state().snapshot).toEqual(sampleSnapshot({ revision: 3 }));
  });

  it("keeps each of two programs on one port", () => {
    const [one, two] = [1, 2].map((pid) =>
      sampleServer({ process: { pid, name: `worker${pid}`, commandLine: "" } }),
    );
    if (one === undefined || two === undefined) throw new Error("no servers");
    receive(sampleSnapshot({ revision: 1, servers: [one, two] }));
    receive(structuredClone(sampleSnapshot({ revision: 2, servers: [two, one] })));
    expect(state().snapshot?.servers[0]).toBe(two);
    expect(state().snapshot?.servers[1]).toBe(one);
  });
});

describe("commands", () => {
  it("pass the request on and resolve to null when done", async () => {
    const fake = new FakeBridge(sampleSnapshot());
    vi.stubGlobal("homeport", fake.bridge);
    const request = { transport: "tcp", internalPort: 8080 } as const;
    expect(await send("withdraw", request)).toBeNull();
    expect(fake.requestsOf("withdraw")).toEqual([request]);
  });

  it("put the reason of a failure above the lists until one succeeds", async () => {
    const fake = new FakeBridge(sampleSnapshot());
    vi.stubGlobal("homeport", fake.bridge);
    fake.refuse("withdraw", "The disk is full.");
    expect(await run("withdraw", { transport: "tcp", internalPort: 8080 })).toBe(false);
    expect(state().trouble).toBe("The disk is full.");
    expect(await run("retry", { transport: "tcp", internalPort: 8080 })).toBe(true);
    expect(state().trouble).toBeNull();
  });
});
