import { expect, test } from "vitest";
import { changesBetween } from "./changes.ts";
import { judgeReading } from "./reading.ts";
import { type Rrset, rrsetKey } from "./rrset.ts";

const fqdn = "home.example";

function address(text: string, ttl = 60): Rrset {
  return { name: fqdn, type: "A", ttl, data: [{ type: "A", address: text }] };
}

/** Of a name under our marker. */
function judge(published: readonly Rrset[], desired: readonly Rrset[], there: readonly Rrset[]) {
  const marker = { type: "TXT", strings: ["ours"] } as const;
  const sets = new Map([
    [`TXT _homeport.${fqdn}`, [marker]],
    ...there.map((set) => [rrsetKey(set), set.data] as const),
  ]);
  const reading = { fqdn, marker: "ours", takeOver: false, desired, published, sets };
  return judgeReading(reading).published;
}

test("a write whose answer was lost is believed as it stands, with the TTL it may have had", () => {
  const [old, wanted] = [address("52.3.4.5", 300), address("52.3.4.6")];
  const published = judge([old], [wanted], [wanted]);
  expect(published).toEqual([address("52.3.4.6", 300)]);
  expect(changesBetween(published, [wanted])).toMatchObject([{ type: "A", ttl: 60 }]);
});

test("what stands as wanted is ours without a write; what does not is still to be written", () => {
  const wanted = address("52.3.4.6");
  expect(judge([], [wanted], [wanted])).toEqual([wanted]);
  expect(judge([], [wanted], [])).toEqual([]);
});
