import { expect, test } from "vitest";
import { applyChanges, changesBetween } from "./changes.ts";
import { type Rrset, rrsetKey } from "./rrset.ts";
import { parseRecordText } from "./wire/presentation.ts";
import type { RecordType } from "./wire/rdata.ts";

function rrset(name: string, type: Exclude<RecordType, "SOA">, text: string, ttl = 60): Rrset {
  return { name, type, ttl, data: [parseRecordText(type, text)] };
}

const marker = rrset("_homeport.a.example", "TXT", "mark");
const address = rrset("a.example", "A", "52.3.4.5");
const srv = rrset("_x._tcp.a.example", "SRV", "0 0 1 a.example");

function order(from: readonly Rrset[], to: readonly Rrset[]): readonly string[] {
  return changesBetween(from, to).map(
    ({ type, after }) => `${after.length > 0 ? "+" : "-"}${type}`,
  );
}

test("marker before addresses before what points to them; removed the other way round", () => {
  expect(order([], [srv, address, marker])).toEqual(["+TXT", "+A", "+SRV"]);
  expect(order([address, marker, srv], [])).toEqual(["-SRV", "-A", "-TXT"]);
});

test("a new host stands before the SRV record moves to it, the old one goes last", () => {
  const old = rrset("old.a.example", "A", "52.3.4.4");
  const oldSrv = rrset("_x._tcp.a.example", "SRV", "0 0 1 old.a.example");
  const changes = changesBetween([marker, old, oldSrv], [marker, address, srv]);
  expect(changes.map(({ name, after }) => `${after.length > 0 ? "+" : "-"}${name}`)).toEqual([
    "+a.example",
    "+_x._tcp.a.example",
    "-old.a.example",
  ]);
});

test("nothing to do when nothing differs; data in another order or case is the same", () => {
  expect(changesBetween([marker, address, srv], [srv, address, marker])).toEqual([]);
  const upper = {
    ...srv,
    data: [{ ...parseRecordText("SRV", "0 0 1 a.example"), target: "A.EXAMPLE" }],
  };
  expect(changesBetween([srv], [upper as Rrset])).toEqual([]);
});

test("another TTL is a change", () => {
  expect(changesBetween([address], [{ ...address, ttl: 300 }])).toMatchObject([{ ttl: 300 }]);
});

test("what was read counts more than what we believe", () => {
  const actual = new Map([[rrsetKey(address), [parseRecordText("A", "52.9.9.9")]]]);
  expect(changesBetween([address], [address], actual)).toMatchObject([
    { before: [{ address: "52.9.9.9" }], after: [{ address: "52.3.4.5" }] },
  ]);
});

test("applying the changes one by one leads there from every cut", () => {
  const from = [marker, rrset("old.a.example", "A", "52.3.4.4"), srv];
  const to = [marker, address, rrset("_y._udp.a.example", "SRV", "0 0 2 a.example")];
  let standing: readonly Rrset[] = from;
  for (let steps = 0; steps < 10; steps += 1) {
    const [first] = changesBetween(standing, to);
    if (first === undefined) break;
    standing = applyChanges(standing, [first]);
  }
  expect(changesBetween(standing, to)).toEqual([]);
});
