import { describe, expect, test } from "vitest";
import type { Server } from "../../../shared/snapshot.ts";
import type { Clock, Logger } from "../environment.ts";
import { Detector, type ListenerSource } from "./detector.ts";

class ManualClock implements Clock {
  #now = 0;
  #tasks: { at: number; task: () => void }[] = [];

  now(): number {
    return this.#now;
  }
  monotonic(): number {
    return this.#now;
  }
  after(delay: number, task: () => void): () => void {
    const entry = { at: this.#now + delay, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }
  get waiting(): number {
    return this.#tasks.length;
  }
  /** Runs what falls due, letting promises settle after each task. */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    for (;;) {
      const next = this.#tasks.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#tasks = this.#tasks.filter((other) => other !== next);
      this.#now = next.at;
      next.task();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
  }
}

function server(port: number): Server {
  const process = { pid: 7, name: "node", commandLine: "node app.js" };
  return { transport: "tcp", port, addresses: ["::"], scope: "network", process, ephemeral: false };
}

function setUp(scan: () => readonly Server[]) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const seen = { scans: 0 };
  const log: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) => warnings.push(message),
  };
  const source: ListenerSource = {
    async scan() {
      seen.scans += 1;
      return scan();
    },
  };
  const detector = new Detector({ source, clock, log });
  const changes: number[][] = [];
  detector.onChange((servers) => changes.push(servers.map(({ port }) => port)));
  return { clock, detector, changes, warnings, seen };
}

describe("Detector", () => {
  test("tells what listens at the start, then only changes", async () => {
    const { clock, detector, changes } = setUp(() => [server(80)]);
    detector.start();
    await clock.advance(10_000);
    expect(changes).toEqual([[80]]);
  });

  test("tells once that nothing listens, which is not the same as not knowing", async () => {
    let fails = true;
    const { clock, detector, changes } = setUp(() => {
      if (fails) throw new Error("EMFILE");
      return [];
    });
    detector.start();
    await clock.advance(1000);
    expect(changes).toEqual([]);
    fails = false;
    await clock.advance(20_000);
    expect(changes).toEqual([[]]);
  });

  test("shows a server within one second of listen(), wherever between two scans it starts", async () => {
    for (let offset = 1; offset <= 500; offset += 83) {
      let listening: Server[] = [];
      const { clock, detector } = setUp(() => listening);
      detector.start();
      await clock.advance(2000 + offset);
      listening = [server(80)];
      const start = clock.now();
      while (detector.servers.length === 0) await clock.advance(1);
      expect(clock.now() - start).toBeLessThanOrEqual(700);
    }
  });

  test("shows it as soon when another server went just before", async () => {
    for (let pause = 100; pause <= 1500; pause += 83) {
      let listening = [server(80)];
      const { clock, detector } = setUp(() => listening);
      detector.start();
      await clock.advance(2000);
      listening = [];
      await clock.advance(pause);
      listening = [server(81)];
      const start = clock.now();
      while (!detector.servers.some(({ port }) => port === 81)) await clock.advance(1);
      expect(clock.now() - start).toBeLessThanOrEqual(700);
    }
  });

  test("a failed scan keeps the list, is logged once, and is retried more and more slowly", async () => {
    let fails = false;
    const { clock, detector, changes, warnings, seen } = setUp(() => {
      if (fails) throw new Error("EMFILE");
      return [server(80)];
    });
    detector.start();
    await clock.advance(1000);
    fails = true;
    seen.scans = 0;
    await clock.advance(60_000);
    expect(detector.failing).toBe(true);
    expect(seen.scans).toBeLessThan(15);
    expect(warnings).toEqual(["listening sockets could not be read"]);
    fails = false;
    await clock.advance(10_000);
    expect(detector.failing).toBe(false);
    expect(changes).toEqual([[80]]);
  });

  test("churn neither shows anything nor quickens the polling for long", async () => {
    let port = 1000;
    const { clock, detector, changes, seen } = setUp(() => [server(80), server((port += 1))]);
    detector.start();
    await clock.advance(1000);
    seen.scans = 0;
    const before = changes.length;
    await clock.advance(60_000);
    expect(changes.length - before).toBeLessThanOrEqual(1);
    expect(detector.servers.map((shown) => shown.port)).toEqual([80]);
    expect(seen.scans).toBeLessThan(130);
  });

  test("stop ends the polling, also from within a listener, and start goes on", async () => {
    let listening = [server(80)];
    const { clock, detector, changes } = setUp(() => listening);
    detector.onChange(() => detector.stop());
    detector.start();
    await clock.advance(1000);
    expect(clock.waiting).toBe(0);
    listening = [server(81)];
    await clock.advance(5000);
    expect(changes).toEqual([[80]]);
    detector.start();
    await clock.advance(1000);
    expect(changes).toEqual([[80], [81]]);
  });

  test("a scan that ends after stop says nothing", async () => {
    const { clock, detector, changes } = setUp(() => {
      detector.stop();
      return [server(80)];
    });
    detector.start();
    await clock.advance(5000);
    expect(changes).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
