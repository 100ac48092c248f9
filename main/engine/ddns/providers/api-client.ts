/** JSON over HTTPS to a provider: one call, its answer checked by a schema, everything else a refusal. */
import type { z } from "zod";
import { problem } from "../../../../shared/problems.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { HttpsOutcome, HttpsRequest } from "../network.ts";
import type { Refusal } from "../refusal.ts";
import { credentialsRefused, httpRefusal, nameRefused, unknownAnswer } from "./http-refusal.ts";
import { excerpt, type Redact } from "./redaction.ts";
import { USER_AGENT } from "./user-agent.ts";

const TIMEOUT = 20_000;
/** Bytes of an answer: a zone of a few thousand records. */
const MAX_BYTES = 2_000_000;

/** Thrown inside an API's code and caught by ApiPublisher: one refusal ends whatever was under way. */
export class Refused extends Error {
  readonly refusal: Refusal | "conflict";

  constructor(refusal: Refusal | "conflict") {
    super(refusal === "conflict" ? "conflict" : refusal.problem.message);
    this.refusal = refusal;
  }
}

export type Answer = Extract<HttpsOutcome, { kind: "answer" }>;

/** `say` makes the provider's words fit to be shown. */
export type Judge = (
  answer: Answer,
  json: unknown,
  say: (words: string) => string,
) => Refusal | "conflict" | null;

export interface ApiClientOptions {
  readonly world: DnsWorld;
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly redact: Redact;
  /** What the provider's own words say, before the usual meaning of the status; null when nothing. */
  readonly judge?: Judge;
}

export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /** The answer as `schema` reads it; throws Refused. */
  async call<T>(
    method: HttpsRequest["method"],
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ): Promise<T> {
    const answer = await this.#send(method, path, schema, body);
    if (answer === null) throw new Refused(nameRefused("HTTP 404"));
    return answer.value;
  }

  /** Like `call`, with null where there is no such thing (404). */
  async find<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
    return (await this.#send("GET", path, schema))?.value ?? null;
  }

  /** Null for a 404 to a question. */
  async #send<T>(
    method: HttpsRequest["method"],
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ): Promise<{ readonly value: T } | null> {
    const { world, base, headers, redact, judge } = this.#options;
    const outcome = await world.network.https({
      method,
      url: `${base}${path}`,
      headers: {
        ...headers,
        accept: "application/json",
        "user-agent": USER_AGENT,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeout: TIMEOUT,
      maxBytes: MAX_BYTES,
    });
    const refusal = httpRefusal(outcome, world.environment.clock.now());
    if (refusal !== null) throw new Refused(refusal);
    if (outcome.kind === "failed") throw new Refused(nameRefused(outcome.reason));
    const json = parseJson(outcome.body);
    const judged = judge?.(outcome, json, (words) => excerpt(words, redact)) ?? null;
    if (judged !== null) throw new Refused(judged);
    const { status } = outcome;
    if (status === 404 && method === "GET") return null;
    if (status < 200 || status >= 300) throw new Refused(this.#byStatus(outcome));
    const parsed = schema.safeParse(json);
    if (!parsed.success) throw new Refused(unknownAnswer(outcome, redact));
    return { value: parsed.data };
  }

  #byStatus(answer: Answer): Refusal | "conflict" {
    const { status, body } = answer;
    const said = `HTTP ${status}: ${excerpt(body, this.#options.redact)}`;
    if (status === 401) return credentialsRefused(`HTTP ${status}`);
    if (status === 409) return "conflict";
    if (status === 408 || status === 423) {
      return {
        kind: "later",
        scope: "account",
        reason: "server",
        seconds: null,
        problem: problem("dns-server-trouble", said),
      };
    }
    return nameRefused(said);
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
