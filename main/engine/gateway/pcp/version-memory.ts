/**
 * That a server speaks another version, and for how long it is not asked again (RFC 6887 §9): an answer to tell us so
 * costs it as much as one that helps.
 */
import type { Clock } from "../../environment.ts";
import type { Refusal } from "../port-mapper.ts";
import { otherVersionRefusal } from "./refusal.ts";
import { LONG_ERROR_LIFETIME } from "./result-codes.ts";

export class VersionMemory {
  readonly #clock: Clock;
  #version = 0;
  /** Monotonic milliseconds. */
  #until = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Set while there is no use in asking. */
  get refusal(): Refusal | null {
    const left = Math.ceil((this.#until - this.#clock.monotonic()) / 1000);
    return left > 0 ? otherVersionRefusal(this.#version, left) : null;
  }

  /** The server told that it speaks `version`; 30 minutes count from now. */
  note(version: number): void {
    this.#version = version;
    this.#until = this.#clock.monotonic() + LONG_ERROR_LIFETIME * 1000;
  }

  /** It may be another server now, or a better one. */
  forget(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }
}
