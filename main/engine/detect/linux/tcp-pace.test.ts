import { describe, expect, test } from "vitest";
import { TcpPace, parseCounters } from "./tcp-pace.ts";

describe("parseCounters", () => {
  const sockstat =
    "sockets: used 16\nTCP: inuse 5 orphan 0 tw 2 alloc 9 mem 1\nUDP: inuse 3 mem 0\n";
  const sockstat6 = "TCP6: inuse 4\nUDP6: inuse 1\n";
  const snmp =
    "Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm MaxConn CurrEstab\nTcp: 1 -1 7\nUdp: A\nUdp: 1\n";

  test("reads the three counters", () => {
    expect(parseCounters(sockstat, sockstat6, snmp)).toEqual({ tcp: 5, tcp6: 4, established: 7 });
    expect(parseCounters(sockstat, null, snmp)).toEqual({ tcp: 5, tcp6: 0, established: 7 });
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

describe("TcpPace", () => {
  const rest = { tcp: 10, tcp6: 2, established: 8 };
  const cost = 4;

  function read(): TcpPace {
    const pace = new TcpPace();
    expect(pace.due("tcp", rest, 0)).toBe(true);
    pace.done("tcp", rest, 0, cost);
    return pace;
  }

  test("at rest a costly table is read every few seconds, a cheap one at each scan", () => {
    const pace = read();
    expect(pace.due("tcp", rest, 11_999)).toBe(false);
    expect(pace.due("tcp", rest, 12_000)).toBe(true);
    pace.done("tcp", rest, 12_000, 0.1);
    expect(pace.due("tcp", rest, 12_500)).toBe(true);
  });

  test("a new listener is read for at once, a new connection is not", () => {
    const listener = { ...rest, tcp: 11 };
    expect(read().due("tcp", listener, 1000)).toBe(true);
    const connection = { ...rest, tcp: 11, established: 9 };
    expect(read().due("tcp", connection, 1000)).toBe(false);
    expect(read().due("tcp", connection, 1200)).toBe(true);
  });

  test("a listener is noticed after another one went", () => {
    const pace = read();
    expect(pace.due("tcp", { ...rest, tcp: 9 }, 500)).toBe(false);
    // One family lost a socket, the other got one.
    expect(pace.due("tcp", { tcp: 9, tcp6: 3, established: 8 }, 1000)).toBe(true);
  });

  test("connection churn cannot make it read more than the urgent share", () => {
    expect(read().due("tcp", { ...rest, tcp: 20 }, 239)).toBe(false);
    expect(read().due("tcp", { ...rest, tcp: 20 }, 240)).toBe(true);
  });

  test("one slow read among quick ones counts little", () => {
    const pace = read();
    pace.done("tcp", rest, 0, 80);
    expect(pace.due("tcp", { ...rest, tcp: 11 }, 820)).toBe(true);
  });

  test("the other family's new listener is no reason to read, a hidden one is", () => {
    expect(read().due("tcp", { ...rest, tcp6: 3 }, 1300)).toBe(false);
    // A connection closed while a listener opened.
    expect(read().due("tcp", { ...rest, established: 7 }, 1300)).toBe(true);
  });

  test("a socket that left its process is looked at soon", () => {
    const pace = read();
    pace.suspect("tcp");
    expect(pace.due("tcp", rest, 700)).toBe(true);
  });
});
