/** The questions to one gateway: one after another (RFC 6886 §3.1), and which of them an answer is for. */
import type { Environment } from "../../environment.ts";
import type { ProbePace } from "../probe-pace.ts";
import type { NatPmpRequest, NatPmpResponse } from "./codec.ts";
import { type NatPmpAnswer, Question } from "./question.ts";

export class QuestionQueue {
  readonly #environment: Environment;
  readonly #transmit: (asked: Question) => void;
  /** Oldest first; at most one of them awaits the answer to its first datagram. */
  readonly #questions: Question[] = [];
  #turn: Question | null = null;
  /** Why nothing is asked any more. */
  #closed: Error | null = null;

  constructor(environment: Environment, transmit: (asked: Question) => void) {
    this.#environment = environment;
    this.#transmit = transmit;
  }

  ask(request: NatPmpRequest, signal: AbortSignal, pace?: ProbePace): Promise<NatPmpAnswer> {
    const question = new Question({
      environment: this.#environment,
      request,
      signal,
      pace,
      transmit: this.#transmit,
      onYield: (asked) => this.#yield(asked),
      onEnd: (asked) => this.#ended(asked),
    });
    if (question.over) return question.promise;
    if (this.#closed !== null) {
      question.fail(this.#closed);
      return question.promise;
    }
    this.#questions.push(question);
    this.#next();
    return question.promise;
  }

  /** The questions that `response` answers: same opcode and internal port; all that ask for the address. */
  matching(response: NatPmpResponse): readonly Question[] {
    if (response.kind === "address" || (response.kind === "error" && response.to === "address")) {
      return this.#questions.filter(({ request }) => request.kind === "address");
    }
    if (response.kind === "map") {
      return this.#questions.filter(
        ({ request, sent }) =>
          sent &&
          request.kind === "map" &&
          request.transport === response.transport &&
          request.internalPort === response.internalPort &&
          // A grant does not answer a deletion: it is the late answer to an earlier request.
          (request.lifetime !== 0 || response.lifetime === 0),
      );
    }
    const { internalPort } = response;
    const asked = this.#questions.filter(
      ({ request, sent }) => sent && request.kind === "map" && request.transport === response.to,
    );
    // A short error does not say for which port: it is for the one that waits longest.
    if (internalPort === null || internalPort === 0) return asked.slice(0, 1);
    return asked.filter(
      ({ request }) => request.kind === "map" && request.internalPort === internalPort,
    );
  }

  /** Answers all, or all of one kind. */
  settleAll(answer: NatPmpAnswer, kind: NatPmpRequest["kind"] | null = null): void {
    // Newest first, here and below: what waits for its turn must not get it now.
    for (const question of this.#questions.toReversed()) {
      if (kind === null || question.request.kind === kind) question.settle(answer);
    }
  }

  close(reason: Error): void {
    this.#closed = reason;
    for (const question of this.#questions.toReversed()) question.fail(reason);
  }

  #next(): void {
    if (this.#turn !== null) return;
    const question = this.#questions.find((waiting) => !waiting.sent);
    if (question === undefined) return;
    this.#turn = question;
    question.start();
  }

  #yield(question: Question): void {
    if (this.#turn !== question) return;
    this.#turn = null;
    this.#next();
  }

  #ended(question: Question): void {
    const index = this.#questions.indexOf(question);
    if (index !== -1) this.#questions.splice(index, 1);
    this.#yield(question);
  }
}
