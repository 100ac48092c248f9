import { expect, test } from "vitest";
import { simulatedEnvironment } from "../../../../../test/fixtures/environment.ts";
import { never } from "../../../../../test/gateway/pcp-world.ts";
import type { ActionFailure } from "./action.ts";
import { ControlLink } from "./control-link.ts";

type Failure = Extract<ActionFailure, { kind: "unreachable" }>;
const silent: Failure = { kind: "unreachable", detail: "timeout", silent: true };
const refused: Failure = { kind: "unreachable", detail: "ECONNREFUSED" };
const done = { kind: "done" } as const;

test.each<[string, readonly (Failure | typeof done)[], number]>([
  ["silent once is asked again where it was", [silent, done], 1],
  ["silent twice in a row is searched anew", [silent, silent, done], 2],
  ["silent now and then is not", [silent, done, silent, done], 1],
  ["that refuses is searched anew at once", [refused, done], 2],
])("a control point %s", async (_what, answers, searches) => {
  let searched = 0;
  const link = new ControlLink<object>(simulatedEnvironment(), () => {
    searched += 1;
    return Promise.resolve({});
  });
  for (const answer of answers) await link.once(never, () => Promise.resolve(answer));
  expect(searched).toBe(searches);
  link.close();
});
