import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { SimulatedClock } from "../../../test/fixtures/simulated-clock.ts";
import { problem } from "../../../shared/problems.ts";
import type { Environment } from "../environment.ts";
import { LeaseBook } from "../gateway/lease-book.ts";
import {
  type LeaseKey,
  type LeaseRequest,
  type MapOutcome,
  PERMANENT_LEASE,
  type PortMapper,
  type UnmapOutcome,
} from "../gateway/port-mapper.ts";
import { MappingLoop } from "./mapping-loop.ts";
import type { MappingWish } from "./mapping-wish.ts";

const GATEWAY = "192.168.77.1";

/** Answers as told, or not at all; keeps what it was asked. */
class ScriptedMapper implements PortMapper {
  readonly protocol = "pcp";
  readonly maps: LeaseRequest[] = [];
  readonly unmaps: LeaseKey[] = [];
  answer: ((request: LeaseRequest) => MapOutcome | null) | null = (request) => granted(request);
  unmapAnswer: UnmapOutcome | null = { kind: "gone" };
  #pending: ((outcome: MapOutcome) => void)[] = [];

  map(request: LeaseRequest, signal: AbortSignal): Promise<MapOutcome> {
    this.maps.push(request);
    const outcome = this.answer?.(request) ?? null;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      if (outcome !== null) resolve(outcome);
      else this.#pending.push(resolve);
    });
  }
  /** The answer to all that is still open comes at last. */
  answerLate(): void {
    const request = this.maps.at(-1);
    if (request) for (const resolve of this.#pending.splice(0)) resolve(granted(request));
  }
  unmap(key: LeaseKey, signal: AbortSignal): Promise<UnmapOutcome> {
    this.unmaps.push(key);
    const outcome = this.unmapAnswer;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      if (outcome !== null) resolve(outcome);
    });
  }
  probe = () => Promise.resolve(true);
  onStateLost = () => undefined;
  close = () => undefined;
}

function granted(
  request: LeaseRequest,
  change: Partial<{ externalPort: number; lifetime: number }> = {},
) {
  return {
    kind: "granted",
    externalAddress: "52.3.4.5",
    externalPort: request.suggestedPort,
    lifetime: 3600,
    ...change,
  } as const;
}

function refused(code: Parameters<typeof problem>[0], retryAfter: number): MapOutcome {
  return { kind: "refused", problem: problem(code), retryAfter };
}

let clock: SimulatedClock;
let mapper: ScriptedMapper;
let bookPath: string;
let book: LeaseBook;
let gone: number;
let drawn: number;

beforeEach(() => {
  clock = new SimulatedClock();
  mapper = new ScriptedMapper();
  bookPath = join(mkdtempSync(join(tmpdir(), "homeport-loop-")), "leases.jsonl");
  book = new LeaseBook(bookPath, () => clock.now());
  gone = 0;
  drawn = 0;
});

function environment(fraction = 0.5): Environment {
  return {
    clock,
    random: {
      fraction: () => fraction,
      bytes: (length: number) => new Uint8Array(length).fill((drawn += 1)),
    },
    network: {
      connectUdp: () => Promise.reject(new Error("no sockets here")),
      defaultRoutes: () => Promise.resolve([]),
      stableAddress6: () => Promise.resolve(null),
      addresses4: () => Promise.resolve([]),
      linkAddress: () => Promise.resolve(null),
      secondHop: () => Promise.resolve(null),
      pcpServers: () => Promise.resolve([]),
    },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
  };
}

function loop(wish: Partial<MappingWish> = {}, wanted = true): MappingLoop {
  return new MappingLoop({
    environment: environment(),
    book,
    layer: "ipv4",
    wish: { transport: "tcp", internalPort: 8080, externalPort: null, ...wish },
    wanted,
    onChange: () => undefined,
    onGone: () => (gone += 1),
  });
}

function link() {
  return { address: GATEWAY, mapper };
}

async function mapped(intent: Partial<MappingWish> = {}): Promise<MappingLoop> {
  const made = loop(intent);
  made.attach(link(), null);
  await clock.advance(0);
  expect(made.view().state).toBe("mapped");
  return made;
}

