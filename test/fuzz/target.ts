/** One parser as the fuzzer sees it. */

export interface Target {
  /** Names its folder of the corpus. */
  readonly name: string;
  /** Bytes of the longest input that reaches the parser in the product. */
  readonly maxLength: number;
  /** How many inputs it gets in a bounded run, compared with others; 1 if not told. Less where one takes long. */
  readonly share?: number;
  /** Good inputs to begin with, besides the corpus. */
  readonly seeds: readonly (Uint8Array | string)[];
  /** Words of its language, besides the literals in its source. */
  readonly words?: readonly string[];
  /** Reads `input` and checks what came out; throws when anything is wrong with it. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}
