/** The questions to one gateway: one after another (RFC 6886 §3.1), and which of them an answer is for. */
import type { Cancel, Environment } from "../../environment.ts";
import type { OnQueued } from "../port-mapper.ts";
import type { ProbePace } from "../probe-pace.ts";
import { Turns } from "../turns.ts";
import type { NatPmpRequest, NatPmpResponse } from "./codec.ts";
import { type NatPmpAnswer, Question } from "./question.ts";

/** Milliseconds without an answer after which the next one need not wait any longer: a slow gateway takes half of it. */
const LONGEST_TURN = 1000;

interface AskOptions {
  /** Of a question whether NAT-PMP is spoken. */
  readonly pace?: ProbePace | undefined;
  readonly onQueued?: OnQueued | undefined;
}

export class QuestionQueue {
  readonly #environment: Environment;
  readonly #transmit: (asked: Question) => void;
  /** Oldest first. */
  readonly #questions: Question[] = [];
  readonly #turns: Turns;
  /** Why nothing is asked any more. */
  #closed: Error | null = null;

  constructor(environment: Environment, transmit: (asked: Question) => void) {
    this.#environment = environment;
    this.#transmit = transmit;
    this.#turns = new Turns({ clock: environment.clock, atOnce: 1, longest: LONGEST_TURN });
  }

  ask(
    request: NatPmpRequest,
    signal: AbortSignal,
    { pace, onQueued }: AskOptions = {},
  ): Promise<NatPmpAnswer> {
    let leave: Cancel = () => undefined;
    const question = new Question({
      environment: this.#environment,
      request,
      signal,
      pace,
      transmit: this.#transmit,
      onEnd: (asked) => {
        const index = this.#questions.indexOf(asked);
        if (index !== -1) this.#questions.splice(index, 1);
        leave();
      },
    });
    if (this.#closed !== null) question.fail(this.#closed);
    if (question.over) return question.promise;
    this.#questions.push(question);
    leave = this.#turns.take(() => question.start(), onQueued);
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
}
