import { describe, expect, test } from "vitest";
import { pingArguments, secondHopFrom } from "./second-hop.ts";

const own = ["192.168.1.23", "192.168.1.1"];

describe("who answered", () => {
  test("Linux (in the form of iputils)", () => {
    const text = `PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.
From 10.0.0.138 icmp_seq=1 Time to live exceeded

--- 192.0.2.1 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms

`;
    expect(secondHopFrom(text, own)).toBe("10.0.0.138");
    expect(secondHopFrom(text.replace("10.0.0.138", "192.168.1.1"), own)).toBeNull();
  });

  test("Linux with an address to send from", () => {
    const text = "PING 192.0.2.1 (192.0.2.1) from 192.168.1.23 : 56(84) bytes of data.\n";
    expect(secondHopFrom(text, own)).toBeNull();
  });

  test("macOS (put together after its manual; not yet run there)", () => {
    const text = `PING 192.0.2.1 (192.0.2.1): 56 data bytes
36 bytes from 10.0.0.138: Time to live exceeded
Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst
 4  5  00 5400 4a3b   0 0000  01  01 8a2c 192.168.1.23  192.0.2.1

--- 192.0.2.1 ping statistics ---
1 packets transmitted, 0 packets received, 100.0% packet loss
`;
    expect(secondHopFrom(text, own)).toBe("10.0.0.138");
  });

  test.each([
    [
      "Antwort von 10.0.0.138: Die Gültigkeitsdauer wurde bei der Übertragung überschritten.",
      "10.0.0.138",
    ],
    ["Reply from 10.0.0.138: TTL expired in transit.", "10.0.0.138"],
    ["Request timed out.", null],
    ["Reply from 192.168.1.23: Destination host unreachable.", null],
  ])("Windows (put together after its manual; not yet run there): %s", (line, hop) => {
    const text = `\r\nPinging 192.0.2.1 with 32 bytes of data:\r\n${line}\r\n\r\nPing statistics for 192.0.2.1:\r\n    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),\r\n`;
    expect(secondHopFrom(text, own)).toBe(hop);
  });

  test("numbers that are no address", () => {
    expect(secondHopFrom("version 1.2.3.4.5, 10.0.0.999, 010.0.0.1 and 1.2.3", own)).toBeNull();
  });
});

test("one packet that ends at the second router, from the address that is to be asked from", () => {
  expect(pingArguments("linux", null).join(" ")).toBe("-n -c 1 -t 2 -W 1 192.0.2.1");
  expect(pingArguments("darwin", "192.168.1.23").join(" ")).toBe(
    "-S 192.168.1.23 -n -c 1 -m 2 -t 1 192.0.2.1",
  );
  expect(pingArguments("win32", "192.168.1.23").join(" ")).toBe(
    "-S 192.168.1.23 -n 1 -i 2 -w 1000 192.0.2.1",
  );
});
