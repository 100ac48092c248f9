/** Who we are to providers. dyndns2 demands a name and version of one's own; browsers' names are banned. */
import { platform } from "node:os";

/** As in package.json. */
const VERSION = "0.1.0";

export const USER_AGENT = `Homeport/${VERSION} (${platform()})`;
