/** The page may not evaluate text as code, and even the attempt would be reported; before the first schema. */
import { config } from "zod";

config({ jitless: true });
