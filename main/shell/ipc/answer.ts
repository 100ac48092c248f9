/** Answers one request of the window: sender and schema are checked before anything else happens. */
import {
  type Answer,
  type ParsedRequest,
  requests,
  type Result,
} from "../../../shared/contract.ts";
import type { InvokeName } from "../../../shared/channels.ts";
import { isAppUrl } from "../security/asset-path.ts";

/** Who sent a message, as far as the check needs it: a frame of Electron fits. */
export interface Sender {
  readonly url: string;
}

export type Handlers = {
  readonly [N in InvokeName]: (
    request: ParsedRequest<N>,
  ) => Result<Answer<N>> | Promise<Result<Answer<N>>>;
};

export interface Gatekeeper {
  readonly handlers: Handlers;
  /** The main frame of the window; null while there is none. */
  readonly mainFrame: () => Sender | null;
  /** Told of what was refused; never with the payload, which may be anything. */
  readonly refused: (name: InvokeName, reason: string) => void;
}

/** Never throws: whatever comes, the answer is a Result. */
export async function answer<N extends InvokeName>(
  { handlers, mainFrame, refused }: Gatekeeper,
  name: N,
  sender: Sender | null,
  words: readonly unknown[],
): Promise<Result<Answer<N>>> {
  // A subframe, a foreign page or a frame that is gone has no business here.
  if (sender === null || sender !== mainFrame() || !isAppUrl(sender.url)) {
    refused(name, "sender");
    return refusal("forbidden", "This page may not ask Homeport for anything.");
  }
  const parsed = words.length > 1 ? null : requests[name].safeParse(words[0]);
  if (!parsed?.success) {
    refused(name, "request");
    const where = parsed?.error.issues[0];
    const detail =
      where === undefined ? "too many values" : `${where.path.join(".")} ${where.message}`;
    return refusal("bad-request", `The request was not understood: ${detail.trim().slice(0, 200)}`);
  }
  try {
    return await handlers[name](parsed.data as ParsedRequest<N>);
  } catch (error) {
    refused(name, "failed");
    return refusal("internal", error instanceof Error ? error.message : String(error));
  }
}

export function refusal(code: string, message: string): Result<never> {
  return { ok: false, error: { code, message } };
}
