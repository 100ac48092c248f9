import { describe, expect, test } from "vitest";
import { type SocketCounters, type TableName, TablePace, parseCounters } from "./table-pace.ts";

describe("parseCounters", () => {
  const sockstat =
    "sockets: used 16\nTCP: inuse 5 orphan 0 tw 2 alloc 9 mem 1\nUDP: inuse 3 mem 0\n";
  const sockstat6 = "TCP6: inuse 4\nUDP6: inuse 1\n";
  const snmp =
    "Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm MaxConn CurrEstab\nTcp: 1 -1 7\nUdp: A\nUdp: 1\n";

  test("reads the five counters", () => {
    expect(parseCounters(sockstat, sockstat6, snmp)).toEqual({
      inUse: { tcp: 5, tcp6: 4, udp: 3, udp6: 1 },
      established: 7,
    });
    expect(parseCounters(sockstat, null, snmp)).toEqual({
      inUse: { tcp: 5, tcp6: 0, udp: 3, udp6: 0 },
      established: 7,
    });
  });

  test.each([
    [null, sockstat6, snmp],
    [sockstat, "", snmp],
    [sockstat, sockstat6, "Tcp: RtoAlgorithm\nTcp: 1\n"],
    [sockstat, sockstat6, null],
  ])("tells when one is missing", (first, second, third) => {
    expect(parseCounters(first, second, third)).toBeNull();
  });
});

/** 10 sockets of TCP over IPv4, 2 over IPv6, 8 connections, 3 and 1 of UDP, other than told. */
function counters(change: Partial<Record<TableName | "established", number>> = {}): SocketCounters {
  const { established = 8, ...inUse } = change;
  return { inUse: { tcp: 10, tcp6: 2, udp: 3, udp6: 1, ...inUse }, established };
}

describe("TablePace", () => {
  const rest = counters();
  const cost = 4;

  function read(): TablePace {
    const pace = new TablePace();
    // The first read finds cold caches, the second is that of the whole table: they say nothing about the next.
    for (const [at, times] of [
      [-1000, 20],
      [-500, 10],
    ] as const) {
      expect(pace.due("tcp", rest, at)).toBe(true);
      pace.done("tcp", rest, at, times * cost);
    }
    expect(pace.due("tcp", rest, 0)).toBe(true);
    pace.done("tcp", rest, 0, cost);
    return pace;
  }

  test("at rest a costly table is read every few seconds, a cheap one at each scan", () => {
    const pace = read();
    expect(pace.due("tcp", rest, 39_999)).toBe(false);
    expect(pace.due("tcp", rest, 40_000)).toBe(true);
    pace.done("tcp", rest, 40_000, 0.03);
    expect(pace.due("tcp", rest, 40_350)).toBe(true);
  });

  test("a new listener is read for at once, a new connection is not", () => {
    const listener = counters({ tcp: 11 });
    expect(read().due("tcp", listener, 1000)).toBe(true);
    const connection = counters({ tcp: 11, established: 9 });
    expect(read().due("tcp", connection, 1000)).toBe(false);
    expect(read().due("tcp", connection, 1200)).toBe(true);
  });

  test("a listener is noticed after another one went", () => {
    const pace = read();
    expect(pace.due("tcp", counters({ tcp: 9 }), 500)).toBe(false);
    // One family lost a socket, the other got one.
    expect(pace.due("tcp", counters({ tcp: 9, tcp6: 3 }), 1000)).toBe(true);
  });

  test("connection churn cannot make it read more than the urgent share", () => {
    expect(read().due("tcp", counters({ tcp: 20 }), 239)).toBe(false);
    expect(read().due("tcp", counters({ tcp: 20 }), 240)).toBe(true);
  });

  test("one slow read among quick ones counts little", () => {
    const pace = read();
    pace.done("tcp", rest, 0, 80);
    expect(pace.due("tcp", counters({ tcp: 11 }), 820)).toBe(true);
  });

  test("the other family's new listener is no reason to read, a hidden one is", () => {
    expect(read().due("tcp", counters({ tcp6: 3 }), 1300)).toBe(false);
    // A connection closed while a listener opened.
    expect(read().due("tcp", counters({ established: 7 }), 1300)).toBe(true);
  });

  test("a socket that left its process is looked at soon", () => {
    const pace = read();
    pace.suspect("tcp");
    expect(pace.due("tcp", rest, 700)).toBe(true);
  });

  test("a new UDP socket is read for at once, whatever TCP does; at rest within the second", () => {
    const pace = new TablePace();
    pace.done("udp", rest, -1000, 0.6);
    pace.done("udp", rest, -500, 0.6);
    pace.done("udp", rest, 0, 0.6);
    expect(pace.due("udp", counters({ tcp: 11, udp6: 2 }), 350)).toBe(false);
    expect(pace.due("udp", rest, 650)).toBe(true);
    expect(pace.due("udp", counters({ udp: 4 }), 350)).toBe(true);
  });

  test("the cheaper look has its own share of the time", () => {
    const pace = read();
    expect(pace.lookDue("tcp", 350)).toBe(true);
    pace.looked("tcp", 350, 0.5);
    expect(pace.lookDue("tcp", 700)).toBe(false);
    expect(pace.lookDue("tcp", 850)).toBe(true);
  });
});
