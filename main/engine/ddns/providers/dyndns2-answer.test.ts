import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeDyndns2 } from "./dyndns2-answer.ts";

const hosts = ["a.example", "b.example"];
const sent = ["203.0.113.7", "2001:db8::1"];

function judge(body: string) {
  return [...(judgeDyndns2(body, hosts, sent)?.values() ?? [])];
}

describe("judgeDyndns2", () => {
  test("a line a host, in the order sent", () => {
    expect(judge("good 203.0.113.7\r\nnohost\r\n").map(({ kind }) => kind)).toEqual([
      "done",
      "fatal",
    ]);
  });

  test("a code about the call counts in any line", () => {
    expect(judge("good 203.0.113.7\ngood 203.0.113.7\nbadauth\n")).toMatchObject([
      { kind: "fatal", problem: { code: "dns-credentials" } },
      { kind: "fatal", problem: { code: "dns-credentials" } },
    ]);
  });

  test("of many other addresses a few are told", () => {
    const others = Array.from({ length: 5000 }, (_, at) => `198.51.${at >> 8}.${at & 255}`);
    const [outcome] = judge(`good ${others.join(",")}\n`);
    if (outcome === undefined || !("problem" in outcome)) throw new Error("no refusal");
    expect(outcome.problem.message).toContain("198.51.0.0, 198.51.0.1");
    expect(outcome.problem.message.length).toBeLessThan(400);
  });

  test("the address that was sent counts wherever it stands in the first of them", () => {
    expect(judge("good 198.51.100.1 203.0.113.7\nnochg 2001:DB8:0::1")).toEqual([
      { kind: "done" },
      { kind: "done" },
    ]);
  });

  test("whatever comes is judged, and told in a line", () => {
    const words = fc.constantFrom(
      "good",
      "nochg",
      "badauth",
      "911",
      "nohost",
      "127.0.0.1",
      "::1%a",
      ...sent,
      "\n",
      " ",
      ",",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(words, fc.string()), { maxLength: 20 }).map((parts) => parts.join(" ")),
        (body) => {
          const outcomes = judgeDyndns2(body, hosts, sent);
          if (outcomes === null) return;
          expect([...outcomes.keys()]).toEqual(hosts);
          for (const outcome of outcomes.values()) {
            if (!("problem" in outcome)) continue;
            expect(outcome.problem.message).toMatch(/^[^\p{Cc}]{1,400}$/u);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