describe("mapping", () => {
  test("waits for a gateway, then maps and shows endpoint and expiry", async () => {
    const made = loop();
    expect(made.view()).toMatchObject({ state: "mapping", endpoint: null, error: null });
    made.attach(null, problem("no-gateway"));
    expect(made.view()).toMatchObject({ state: "failed", error: { code: "no-gateway" } });
    made.attach(link(), null);
    await clock.advance(0);
    expect(made.view()).toEqual({
      state: "mapped",
      gateway: GATEWAY,
      protocol: "pcp",
      endpoint: { address: "52.3.4.5", port: 8080 },
      expiresAt: new Date(clock.now() + 3_600_000).toISOString(),
      lifetime: 3600,
      error: null,
      count: 1,
    });
  });

  test("writes the lease to disk before it asks", async () => {
    let found: unknown;
    mapper.answer = (request) => {
      const reread = new LeaseBook(bookPath, () => clock.now());
      expect(reread.load()).toEqual([]);
      found = reread.held()[0];
      return granted(request);
    };
    await mapped();
    expect(found).toMatchObject({
      internalPort: 8080,
      externalAddress: null,
      nonce: "01".repeat(12),
    });
  });

  test("asks nothing when the disk refuses", async () => {
    book = new LeaseBook(join(bookPath, "leases.jsonl"), () => clock.now());
    writeFileSync(bookPath, "a file where a folder should be");
    const made = loop();
    made.attach(link(), null);
    await clock.advance(0);
    expect(made.view()).toMatchObject({ state: "failed", error: { code: "disk" } });
    await clock.advance(20_000);
    expect(mapper.maps).toEqual([]);
  });

  test("keeps to the refusal's time, then asks again; the user may ask at once", async () => {
    mapper.answer = () => refused("not-authorized", 1800);
    const made = loop();
    made.attach(link(), null);
    await clock.advance(0);
    expect(made.view()).toMatchObject({ state: "failed", error: { code: "not-authorized" } });
    expect(book.held()).toEqual([]);
    await clock.advance(1_799_000);
    expect(mapper.maps).toHaveLength(1);
    await clock.advance(2000);
    expect(mapper.maps).toHaveLength(2);
    mapper.answer = (request) => granted(request);
    made.retry();
    await clock.advance(0);
    expect(made.view().state).toBe("mapped");
  });

  test("says so after three seconds of silence, and still takes a late answer", async () => {
    mapper.answer = null;
    const made = loop();
    made.attach(link(), null);
    await clock.advance(2000);
    expect(made.view().state).toBe("mapping");
    await clock.advance(1000);
    expect(made.view()).toMatchObject({ state: "failed", error: { code: "no-response" } });
    mapper.answerLate();
    await clock.advance(0);
    expect(made.view().state).toBe("mapped");
    expect(mapper.maps).toHaveLength(1);
  });

  test("does not call another external port a success when a certain one was asked for", async () => {
    mapper.answer = (request) => granted(request, { externalPort: 9001 });
    const made = loop({ externalPort: 9000 });
    made.attach(link(), null);
    await clock.advance(0);
    expect(mapper.maps).toMatchObject([{ suggestedPort: 9000, exactPort: true }]);
    expect(made.view()).toMatchObject({
      state: "failed",
      endpoint: null,
      error: { code: "external-port-taken" },
    });
    expect(mapper.unmaps).toHaveLength(1);
    expect(book.held()).toEqual([]);
  });
});

