/** Who we are to providers. dyndns2 demands a name and version of one's own; browsers' names are banned. */
import { platform } from "node:os";
import { VERSION } from "../../version.ts";

export const USER_AGENT = `Homeport/${VERSION} (${platform()})`;
