import fc from "fast-check";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodePcpServer6, decodePcpServers4, parseDhclientLeases } from "./dhcp-leases.ts";
import { readPcpServers } from "./pcp-servers.ts";

/** Recorded: dhclient 4.4.3 served by dnsmasq 2.90, which sent two servers, the second with two addresses. */
const recorded = `lease {
  interface "v1";
  fixed-address 192.168.66.11;
  option unknown-158 4:c0:a8:42:1:8:a:0:0:1:a:0:0:2;
  option subnet-mask 255.255.255.0;
  option routers 192.168.66.1;
  option dhcp-lease-time 3600;
  option dhcp-message-type 5;
  option dhcp-server-identifier 192.168.66.1;
  expire 4 2026/11/26 13:17:05;
}
`;
const servers = [["192.168.66.1"], ["10.0.0.1", "10.0.0.2"]];

test("dhclient, recorded", () => {
  expect(parseDhclientLeases(recorded)).toEqual([{ family: 4, address: "192.168.66.11", servers }]);
});

test("dhclient: the last lease of an interface counts, with or without the option", () => {
  const later = recorded.replace(/^.*158.*\n/m, "").replace("66.11", "66.12");
  expect(parseDhclientLeases(recorded + later)).toEqual([]);
  expect(parseDhclientLeases(later + recorded)).toHaveLength(1);
  expect(parseDhclientLeases(recorded + later.replace("v1", "v2"))).toHaveLength(1);
});

test("dhclient, IPv6 (made by hand after its manual): two servers are two options", () => {
  const option = (last: string): string =>
    `  option dhcp6.unknown-86 20:1:d:b8:0:0:0:0:0:0:0:0:0:0:0:${last};\n`;
  const lease = `lease6 {
  interface "v1";
  ia-na 11:22:33:44 {
    starts 1732612345;
    iaaddr 2001:db8:0:1::10 {
      preferred-life 3600;
    }
  }
${option("1")}${option("2")}}
`;
  expect(parseDhclientLeases(lease)).toEqual([
    { family: 6, address: "2001:db8:0:1::10", servers: [["2001:db8::1"], ["2001:db8::2"]] },
  ]);
});

test.each([
  ["a list that is cut off", "08c0a84201"],
  ["half an address", "03c0a842"],
  ["an empty list", "0004c0a84201"],
  ["multicast and loopback alone", "08e00000017f000001"],
  ["nothing", ""],
])("option 158: %s names nobody", (_name, hex) => {
  expect(decodePcpServers4(Buffer.from(hex, "hex"))).toEqual([]);
});

test("option 86: multicast, loopback and halves name nobody", () => {
  expect(decodePcpServer6(Buffer.from(`ff02${"0".repeat(27)}1`, "hex"))).toEqual([]);
  expect(decodePcpServer6(Buffer.from(`${"0".repeat(31)}1`, "hex"))).toEqual([]);
  expect(decodePcpServer6(Buffer.from("20010db8", "hex"))).toEqual([]);
});

test("long lists are cut", () => {
  const flood = Uint8Array.from({ length: 250 }, (_, at) => (at % 5 === 0 ? 4 : 10));
  expect(decodePcpServers4(flood)).toHaveLength(4);
});

test("no lease is too strange", () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), (text, bytes) => {
      const found = parseDhclientLeases(
        `lease {\n interface "a";\n fixed-address 1.2.3.4;\n${text}`,
      );
      for (const server of [
        ...found.flatMap((lease) => lease.servers),
        ...decodePcpServers4(bytes),
      ])
        expect(server.length).toBeGreaterThan(0);
    }),
  );
});

test("only leases under an address that is ours now are read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "homeport-leases-"));
  const lost = join(folder, "not-there");
  writeFileSync(join(folder, "dhclient-0123-v1.lease"), recorded);
  writeFileSync(
    join(folder, "dhclient.v2.leases"),
    recorded.replaceAll("192.168.66.11", "10.9.9.9"),
  );
  writeFileSync(join(folder, "notes.txt"), recorded.replaceAll("192.168.66.11", "10.9.9.9"));
  mkdirSync(join(folder, "3"));
  const own = { interface: "v1", family: 4, address: "192.168.66.11", prefixLength: 24 } as const;
  expect(await readPcpServers([own], [folder, lost])).toEqual(
    servers.map((addresses) => ({ family: 4, interface: "v1", addresses })),
  );
  expect(await readPcpServers([], [folder])).toEqual([]);
});
