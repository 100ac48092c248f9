import { describe, expect, test } from "vitest";
import type { Answer } from "./answer.ts";
import type { TcpReply } from "./exchange.ts";
import { png } from "./icon.fixture.ts";
import { askPage } from "./page.ts";

const icon = png(32, 32);
const iconUri = `data:image/png;base64,${icon.toString("base64")}`;
const page = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Wiki</title></head>";

/** A server with `pages` by path; what it was asked for is written down. */
function serve(pages: Readonly<Record<string, TcpReply | Buffer | string>>) {
  const asked: string[] = [];
  const ask = (before: Answer | null = null) =>
    askPage(
      { address: "127.0.0.1", port: 80 },
      async ({ send, maxBytes }) => {
        const path = /^GET (\S+)/.exec(Buffer.from(send).toString())?.[1] ?? "";
        asked.push(path);
        const found = pages[path] ?? "HTTP/1.0 404 Not Found\r\n\r\n";
        if (typeof found === "object" && "kind" in found) return found;
        const bytes = Buffer.from(found);
        const isTooLarge = bytes.length > maxBytes;
        return {
          kind: "bytes",
          bytes: bytes.subarray(0, maxBytes),
          end: isTooLarge ? "too-large" : "closed",
        };
      },
      before,
    );
  return { ask, asked };
}

const answerWith = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\n\r\n"), body]);

describe("a page's icon", () => {
  test("is asked for once", async () => {
    const { ask, asked } = serve({ "/": page, "/favicon.ico": answerWith(icon) });
    const first = await ask();
    expect(first).toMatchObject({ kind: "answer", answer: { name: "Wiki", icon: iconUri } });
    if (first.kind !== "answer") return;
    expect(await ask(first.answer)).toEqual(first);
    expect(asked).toEqual(["/", "/favicon.ico", "/"]);
  });

  test.each<[string, TcpReply | Buffer]>([
    ["it is not there", Buffer.from("HTTP/1.0 404 Not Found\r\n\r\n")],
    ["10 MB come", answerWith(Buffer.concat([icon, Buffer.alloc(10_000_000)]))],
    ["garbage comes", Buffer.alloc(5000, 0xa7)],
    ["nothing comes", { kind: "bytes", bytes: new Uint8Array(), end: "timeout" }],
    ["the server is gone", { kind: "failed", detail: "ECONNREFUSED" }],
  ])("the page has none when %s, and is not asked for it again", async (_what, reply) => {
    const { ask, asked } = serve({ "/": page, "/favicon.ico": reply });
    const first = await ask();
    expect(first).toMatchObject({ kind: "answer", answer: { name: "Wiki", icon: null } });
    if (first.kind === "answer") await ask(first.answer);
    expect(asked).toEqual(["/", "/favicon.ico", "/"]);
  });

  test("is looked for later when the page is none yet", async () => {
    const { ask, asked } = serve({ "/": "HTTP/1.0 503 Starting\r\n\r\n" });
    const outcome = await ask();
    expect(outcome.kind === "answer" && "icon" in outcome.answer).toBe(false);
    expect(asked).toEqual(["/"]);
  });
});
