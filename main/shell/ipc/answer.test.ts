import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { invokeNames } from "../../../shared/channels.ts";
import { requests, type Result } from "../../../shared/contract.ts";
import { answer, type Gatekeeper, type Handlers, type Sender } from "./answer.ts";

const ours: Sender = { url: "homeport://app/index.html" };
const handled = vi.fn<(request: unknown) => Result<null>>(() => ({ ok: true, value: null }));
const refused = vi.fn<Gatekeeper["refused"]>();
let gatekeeper: Gatekeeper;

beforeEach(() => {
  const handlers = Object.fromEntries(
    invokeNames.map((name) => [name, handled]),
  ) as unknown as Handlers;
  gatekeeper = { handlers, mainFrame: () => ours, refused };
});

test("hands a valid request of the window to its handler", async () => {
  const request = { transport: "tcp", internalPort: 8080 };
  expect(await answer(gatekeeper, "withdraw", ours, [request])).toEqual({ ok: true, value: null });
  expect(handled).toHaveBeenCalledExactlyOnceWith(request);
});

test.each<[string, Sender | null]>([
  ["a frame that is gone", null],
  ["another frame with our URL", { url: ours.url }],
  ["a foreign page", { url: "https://example.invalid/" }],
  ["an empty page", { url: "about:blank" }],
])("refuses %s", async (_what, sender) => {
  const result = await answer(gatekeeper, "getSnapshot", sender, [undefined]);
  expect(result).toMatchObject({ ok: false, error: { code: "forbidden" } });
  expect(handled).not.toHaveBeenCalled();
  expect(refused).toHaveBeenCalledWith("getSnapshot", "sender");
});

test("refuses our own frame once it shows another page", async () => {
  const strayed: Sender = { url: "homeport://app.evil/index.html" };
  const result = await answer(
    { ...gatekeeper, mainFrame: () => strayed },
    "getSnapshot",
    strayed,
    [],
  );
  expect(result).toMatchObject({ ok: false, error: { code: "forbidden" } });
});

test.each(invokeNames)(
  "a thousand random payloads on %s: those that are malformed never reach the handler",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withBigInt: true, withDate: true, withMap: true }),
        async (payload) => {
          handled.mockClear();
          const result = await answer(gatekeeper, name, ours, [payload]);
          const valid = requests[name].safeParse(payload).success;
          expect(result.ok).toBe(valid);
          expect(handled).toHaveBeenCalledTimes(valid ? 1 : 0);
        },
      ),
      { numRuns: 1000 },
    );
  },
);

test("refuses more than one value", async () => {
  const result = await answer(gatekeeper, "getSnapshot", ours, [undefined, "more"]);
  expect(result).toMatchObject({ ok: false, error: { code: "bad-request" } });
});

test("an error in a handler becomes an answer", async () => {
  handled.mockImplementationOnce(() => {
    throw new Error("the disk is full");
  });
  const result = await answer(gatekeeper, "getSnapshot", ours, [undefined]);
  expect(result).toEqual({ ok: false, error: { code: "internal", message: "the disk is full" } });
});

test("long complaints are cut", async () => {
  const result = await answer(gatekeeper, "withdraw", ours, [{ ["x".repeat(5000)]: 1 }]);
  expect(result.ok ? 0 : result.error.message.length).toBeLessThan(300);
});
