/** The home tables follow ones printed by Linux 6.18; the tests say where lines were made by hand. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ways } from "../../../../test/fixtures/ways.ts";
import { parseRoute4, parseRoute6 } from "./linux.ts";

/** What "Exclude private IPs" of WireGuard's apps makes of 0.0.0.0/0. */
const wireguardWithoutPrivate = (
  "0.0.0.0/5 8.0.0.0/7 11.0.0.0/8 12.0.0.0/6 16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/3 160.0.0.0/5 168.0.0.0/6 " +
  "172.0.0.0/12 172.32.0.0/11 172.64.0.0/10 172.128.0.0/9 173.0.0.0/8 174.0.0.0/7 176.0.0.0/4 192.0.0.0/9 " +
  "192.128.0.0/11 192.160.0.0/13 192.169.0.0/16 192.170.0.0/15 192.172.0.0/14 192.176.0.0/12 192.192.0.0/10 " +
  "193.0.0.0/8 194.0.0.0/7 196.0.0.0/6 200.0.0.0/5 208.0.0.0/4"
).split(" ");

const header =
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n";
const line4 = (
  name: string,
  to: string,
  via: string,
  flags: string,
  metric: number,
  mask: string,
) => `${name}\t${to}\t${via}\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0\n`;
const ways4 = (...lines: string[]) =>
  ways(parseRoute4(header + lines.join("")), () => "ethernet").map((way) => way.slice("4 ".length));

test("IPv4: the default route of a home network, the lower metric first", () => {
  expect(
    ways4(
      line4("wlan0", "00000000", "0101A8C0", "0003", 600, "00000000"),
      line4("eth0", "00000000", "014DA8C0", "0003", 100, "00000000"),
      line4("eth0", "004DA8C0", "00000000", "0001", 100, "00FFFFFF"),
    ),
  ).toEqual(["eth0 192.168.77.1", "wlan0 192.168.1.1"]);
});

test("IPv4: a tunnel takes the default route, or puts its halves before it (made by hand)", () => {
  const home = line4("eth0", "00000000", "014DA8C0", "0003", 100, "00000000");
  expect(ways4(home, line4("tun0", "00000000", "00000000", "0001", 50, "00000000"))).toEqual([
    "tun0 null",
    "eth0 192.168.77.1",
  ]);
  const low = line4("tun0", "00000000", "0100080A", "0003", 900, "00000080");
  const high = line4("tun0", "00000080", "0100080A", "0003", 900, "00000080");
  expect(ways4(home, low, high)).toEqual(["tun0 10.8.0.1", "eth0 192.168.77.1"]);
  expect(ways4(home, low)).toEqual(["eth0 192.168.77.1"]);
});

test("IPv4: WireGuard's apps leave the private networks out, and take the internet all the same", () => {
  const home = line4("eth0", "00000000", "014DA8C0", "0003", 100, "00000000");
  const pieces = wireguardWithoutPrivate.map((prefix) => {
    const [network = "", length = ""] = prefix.split("/");
    const mask = (0xffff_ffff << (32 - Number(length))) >>> 0;
    const octets = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255);
    const hex = (bytes: readonly number[]): string =>
      Buffer.from(bytes.toReversed()).toString("hex").toUpperCase();
    return line4("wg0", hex(network.split(".").map(Number)), "00000000", "0001", 0, hex(octets));
  });
  expect(ways4(home, ...pieces)).toEqual(["wg0 null", "eth0 192.168.77.1"]);
  // Some provider's network alone is a VPN of a company.
  expect(ways4(home, ...pieces.slice(0, 5))).toEqual(["eth0 192.168.77.1"]);
});

test("IPv4: routes that are down or reject, and garbage (made by hand)", () => {
  expect(
    ways4(
      line4("eth1", "00000000", "014DA8C0", "0002", 0, "00000000"),
      line4("eth1", "00000000", "014DA8C0", "0203", 0, "00000000"),
      line4("eth1", "00000000", "014DA8C0", "0003", 0, "00FF00FF"),
      "nonsense\n\n",
    ),
  ).toEqual([]);
});

const zeros = "0".repeat(32);
const table6 = `20010db8004700000000000000000000 40 ${zeros} 00 ${zeros} 00000064 00000001 00000000 00000001     eth0
fe800000000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000002 00000000 00000001     eth0
${zeros} 00 ${zeros} 00 fe80000000000000a2369ffffe112233 00000258 00000001 00000000 00450003    wlan0
${zeros} 00 ${zeros} 00 fe800000000000000000000000000001 00000064 00000002 00000000 00450003     eth0
00000000000000000000000000000001 80 ${zeros} 00 ${zeros} 00000000 00000002 00000000 80200001       lo
ff000000000000000000000000000000 08 ${zeros} 00 ${zeros} 00000100 00000003 00000000 00000001     eth0
${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo
`;
const ways6 = (text: string) => ways(parseRoute6(text));

test("IPv6: routers by their link-local address and its zone, lower metric first", () => {
  expect(ways6(table6)).toEqual(["6 eth0 fe80::1%eth0", "6 wlan0 fe80::a236:9fff:fe11:2233%wlan0"]);
});

test("IPv6: the prefixes that VPNs put before the default (made by hand)", () => {
  const via = (to: string, length: string, name: string): string =>
    `${to} ${length} ${zeros} 00 ${zeros} 00000400 00000001 00000000 00000001 ${name}\n`;
  for (const halves of [
    via(zeros, "01", "wg0") + via(`8${"0".repeat(31)}`, "01", "wg0"),
    via(`2${"0".repeat(31)}`, "03", "wg0"),
    via(`2${"0".repeat(31)}`, "04", "wg0") + via(`3${"0".repeat(31)}`, "04", "wg0"),
  ]) {
    expect(ways6(table6 + halves)[0]).toBe("6 wg0 null");
  }
  expect(ways6(table6 + via(`2${"0".repeat(31)}`, "04", "wg0"))).toHaveLength(2);
});

test("IPv4: a metric that is no 32-bit number counts as the worst (made by hand)", () => {
  const strange = line4("eth0", "00000000", "014DA8C0", "0003", 100, "00000000").replace(
    "\t100\t",
    "\t99999999999999999999\t",
  );
  expect(parseRoute4(strange)).toMatchObject([{ metric: Number.MAX_SAFE_INTEGER }]);
});

test("no text is too strange", () => {
  const figure = fc.constantFrom("00", "0", "ffffffff", zeros, "fe80", "-1", "eth0", "", "\u0000");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(figure, { maxLength: 14 }).map((words) => words.join(" ")),
      ),
      (text) => {
        for (const { gateway } of [...parseRoute4(`${header}${text}`), ...parseRoute6(text)])
          expect(gateway ?? "none").toMatch(/^(?:none|[\d.]+|[0-9a-f:]+(?:%\S+)?)$/);
      },
    ),
  );
});