describe("keeping", () => {
  test("renews at 1/2–5/8, then 3/4–3/4+1/16 of the lifetime, and the same nonce and port each time", async () => {
    await mapped();
    mapper.answer = null;
    await clock.advance(0.5625 * 3_600_000 - 1000);
    expect(mapper.maps).toHaveLength(1);
    await clock.advance(2000);
    expect(mapper.maps).toHaveLength(2);
    await clock.advance((0.78125 - 0.5625) * 3_600_000 - 2000);
    expect(mapper.maps).toHaveLength(2);
    await clock.advance(2000);
    expect(mapper.maps).toHaveLength(3);
    const [first, second, third] = mapper.maps;
    expect(first).toMatchObject({ renewal: false });
    expect(second).toMatchObject({
      renewal: true,
      suggestedPort: 8080,
      suggestedAddress: "52.3.4.5",
    });
    expect(second?.nonce).toEqual(first?.nonce);
    expect(third?.nonce).toEqual(first?.nonce);
  });

  test("stays mapped through unanswered renewals until the lease ends, then asks afresh", async () => {
    const made = await mapped();
    mapper.answer = null;
    await clock.advance(3_599_000);
    expect(made.view().state).toBe("mapped");
    expect(mapper.maps.length).toBeGreaterThan(5);
    await clock.advance(1500);
    expect(made.view()).toMatchObject({ state: "mapping", endpoint: null });
    expect(mapper.maps.at(-1)).toMatchObject({ renewal: false, suggestedPort: 8080 });
  });

  test("a refused renewal is told, and the lease stands until it ends", async () => {
    const made = await mapped();
    mapper.answer = () => refused("no-resources", 30);
    await clock.advance(0.6 * 3_600_000);
    expect(made.view()).toMatchObject({ state: "mapped", error: { code: "no-resources" } });
    mapper.answer = (request) => granted(request);
    await clock.advance(0.2 * 3_600_000);
    expect(made.view()).toMatchObject({ state: "mapped", error: null });
  });

  test("a refused renewal is not repeated while the refusal holds, past the lease's end too", async () => {
    const made = await mapped();
    mapper.answer = () => refused("not-authorized", 1800);
    await clock.advance(0.5625 * 3_600_000);
    expect(mapper.maps).toHaveLength(2);
    await clock.advance(1_500_000);
    expect(made.view()).toMatchObject({ state: "mapped", error: { code: "not-authorized" } });
    await clock.advance(299_000);
    expect(made.view()).toMatchObject({ state: "failed", error: { code: "not-authorized" } });
    expect(mapper.maps).toHaveLength(2);
    mapper.answer = (request) => granted(request);
    await clock.advance(1000);
    expect(mapper.maps).toHaveLength(3);
    expect(made.view()).toMatchObject({ state: "mapped", error: null });
  });

  test("a wake-up or the user asks again at once, whatever was refused", async () => {
    const made = await mapped();
    mapper.answer = () => refused("not-authorized", 1800);
    await clock.advance(0.5625 * 3_600_000);
    made.check();
    await clock.advance(0);
    made.retry();
    await clock.advance(0);
    expect(mapper.maps).toHaveLength(4);
  });

  test("asks again with the same nonce when the gateway lost its state", async () => {
    const made = await mapped();
    made.stateLost();
    expect(made.view().state).toBe("mapping");
    await clock.advance(0);
    expect(made.view().state).toBe("mapped");
    expect(mapper.maps[1]?.nonce).toEqual(mapper.maps[0]?.nonce);
  });

  test("a check keeps showing what stands, but not past its end", async () => {
    const made = await mapped();
    mapper.answer = null;
    made.check();
    expect(mapper.maps).toHaveLength(2);
    await clock.advance(10_000);
    expect(made.view()).toMatchObject({ state: "mapped", error: { code: "no-response" } });
    await clock.advance(3_600_000);
    expect(made.view()).toMatchObject({ state: "failed", endpoint: null });
  });

  test("a lease that ended while the PC slept is not shown as standing", async () => {
    const made = await mapped();
    mapper.answer = null;
    clock.jump(10 * 3_600_000);
    made.check();
    expect(made.view()).toMatchObject({ state: "mapping", endpoint: null });
  });

  test("a lease that ended by the wall clock alone is asked for with its nonce, in a later run too", async () => {
    (await mapped()).close();
    clock.jump(10 * 3_600_000);
    await mapped();
    expect(mapper.maps[1]?.nonce).toEqual(mapper.maps[0]?.nonce);
  });

  test("a mapping that lasts until it is deleted shows no end, and is not asked for again", async () => {
    mapper.answer = (request) => granted(request, { lifetime: PERMANENT_LEASE });
    const made = await mapped();
    expect(made.view()).toMatchObject({ expiresAt: null, lifetime: PERMANENT_LEASE });
    await clock.advance(24 * 3_600_000);
    expect(mapper.maps).toHaveLength(1);
    made.withdraw();
    await clock.advance(0);
    expect(mapper.unmaps).toMatchObject([{ externalPort: 8080 }]);
  });
});

