/** What the preload put on `window`: the only way from here to the rest of Homeport. */
import type { Bridge } from "../shared/contract.ts";

declare global {
  interface Window {
    readonly homeport: Bridge;
  }
}
