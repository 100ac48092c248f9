/** Which protocol opens ports of other devices, where a gateway allows that for one and not for another. */
import { expect, test } from "vitest";
import { problem, type ProblemCode } from "../../../shared/problems.ts";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { MapperChoice } from "./mapper-choice.ts";
import type { LeaseRequest, MapOutcome, PortMapper } from "./port-mapper.ts";

const host = "192.0.2.20";
const never = new AbortController().signal;

/** `refuses`: what it says when it is to open another device; null: it does. */
interface Script {
  refuses: ProblemCode | null;
  /** Milliseconds to its first answer; null: none comes. */
  answersAfter: number | null;
}

/** A gateway that opens this PC in all three protocols. */
function world(scripts: Partial<Record<MappingProtocol, Partial<Script>>> = {}) {
  const environment = simulatedEnvironment();
  const { clock } = environment;
  const asked: string[] = [];
  const holding = new Set<MappingProtocol>();
  const script = (protocol: MappingProtocol): Script => ({
    refuses: protocol === "nat-pmp" ? "unsupported" : "third-party-refused",
    answersAfter: 0,
    ...scripts[protocol],
  });
  const mapper = (protocol: MappingProtocol): PortMapper => ({
    protocol,
    probe: () =>
      new Promise((resolve) => {
        const { answersAfter } = script(protocol);
        if (answersAfter !== null) clock.after(answersAfter, () => resolve(true));
      }),
    map: async (request): Promise<MapOutcome> => {
      asked.push(`${protocol} ${request.host ?? "own"}`);
      const { refuses } = script(protocol);
      return request.host !== undefined && refuses !== null
        ? { kind: "refused", problem: problem(refuses), retryAfter: 60 }
        : { kind: "granted", externalAddress: "52.3.4.5", externalPort: 80, lifetime: 7200 };
    },
    unmap: async () => ({ kind: "gone" }),
    onStateLost: () => undefined,
    close: () => undefined,
  });
  const verdicts: string[] = [];
  let changes = 0;
  const choice = new MapperChoice({
    environment,
    mappers: (["pcp", "nat-pmp", "upnp"] as const).map(mapper),
    history: (protocol, need) =>
      need === "other-device" && holding.has(protocol) ? "holds" : "none",
    onVerdict: (protocol, verdict) => verdicts.push(`${protocol} ${verdict}`),
    onChange: () => void (changes += 1),
  });
  const request: LeaseRequest = {
    host,
    transport: "tcp",
    internalPort: 80,
    nonce: new Uint8Array(12),
    suggestedPort: 80,
    suggestedAddress: null,
    lifetime: 7200,
  };
  return {
    clock,
    choice,
    asked,
    holding,
    verdicts,
    request,
    changed: () => changes,
    forOthers: () => choice.mapperFor("other-device")?.protocol ?? null,
    /** As a mapping loop does: with whichever is for others now, until that stays. */
    async open(): Promise<MapOutcome["kind"] | undefined> {
      for (;;) {
        const mapper = choice.mapperFor("other-device");
        const asking = mapper?.map(request, never);
        await clock.advance(3000);
        const outcome = await asking;
        if (choice.mapperFor("other-device") === mapper) return outcome?.kind;
      }
    },
  };
}

test("UPnP opens another device where PCP and NAT-PMP do not; this PC stays with PCP", async () => {
  const w = world({ upnp: { refuses: null } });
  w.choice.check();
  await w.clock.advance(10);
  expect(w.forOthers()).toBe("pcp");
  expect(await w.open()).toBe("granted");
  expect(w.asked).toEqual([`pcp ${host}`, `nat-pmp ${host}`, `upnp ${host}`]);
  expect(w.choice.mapper?.protocol).toBe("pcp");
  // A router's no to other devices is no reason to think that its protocol grants nothing.
  expect(w.verdicts).toEqual(["upnp grants"]);
  const { host: _host, ...own } = w.request;
  expect((await w.choice.mapper?.map(own, never))?.kind).toBe("granted");
});

test("where none does, the best one's refusal stands", async () => {
  const w = world();
  w.choice.check();
  await w.clock.advance(10);
  expect(await w.open()).toBe("refused");
  expect(w.forOthers()).toBe("pcp");
  expect(w.asked).toHaveLength(4);
  expect(w.choice.mapper?.protocol).toBe("pcp");
});

test("a refusal waits for what has not answered yet", async () => {
  const w = world({
    "nat-pmp": { answersAfter: null },
    upnp: { answersAfter: 900, refuses: null },
  });
  w.choice.check();
  await w.clock.advance(10);
  let settled = 0;
  for (let time = 0; time < 2; time += 1) {
    void w.choice
      .mapperFor("other-device")
      ?.map(w.request, never)
      .then(() => (settled += 1));
    await w.clock.advance(440);
  }
  expect(settled).toBe(0);
  await w.clock.advance(20);
  expect(w.forOthers()).toBe("upnp");
});

test("what holds ports of other devices is waited for, and stays when all get another chance", async () => {
  const w = world({ upnp: { answersAfter: 900, refuses: null } });
  w.holding.add("upnp");
  w.choice.check();
  await w.clock.advance(800);
  expect([w.choice.mapper?.protocol, w.forOthers()]).toEqual(["pcp", null]);
  await w.clock.advance(200);
  expect(w.forOthers()).toBe("upnp");
  await w.clock.advance(605_000);
  expect([w.choice.mapper?.protocol, w.forOthers()]).toEqual(["pcp", "upnp"]);
});

test("with another chance PCP is asked again", async () => {
  const w = world();
  w.choice.check();
  await w.clock.advance(10);
  await w.open();
  const before = w.asked.length;
  await w.clock.advance(605_000);
  await w.open();
  expect(w.asked.slice(before)[0]).toBe(`pcp ${host}`);
  expect(w.asked.length).toBeGreaterThan(before + 1);
});
