/** The thread that fuzzes: an input without end can be ended with it. Counters come before all that counts. */
import "./counters.ts";
import { serve } from "./serve.ts";
import { targets } from "./targets/index.ts";

await serve(targets);
