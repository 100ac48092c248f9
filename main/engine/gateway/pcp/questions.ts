/** The MAP and PEER questions that are open at one server, and which answer belongs to which of them. */
import type { UdpAddress } from "../../environment.ts";
import type { LeaseKey, Refusal } from "../port-mapper.ts";
import { sameAddress } from "../../addresses.ts";
import type { Exchange } from "./exchange.ts";
import { type MappingBody, type PeerBody, protocolNumbers, type Response } from "./messages.ts";
import type { Option } from "./options.ts";
import { resultCodes } from "./result-codes.ts";

/** What the server said to a question, success or error. */
interface Answered {
  readonly kind: "answered";
  readonly response: Response;
  readonly body: MappingBody;
  /** The options that the question went out with. */
  readonly sent: readonly Option[];
}

/** The server's answer, or why there will be none. */
export type Answer = Answered | Refusal;

export interface Question {
  readonly kind: "map" | "unmap" | "peer";
  readonly key: Pick<LeaseKey, "transport" | "internalPort" | "nonce">;
  /** Of a PEER question. */
  readonly remote?: UdpAddress;
  /** Those that it was sent with last. */
  options: readonly Option[];
  readonly exchange: Exchange<Answer>;
}

export class Questions {
  readonly #open = new Set<Question>();
  /** Deletions that were given up unanswered: their late answer must not pass for that to a new request. */
  readonly #givenUp = new Set<string>();

  get size(): number {
    return this.#open.size;
  }

  add(question: Question): void {
    this.#open.add(question);
  }

  remove(question: Question, answered: boolean): void {
    this.#open.delete(question);
    if (question.kind !== "unmap") return;
    const name = nameOf(question.key);
    if (answered) this.#givenUp.delete(name);
    else this.#givenUp.add(name);
  }

  /** Every open question ends with `refusal`. */
  refuseAll(refusal: Refusal): void {
    for (const { exchange } of this.#open) exchange.settle(refusal);
  }

  /** The open ones of one opcode end with `refusal`. */
  refuse(opcode: MappingBody["opcode"], refusal: Refusal): void {
    for (const question of this.#open) {
      if (opcodeName(question) === opcode) question.exchange.settle(refusal);
    }
  }

  failAll(reason: unknown): void {
    for (const { exchange } of this.#open) exchange.fail(reason);
  }

  /** Ends the questions that `response` answers; false when there is none, and it is not to be believed. */
  answer(response: Response, body: MappingBody): boolean {
    const asked = [...this.#open].filter((question) => isFor(question, response, body));
    for (const question of asked) {
      if (this.#isLate(question, response)) continue;
      question.exchange.settle({ kind: "answered", response, body, sent: question.options });
    }
    return asked.length > 0;
  }

  /** True for the answer to an earlier question about the same mapping. */
  #isLate(question: Question, { result, lifetime }: Response): boolean {
    if (result !== resultCodes.SUCCESS || question.kind === "peer") return false;
    // §15.1: a deletion is answered with lifetime 0, and nothing else is.
    if (question.kind === "unmap") return lifetime !== 0;
    return lifetime === 0 && this.#givenUp.delete(nameOf(question.key));
  }
}

function opcodeName({ kind }: Question): MappingBody["opcode"] {
  return kind === "peer" ? "peer" : "map";
}

function isFor(question: Question, response: Response, body: MappingBody): boolean {
  const { key, remote, options } = question;
  return (
    body.opcode === opcodeName(question) &&
    // Same nonce, protocol and internal port (§11.4), and for PEER the same remote peer (§12.4).
    body.internalPort === key.internalPort &&
    body.protocol === protocolNumbers[key.transport] &&
    body.nonce.every((byte, index) => byte === key.nonce[index]) &&
    (body.opcode === "map" || isAt(body, remote)) &&
    response.options.every((told) => mayBeTold(told, options, response.result))
  );
}

function isAt({ remotePort, remoteAddress }: PeerBody, remote: UdpAddress | undefined): boolean {
  return remote?.port === remotePort && sameAddress(remote.address, remoteAddress);
}

/** False for an option that shows that the answer is to another request about the same mapping. */
function mayBeTold(told: Option, asked: readonly Option[], result: number): boolean {
  if (told.name === "third-party") {
    return asked.some((own) => own.name === told.name && sameAddress(own.address, told.address));
  }
  // An error keeps the options of its request (§8.2): this one may have been asked again without the offending one.
  const isAboutOptions =
    result === resultCodes.UNSUPP_OPTION || result === resultCodes.MALFORMED_OPTION;
  return !isAboutOptions || told.name === "unknown" || asked.some(({ name }) => name === told.name);
}

function nameOf(key: Question["key"]): string {
  return `${key.transport}/${key.internalPort}/${Buffer.from(key.nonce).toString("hex")}`;
}
