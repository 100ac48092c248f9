import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSocketTable } from "./socket-table.ts";

const heading =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

function table(...rows: string[]): Buffer {
  return Buffer.from([heading, ...rows, ""].join("\n"), "latin1");
}

function row(local: string, remote: string, state: string, inode: number): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0`;
}

describe("parseSocketTable", () => {
  const any6 = "0".repeat(32);
  test.each([
    ["loopback", "0100007F:1F90", "00000000", "127.0.0.1", 8080],
    ["all IPv4", "00000000:63DD", "00000000", "0.0.0.0", 25_565],
    ["a LAN address", "0A01A8C0:0050", "00000000", "192.168.1.10", 80],
    ["all IPv6", `${any6}:01BB`, any6, "::", 443],
    ["IPv6 loopback", `${"0".repeat(24)}01000000:01BB`, any6, "::1", 443],
    ["documentation IPv6", `B80D0120000000000000000001000000:01BB`, any6, "2001:db8::1", 443],
    ["link-local", `000080FE00000000FF000002FE000000:01BB`, any6, "fe80::200:ff:0:fe", 443],
    ["IPv4-mapped", `0000000000000000FFFF00000100007F:01BB`, any6, "127.0.0.1", 443],
  ])("decodes %s", (_name, local, remote, address, port) => {
    const text = table(row(local, `${remote}:0000`, "0A", 42));
    expect(parseSocketTable(text, "tcp")).toEqual([
      { transport: "tcp", address, port, inode: "42" },
    ]);
  });

  test("takes listening TCP and unconnected UDP sockets only", () => {
    const rows = [
      row("0100007F:0001", "00000000:0000", "0A", 1),
      row("0100007F:0002", "0100007F:9000", "01", 2),
      row("0100007F:0003", "00000000:0000", "07", 3),
      row("0100007F:0004", "0100007F:9000", "06", 0),
    ];
    expect(parseSocketTable(table(...rows), "tcp").map(({ port }) => port)).toEqual([1]);
    expect(parseSocketTable(table(...rows), "udp").map(({ port }) => port)).toEqual([3]);
  });

  test("leaves out sockets without a port, an inode or a whole row", () => {
    const whole = row("0100007F:0001", "00000000:0000", "0A", 7);
    const rows = [
      row("0100007F:0000", "00000000:0000", "0A", 7),
      row("0100007F:0001", "00000000:0000", "0A", 0),
      row("0100007:0001", "00000000:0000", "0A", 7),
      whole.slice(0, 60),
    ];
    expect(parseSocketTable(table(...rows), "tcp")).toEqual([]);
    expect(parseSocketTable(table(whole), "tcp")).toHaveLength(1);
  });

  test("numbers above 9999 in the first column and row limits", () => {
    const rows = Array.from({ length: 20 }, (_, at) =>
      row("0100007F:0001", "00000000:0000", "0A", at + 1).replace("   0:", `${99_990 + at}:`),
    );
    expect(parseSocketTable(table(...rows), "tcp")).toHaveLength(20);
    expect(parseSocketTable(table(...rows), "tcp", 5)).toHaveLength(5);
  });

  test("never throws, whatever the text", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(": ", " 0A ", "00000000:0000", "\n", "0100007F:1F90", "   0: "),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const rows = parseSocketTable(Buffer.from(pieces.join(""), "latin1"), "tcp");
        expect(rows.every(({ port }) => port > 0 && port < 65_536)).toBe(true);
      }),
    );
  });
});
