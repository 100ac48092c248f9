import { describe, expect, test } from "vitest";
import { Beacon, type PublishedService } from "./beacon.ts";

function setUp({ fails = false } = {}) {
  const events: string[] = [];
  const published: PublishedService[] = [];
  const silent = { debug: () => undefined, info: () => undefined };
  const beacon = new Beacon({
    log: { ...silent, warn: (_message, fields) => events.push(`warn ${fields?.["code"]}`) },
    version: "1.2.3",
    hostName: "box",
    serve: async (address) => {
      events.push(`serve ${address}`);
      return { port: 4711, close: () => events.push(`served ${address}`) };
    },
    open: async (address) => {
      if (fails) throw Object.assign(new Error("no"), { code: "EADDRINUSE" });
      events.push(`open ${address}`);
      return {
        publish: (service) => published.push(service),
        close: async () => void events.push(`goodbye ${address}`),
      };
    },
  });
  return { beacon, events, published };
}

describe("Beacon", () => {
  test("announces where it answers, once, and says goodbye", async () => {
    const { beacon, events, published } = setUp();
    await beacon.set(null);
    expect(events).toEqual([]);
    await beacon.set("192.168.1.10");
    await beacon.set("192.168.1.10");
    expect(published).toEqual([
      {
        name: "Homeport on box",
        type: "homeport",
        host: "box.local",
        port: 4711,
        txt: { version: "1.2.3" },
      },
    ]);
    await beacon.set(null);
    expect(events).toEqual([
      "serve 192.168.1.10",
      "open 192.168.1.10",
      "goodbye 192.168.1.10",
      "served 192.168.1.10",
    ]);
  });

  test("moves to another network, past those it only went through", async () => {
    const { beacon, events } = setUp();
    await beacon.set("192.168.1.10");
    events.splice(0);
    void beacon.set("10.0.0.2");
    await beacon.set("172.16.0.2");
    expect(events).toEqual([
      "goodbye 192.168.1.10",
      "served 192.168.1.10",
      "serve 172.16.0.2",
      "open 172.16.0.2",
    ]);
  });

  test("leaves nothing listening where it cannot be announced", async () => {
    const { beacon, events } = setUp({ fails: true });
    await beacon.set("192.168.1.10");
    await beacon.set(null);
    expect(events).toEqual(["serve 192.168.1.10", "warn EADDRINUSE", "served 192.168.1.10"]);
  });
});
