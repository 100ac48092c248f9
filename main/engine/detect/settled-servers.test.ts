import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Server } from "../../../shared/snapshot.ts";
import { SettledServers } from "./settled-servers.ts";

function server(port: number, pid = 1, addresses = ["0.0.0.0"]): Server {
  const process = { pid, name: "node", commandLine: "node app.js" };
  return { transport: "tcp", port, addresses, scope: "network", process, ephemeral: false };
}

/** Feeds scans at the given times, tells the ports shown after each. */
function feed(settled: SettledServers, ...scans: [at: number, seen: Server[]][]): number[][] {
  return scans.map(([at, seen]) => {
    settled.update(seen, at);
    return settled.servers.map(({ port }) => port);
  });
}

describe("SettledServers", () => {
  test("shows at once what listens at the start", () => {
    expect(feed(new SettledServers(), [0, [server(80)]])).toEqual([[80]]);
  });

  test("shows a new server when a second look confirms it", () => {
    const settled = new SettledServers();
    settled.update([], 0);
    expect(settled.update([server(80)], 500)).toEqual({ changed: false, unsettled: true });
    expect(settled.update([server(80)], 650)).toEqual({ changed: true, unsettled: false });
    expect(settled.servers).toEqual([server(80)]);
  });

  test("asks for another look soon only where it would settle something", () => {
    const settled = new SettledServers();
    settled.update([server(80)], 0);
    expect(settled.update([], 500).unsettled).toBe(false);
    expect(settled.update([server(81)], 550).unsettled).toBe(true);
    for (let now = 1000; now < 4000; now += 500)
      feed(settled, [now, [server(82)]], [now + 250, []]);
    // It came and went too often: it has to stay for more than a second.
    expect(settled.update([server(82)], 4000).unsettled).toBe(false);
  });

  test("does not show what was there at one look only", () => {
    const settled = new SettledServers();
    expect(feed(settled, [0, []], [500, [server(80)]], [650, []])).toEqual([[], [], []]);
  });

  test("keeps a server through one missed look, drops it after two", () => {
    const shown = feed(
      new SettledServers(),
      [0, [server(80)]],
      [500, []],
      [650, [server(80)]],
      [1000, []],
      [1150, []],
      [1500, []],
    );
    expect(shown).toEqual([[80], [80], [80], [80], [80], []]);
  });

  test("a restarted server takes the place of the old process in one step", () => {
    const settled = new SettledServers();
    feed(settled, [0, [server(80, 1)]], [500, [server(80, 2)]]);
    expect(settled.servers).toEqual([server(80, 1)]);
    settled.update([server(80, 2)], 650);
    expect(settled.servers).toEqual([server(80, 2)]);
  });

  test("two processes on one port are both shown", () => {
    const both = [server(80, 1), server(80, 2)];
    const settled = new SettledServers();
    feed(settled, [0, both], [500, both]);
    expect(settled.servers).toEqual(both);
  });

  test("a new bind address is shown when confirmed, and the list keeps its identity otherwise", () => {
    const settled = new SettledServers();
    feed(settled, [0, [server(80)]]);
    const before = settled.servers;
    feed(settled, [500, [server(80, 1, ["::"])]], [650, [server(80)]]);
    expect(settled.servers).toBe(before);
    feed(settled, [1000, [server(80, 1, ["::"])]], [1150, [server(80, 1, ["::"])]]);
    expect(settled.servers).toEqual([server(80, 1, ["::"])]);
  });

  test("a port that comes and goes has to stay longer each time", () => {
    const settled = new SettledServers();
    settled.update([], 0);
    let shownAfter = 0;
    let now = 0;
    for (let round = 0; round < 4; round += 1) {
      const start = (now += 500);
      do settled.update([server(80)], (now += 150));
      while (settled.servers.length === 0);
      shownAfter = now - start;
      for (let miss = 0; miss < 3; miss += 1) settled.update([], (now += 300));
      expect(settled.servers).toEqual([]);
    }
    expect(shownAfter).toBeGreaterThan(2000);
    // A minute of quiet makes good again.
    now += 61_000;
    feed(settled, [now, [server(80)]], [now + 150, [server(80)]]);
    expect(settled.servers).toEqual([server(80)]);
  });

  test("1,000 sockets a second on random ports show nothing, next to a steady server", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1000, max: 60_000 }), { maxLength: 300 }), (ports) => {
        const settled = new SettledServers();
        settled.update([server(80)], 0);
        let changes = 0;
        // Each look catches one of them, never the same one in two looks.
        const distinct = ports.filter((port, at) => port !== ports[at - 1]);
        for (const [at, port] of distinct.entries()) {
          if (settled.update([server(80), server(port)], (at + 1) * 150).changed) changes += 1;
        }
        expect(changes).toBe(0);
      }),
    );
  });

  test("one port opened and closed 1,000 times a second changes the list a few times a minute at most", () => {
    const settled = new SettledServers();
    settled.update([], 0);
    let changes = 0;
    let random = 1;
    for (let now = 500; now < 600_000; now += 500) {
      random = (random * 48_271) % 2_147_483_647;
      if (settled.update(random % 2 === 0 ? [server(80)] : [], now).changed) changes += 1;
    }
    expect(changes).toBeLessThan(60);
  });
});
