import { describe, expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import type { ExchangeTcp, TcpReply } from "./ask/exchange.ts";
import { type AskTarget, Asker } from "./asker.ts";

const page = (title: string): TcpReply => ({
  kind: "bytes",
  bytes: new TextEncoder().encode(`HTTP/1.1 200 OK\r\n\r\n<title>${title}</title>`),
  end: "closed",
});
const silence: TcpReply = { kind: "bytes", bytes: new Uint8Array(), end: "timeout" };

/** Each question takes 10 ms; `reply` decides by port. */
function setUp(reply: (port: number, address: string) => TcpReply) {
  const environment = simulatedEnvironment();
  const { clock } = environment;
  const asked: { port: number; at: number }[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  let changes = 0;
  const exchangeTcp: ExchangeTcp = ({ to }) => {
    asked.push({ port: to.port, at: clock.monotonic() });
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    return new Promise((resolve) => {
      clock.after(10, () => {
        atOnce -= 1;
        resolve(reply(to.port, to.address));
      });
    });
  };
  const onChange = (): void => void (changes += 1);
  const asker = new Asker({ ...environment, exchangeTcp, onChange });
  return {
    clock,
    asker,
    asked,
    get mostAtOnce() {
      return mostAtOnce;
    },
    get changes() {
      return changes;
    },
    times: () => asked.map(({ at }) => at),
  };
}

const target = (port: number, languages: AskTarget["languages"] = ["http"]): AskTarget => ({
  key: `tcp/${port}`,
  languages,
  to: { address: "127.0.0.1", port },
});

describe("Asker", () => {
  test("asks over IPv4 where IPv6 is switched off, and the server is bound to both", async () => {
    const without = setUp((_port, address) =>
      address === "::1" ? { kind: "failed", detail: "EADDRNOTAVAIL" } : page("home"),
    );
    without.asker.follow([{ ...target(80), to: { address: "::1", port: 80 } }]);
    await without.clock.advance(1000);
    expect(without.asker.answerOf("tcp/80")?.name).toBe("home");

    const refusing = setUp(() => ({ kind: "failed", detail: "ECONNREFUSED" }));
    refusing.asker.follow([{ ...target(80), to: { address: "::1", port: 80 } }]);
    await refusing.clock.advance(1000);
    expect(refusing.asked).toHaveLength(1);
  });

  test("asks at once and again every three minutes, and tells only what changes", async () => {
    let title = "one";
    const world = setUp(() => page(title));
    world.asker.follow([target(80)]);
    await world.clock.advance(400_000);
    expect(world.times()).toEqual([0, 180_010, 360_020]);
    expect(world.asker.answerOf("tcp/80")?.name).toBe("one");
    expect(world.changes).toBe(1);
    title = "two";
    await world.clock.advance(180_000);
    expect(world.asker.answerOf("tcp/80")?.name).toBe("two");
    expect(world.changes).toBe(2);
  });

  test("leaves a silent server alone for longer and longer", async () => {
    const world = setUp(() => silence);
    world.asker.follow([target(80)]);
    await world.clock.advance(1_500_000);
    const gaps = world.times().map((at, index, all) => at - (all[index - 1] ?? 0));
    expect(gaps).toEqual([0, 10_010, 30_010, 120_010, 600_010, 600_010]);
    expect(world.changes).toBe(0);
  });

  test("forgets an answer after the second silence", async () => {
    let reply = page("one");
    const world = setUp(() => reply);
    world.asker.follow([target(80)]);
    await world.clock.advance(100);
    reply = silence;
    await world.clock.advance(180_000);
    expect(world.asker.answerOf("tcp/80")?.name).toBe("one");
    await world.clock.advance(11_000);
    expect(world.asker.answerOf("tcp/80")).toBeNull();
    expect(world.changes).toBe(2);
  });

  test("asks four at once at most, and all in the end", async () => {
    const world = setUp((port) => page(`${port}`));
    const targets = Array.from({ length: 30 }, (_, at) => target(1000 + at));
    world.asker.follow(targets);
    await world.clock.advance(1000);
    expect(world.mostAtOnce).toBe(4);
    expect(targets.every(({ key }) => world.asker.answerOf(key) !== null)).toBe(true);
  });

  test("asks nobody who is gone, and takes no late answer", async () => {
    const world = setUp(() => page("one"));
    world.asker.follow([target(80)]);
    world.asker.follow([]);
    await world.clock.advance(400_000);
    expect(world.asked).toHaveLength(1);
    expect(world.changes).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  test("following the same again changes nothing; other languages are tried at once", async () => {
    const world = setUp(() => silence);
    world.asker.follow([target(80)]);
    await world.clock.advance(100);
    world.asker.follow([target(80)]);
    await world.clock.advance(100);
    expect(world.asked).toHaveLength(1);
    world.asker.follow([target(80, ["minecraft-java"])]);
    await world.clock.advance(100);
    expect(world.asked).toHaveLength(2);
  });

  test("tries the languages in turn, the one that was understood first", async () => {
    const world = setUp(() => page("one"));
    world.asker.follow([target(80, ["minecraft-java", "http"])]);
    await world.clock.advance(100);
    expect(world.asker.answerOf("tcp/80")?.protocol).toBe("http");
    expect(world.asked).toHaveLength(2);
    await world.clock.advance(180_100);
    expect(world.asked).toHaveLength(3);
  });

  test("refresh asks again, but not whoever was asked just now", async () => {
    const world = setUp(() => page("one"));
    world.asker.follow([target(80)]);
    await world.clock.advance(10_000);
    world.asker.refresh();
    await world.clock.advance(1000);
    expect(world.asked).toHaveLength(1);
    await world.clock.advance(10_000);
    world.asker.refresh();
    world.asker.refresh();
    await world.clock.advance(1000);
    expect(world.asked).toHaveLength(2);
  });

  test("a stopped one asks no more", async () => {
    const world = setUp(() => page("one"));
    world.asker.follow([target(80)]);
    await world.clock.advance(100);
    world.asker.stop();
    world.asker.refresh();
    await world.clock.advance(400_000);
    expect(world.asked).toHaveLength(1);
    expect(world.clock.pending).toBe(0);
  });
});
