/** What HTTP itself says of a request, before anybody looks at the body: the same for every provider. */
import { problem } from "../../../../shared/problems.ts";
import type { HttpsOutcome } from "../network.ts";
import type { Refusal } from "../refusal.ts";
import { excerpt, type Redact } from "./redaction.ts";

type Answer = Extract<HttpsOutcome, { kind: "answer" }>;

/** Network trouble, 429, 5xx and answers that are web pages; null for what the provider's own words have to tell. */
export function httpRefusal(outcome: HttpsOutcome, now: number): Refusal | null {
  if (outcome.kind === "failed") {
    const isNetwork = outcome.reason === "unreachable" || outcome.reason === "timeout";
    return later(
      isNetwork ? "network" : "server",
      problem(
        isNetwork ? "dns-unreachable" : "dns-bad-answer",
        `${outcome.reason}: ${outcome.detail}`,
      ),
    );
  }
  const { status } = outcome;
  if (status === 429) {
    return later("throttled", problem("dns-rate-limit", "HTTP 429"), retryAfter(outcome, now));
  }
  if (status >= 500) {
    return later(
      "server",
      problem("dns-server-trouble", `HTTP ${status}`),
      retryAfter(outcome, now),
    );
  }
  // Redirects are not followed: credentials would go along.
  if (status >= 300 && status < 400) {
    return later("server", problem("dns-bad-answer", `HTTP ${status}, a redirect`));
  }
  if (/^\s*<(!doctype|html)/i.test(outcome.body)) {
    return later("server", problem("dns-bad-answer", `HTTP ${status}, a web page`));
  }
  return null;
}

/** For an answer that fits nothing the provider documents. */
export function unknownAnswer({ status, body }: Answer, redact: Redact): Refusal {
  return later("server", problem("dns-bad-answer", `HTTP ${status}: ${excerpt(body, redact)}`));
}

export function credentialsRefused(detail: string): Refusal {
  return { kind: "fatal", scope: "account", problem: problem("dns-credentials", detail) };
}

export function nameRefused(detail: string): Refusal {
  return { kind: "fatal", scope: "name", problem: problem("dns-name-refused", detail) };
}

function later(
  reason: "network" | "server" | "throttled",
  why: Refusal["problem"],
  seconds: number | null = null,
): Refusal {
  return { kind: "later", scope: "account", reason, seconds, problem: why };
}

/** Seconds of Retry-After, a number or a date (RFC 9110 §10.2.3); null when there is none to read. */
function retryAfter({ headers }: Answer, now: number): number | null {
  const text = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}
