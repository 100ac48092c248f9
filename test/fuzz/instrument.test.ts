import { expect, test } from "vitest";
import { instrument } from "./instrument.ts";

/** Runs `source`, which sets `result`, with counters in it. */
function run(source: string): { readonly result: unknown; readonly values: Uint32Array } {
  const { code, count } = instrument(source, "a.js");
  const values = new Uint32Array(count);
  const global = { fuzzCounters: { values, register: () => 0 } };
  // oxlint-disable-next-line typescript/no-implied-eval -- code that was made here
  const result: unknown = new Function("globalThis", `${code}\nreturn result;`)(global);
  return { result, values };
}

test.each([
  ["const f = (a) => ({ a }); const result = f(1).a;", 1],
  ["const f = (a) => { if (a) return 1; else return 2; }; const result = f(0);", 2],
  ["let result = 0; for (let i = 0; i < 3; i += 1) result += i;", 3],
  ["let result = 0; for (const i of [1, 2]) { if (i > 1) continue; result += i; }", 1],
  ["const g = (b) => b ? b > 1 ? 'x' : 'y' : 'z'; const result = g(1) + g(2) + g(0);", "yxz"],
  ["const result = null ?? ((0 || 5) && 7);", 7],
  ["let result; switch (2) { case 1: result = 1; break; case 2: case 3: result = 4; }", 4],
  ["let result; try { throw 1; } catch { result = 2; } finally { result += 1; }", 3],
  ["class A { #x = 1; get x() { return this.#x; } } const result = new A().x;", 1],
  ["let result = 0; do result += 1; while (result < 3);", 3],
  ["label: for (const a of [1]) { break label; } const result = `a${1}b`;", "a1b"],
])("%s means the same", (source, expected) => {
  expect(run(source).result).toBe(expected);
});

test("each branch counts by itself", () => {
  const source =
    "let result = 0; for (const i of [1, 2, 3]) { if (i > 1) result += 1; else result += 2; }";
  expect([...run(source).values].toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
});

test("literals are told, paths of modules are not", () => {
  const { code } = instrument("import x from './x'; f('word', 42, `a${x}b`);", "a.js");
  const facts = JSON.parse(/register\((.*?)\);/.exec(code)?.[1] ?? "") as object;
  expect(facts).toMatchObject({ path: "a.js", numbers: [42], strings: ["word", "a", "b"] });
});
