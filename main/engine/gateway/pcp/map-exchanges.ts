/** The MAP questions that are open at one server, and which answer belongs to which of them. */
import type { LeaseKey, MapOutcome, Refusal, UnmapOutcome } from "../port-mapper.ts";
import { canBeExternal } from "./addresses.ts";
import type { Exchange } from "./exchange.ts";
import { type MapBody, protocolNumbers, type Response } from "./messages.ts";
import { refusalOf, uselessGrantRefusal } from "./refusal.ts";
import { resultCodes } from "./result-codes.ts";

/** Seconds; a longer grant is renewed as if it were this long, which no server minds. */
const LONGEST_LEASE = 86_400;

export type MapQuestion =
  | { readonly kind: "map"; readonly key: LeaseKey; readonly exchange: Exchange<MapOutcome> }
  | { readonly kind: "unmap"; readonly key: LeaseKey; readonly exchange: Exchange<UnmapOutcome> };

export class MapExchanges {
  readonly #open = new Set<MapQuestion>();
  /** Deletions that were given up unanswered: their late answer must not pass for that to a new request. */
  readonly #givenUp = new Set<string>();

  add(question: MapQuestion): void {
    this.#open.add(question);
  }

  remove(question: MapQuestion, answered: boolean): void {
    this.#open.delete(question);
    if (question.kind === "map") return;
    const name = nameOf(question.key);
    if (answered) this.#givenUp.delete(name);
    else this.#givenUp.add(name);
  }

  /** Every open question ends with `refusal`. */
  refuseAll(refusal: Refusal): void {
    for (const { exchange } of this.#open) exchange.settle(refusal);
  }

  failAll(reason: unknown): void {
    for (const { exchange } of this.#open) exchange.fail(reason);
  }

  /** The questions that `body` answers: same nonce, protocol and internal port (RFC 6887 §11.4). */
  matching(body: MapBody): readonly MapQuestion[] {
    return [...this.#open].filter(
      ({ key }) =>
        body.internalPort === key.internalPort &&
        body.protocol === protocolNumbers[key.transport] &&
        body.nonce.every((byte, index) => byte === key.nonce[index]),
    );
  }

  /** Ends `question` with what `response` says, unless it is the late answer to an earlier question. */
  answer(question: MapQuestion, response: Response, body: MapBody): void {
    const { result, lifetime } = response;
    if (question.kind === "unmap") {
      if (result === resultCodes.SUCCESS) {
        // A grant is the late answer to an earlier request, not to the deletion (§15.1 echoes lifetime 0).
        if (lifetime === 0) question.exchange.settle({ kind: "gone" });
      } else question.exchange.settle(unmapOutcome(result, lifetime));
      return;
    }
    const deleted = result === resultCodes.SUCCESS && lifetime === 0;
    if (deleted && this.#givenUp.delete(nameOf(question.key))) return;
    question.exchange.settle(
      result === resultCodes.SUCCESS ? granted(lifetime, body) : refusalOf(result, lifetime),
    );
  }
}

function nameOf(key: LeaseKey): string {
  return `${key.transport}/${key.internalPort}/${Buffer.from(key.nonce).toString("hex")}`;
}

/** What a success grants, if it grants anything that can be used. */
function granted(lifetime: number, body: MapBody): MapOutcome {
  const { externalAddress } = body;
  if (lifetime === 0) return uselessGrantRefusal("gateway-error", "granted for 0 seconds");
  if (!canBeExternal(externalAddress)) {
    return uselessGrantRefusal("unusable-address", `external address ${externalAddress}`);
  }
  // miniupnpd 2.3.1 answers 0 for an IPv6 pinhole, whose port stays as it is.
  const pinhole = body.externalPort === 0 && externalAddress.includes(":");
  const externalPort = pinhole ? body.internalPort : body.externalPort;
  if (externalPort === 0) return uselessGrantRefusal("gateway-error", "external port 0");
  return {
    kind: "granted",
    externalAddress,
    externalPort,
    lifetime: Math.min(lifetime, LONGEST_LEASE),
  };
}

/**
 * What an error to a deletion means. NO_RESOURCES: miniupnpd says so where there is nothing to delete, and a
 * deletion needs no resources. NOT_AUTHORIZED: no mapping there answers to our nonce (§15.1).
 */
function unmapOutcome(result: number, lifetime: number): UnmapOutcome {
  return result === resultCodes.NO_RESOURCES || result === resultCodes.NOT_AUTHORIZED
    ? { kind: "gone" }
    : refusalOf(result, lifetime);
}
