import "../counters.ts";
import { serve } from "../serve.ts";
import { plantedTargets } from "./targets.ts";

await serve(plantedTargets);