describe("ending", () => {
  test("deletes with the nonce of the mapping, and is gone then", async () => {
    const made = await mapped();
    mapper.unmapAnswer = null;
    made.withdraw();
    expect(made.view()).toMatchObject({ state: "withdrawing", endpoint: null });
    await clock.advance(5000);
    expect(made.view()).toMatchObject({ state: "withdrawing", error: { code: "no-response" } });
    expect(gone).toBe(0);
    mapper.unmapAnswer = { kind: "gone" };
    made.retry();
    await clock.advance(0);
    expect(gone).toBe(1);
    expect(mapper.unmaps[0]?.nonce).toEqual(mapper.maps[0]?.nonce);
    expect(book.held()).toEqual([]);
  });

  test("also deletes what was asked for and never answered", async () => {
    mapper.answer = null;
    const made = loop();
    made.attach(link(), null);
    await clock.advance(100);
    made.withdraw();
    await clock.advance(0);
    expect(mapper.unmaps).toHaveLength(1);
    expect(gone).toBe(1);
  });

  test("a deletion that is refused is not repeated without pause", async () => {
    const made = await mapped();
    mapper.unmapAnswer = { kind: "refused", problem: problem("not-authorized"), retryAfter: 1800 };
    made.withdraw();
    await clock.advance(60_000);
    expect(mapper.unmaps).toHaveLength(1);
    expect(made.view()).toMatchObject({ state: "withdrawing", error: { code: "not-authorized" } });
  });

  test("without a gateway it waits until the lease ends by itself", async () => {
    const made = await mapped();
    made.attach(null, problem("no-gateway"));
    made.withdraw();
    await clock.advance(3_000_000);
    expect(gone).toBe(0);
    await clock.advance(700_000);
    expect(gone).toBe(1);
    expect(mapper.unmaps).toEqual([]);
  });
});

describe("after a crash", () => {
  test("adopts the mapping: same nonce, same external port", async () => {
    mapper.answer = (request) => granted(request, { externalPort: 40123 });
    const before = await mapped();
    before.close();
    book = new LeaseBook(bookPath, () => clock.now());
    expect(book.load()).toEqual([]);
    mapper.answer = (request) => granted(request);
    const after = await mapped();
    expect(mapper.maps[1]).toMatchObject({ suggestedPort: 40123 });
    expect(mapper.maps[1]?.nonce).toEqual(mapper.maps[0]?.nonce);
    expect(after.view().endpoint?.port).toBe(40123);
  });

  test("removes a leftover that nobody wants", async () => {
    (await mapped()).close();
    const leftover = loop({}, false);
    leftover.attach(link(), null);
    await clock.advance(0);
    expect(mapper.unmaps).toHaveLength(1);
    expect(gone).toBe(1);
  });

  test("a released port is asked for again with a new nonce", async () => {
    const made = await mapped();
    made.withdraw();
    await clock.advance(0);
    await mapped();
    expect(mapper.maps[1]?.nonce).not.toEqual(mapper.maps[0]?.nonce);
    expect(mapper.maps[1]?.suggestedPort).toBe(8080);
  });

  test("a wish for another external port lets the old mapping go first", async () => {
    const made = await mapped();
    made.want({ transport: "tcp", internalPort: 8080, externalPort: 9000 });
    await clock.advance(0);
    expect(mapper.unmaps).toHaveLength(1);
    expect(made.view()).toMatchObject({ state: "mapped", endpoint: { port: 9000 } });
  });
});
