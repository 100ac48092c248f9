import type { Target } from "../target.ts";
import { deep, endless, square, word } from "./parser.ts";

const shared = { maxLength: 8192, seeds: ["hello"] } as const;

export const plantedTargets: readonly Target[] = [
  { ...shared, name: "deep", run: deep },
  { ...shared, name: "word", run: word },
  { ...shared, name: "endless", run: endless },
  { ...shared, name: "square", run: (input) => void square(input) },
];
