/** One action of a service over HTTP, with limits (UPnP Device Architecture 1.1 §3.2). */
import type { HttpOutcome, Lan } from "../../../environment.ts";
import { actionHeader, decodeActionAnswer, encodeAction, type SoapArguments } from "./soap.ts";

/** Milliseconds; routers that write their flash on each change take seconds. */
const ACTION_TIMEOUT = 8000;
const MAX_ANSWER = 65_536;

export type ActionFailure =
  /** A UPnP error code, e.g. 725. */
  | { readonly kind: "fault"; readonly code: number; readonly description: string }
  /** An answer, but none that makes sense; `status` is the HTTP status. */
  | { readonly kind: "nonsense"; readonly status: number }
  /** No answer: nothing is known about the gateway's state. */
  | {
      readonly kind: "unreachable";
      readonly detail: string;
      /** Nothing came back in time: it may be there all the same. */
      readonly silent?: true;
    };

export type ActionValues = {
  readonly kind: "values";
  readonly values: Readonly<Record<string, string>>;
};

/** Where an action is sent, and from which address of ours. */
export interface ControlAddress {
  /** Of the service, as the device spells it. */
  readonly type: string;
  readonly controlUrl: string;
  readonly localAddress: string;
}

interface Action {
  readonly action: string;
  readonly values: SoapArguments;
  /** Bytes of the answer's body. */
  readonly maxBytes?: number | undefined;
}

/** Asks a device for an action. Rejects only with the signal's reason. */
export async function invokeAction(
  lan: Lan,
  { type, controlUrl, localAddress }: ControlAddress,
  { action, values, maxBytes = MAX_ANSWER }: Action,
  signal: AbortSignal,
): Promise<ActionValues | ActionFailure> {
  const outcome = await lan.http(
    {
      method: "POST",
      url: controlUrl,
      headers: {
        "content-type": 'text/xml; charset="utf-8"',
        soapaction: actionHeader(type, action),
      },
      body: encodeAction(type, action, values),
      localAddress,
      timeout: ACTION_TIMEOUT,
      maxBytes,
    },
    signal,
  );
  signal.throwIfAborted();
  return readOutcome(outcome, action);
}

function readOutcome(outcome: HttpOutcome, action: string): ActionValues | ActionFailure {
  if (outcome.kind === "failed") {
    return outcome.reason === "too-large"
      ? { kind: "nonsense", status: 0 }
      : {
          kind: "unreachable",
          detail: `${outcome.reason} ${outcome.detail}`,
          ...(outcome.reason === "timeout" && { silent: true }),
        };
  }
  const answer = decodeActionAnswer(outcome.body, outcome.status, action);
  // The control URL is gone: the device moved it when it restarted.
  if (answer.kind === "nonsense" && [301, 302, 307, 308, 404, 410].includes(outcome.status)) {
    return { kind: "unreachable", detail: `HTTP ${outcome.status}` };
  }
  return answer;
}
