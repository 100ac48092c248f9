/** The command line of the engine without a screen. */
import { parseArgs } from "node:util";
import { exposureKey } from "../../shared/endpoint.ts";
import { readObserver } from "../../shared/observer.ts";
import {
  type ExposureIntent,
  exposureIntentSchema,
  gatewaysSchema,
  sourcesSchema,
} from "../../shared/settings.ts";

export interface HeadlessArguments {
  readonly expose: readonly ExposureIntent[];
  /** Open them also where something speaks against it. */
  readonly despiteWarning: boolean;
  readonly gateway: string | null;
  /** Server to ask which address the internet sees; null leaves it to the settings. */
  readonly observer: string | null;
  readonly dataDirectory: string | null;
  /** Settings to use instead of the app's own. */
  readonly config: string | null;
  readonly once: boolean;
  /** Seconds after which `--once` gives up. */
  readonly timeout: number;
  readonly verbose: boolean;
}

export type ParsedArguments =
  | { readonly kind: "run"; readonly arguments: HeadlessArguments }
  | { readonly kind: "help" }
  | { readonly kind: "error"; readonly message: string };

export const usage = `Usage: npm run -s headless -- [OPTIONS]
Prints one JSON snapshot per line and change. SIGINT and SIGTERM close our ports, then exit 0.

  --expose tcp/8080[=EXTERNAL_PORT]  open this port (may be given several times); udp/2456+udp/2457 opens several
                                     ports together, all or none; tcp/80@192.168.1.20 one of another device
  --allow ADDRESS[/LENGTH]           let in these visitors alone (may be given several times; holds for all --expose);
                                     a port that the router cannot limit so stays closed
  --despite-warning                  open it also where Homeport advises against it, e.g. a database
  --gateway ADDRESS                  map on this gateway instead of the default route's; given several times, on each
  --observer SERVER[:PORT]           ask this STUN server on the internet which address it sees, and compare
  --config FILE                      settings of this run as JSON, instead of the app's; secrets of accounts are
                                     read from HOMEPORT_SECRET_<ACCOUNT> or DIR/secrets.json (mode 600)
  --data-dir DIR                     keep settings and the lease book here
  --once                             leave the ports open and exit: 0 when all are mapped, else 1
  --timeout SECONDS                  how long --once waits (default 15)
  --verbose                          log to standard error
  --help                             this text
`;

/** Parses the words after the program name; every mistake gets a sentence that names it. */
export function parseArguments(words: readonly string[]): ParsedArguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...words],
      strict: true,
      allowPositionals: false,
      options: {
        expose: { type: "string", multiple: true },
        allow: { type: "string", multiple: true },
        gateway: { type: "string", multiple: true },
        observer: { type: "string" },
        "data-dir": { type: "string" },
        "despite-warning": { type: "boolean" },
        config: { type: "string" },
        once: { type: "boolean" },
        timeout: { type: "string" },
        verbose: { type: "boolean" },
        help: { type: "boolean" },
      },
    }));
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { kind: "help" };

  const sources = parseSources(values.allow ?? []);
  if (typeof sources === "string") return failure(sources);
  if (sources.length > 0 && values.expose === undefined) {
    return failure("--allow: says who may connect to the ports of --expose, and none is given");
  }
  const expose = new Map<string, ExposureIntent>();
  for (const word of values.expose ?? []) {
    const intent = parseExpose(word);
    if (typeof intent === "string") return failure(intent);
    expose.set(exposureKey(intent), { ...intent, ...(sources.length > 0 && { sources }) });
  }
  const named = values.gateway?.join(", ");
  const gateway = named === undefined ? null : gatewaysSchema.safeParse(named);
  if (gateway?.success === false) {
    return failure(`--gateway ${named}: ${gateway.error.issues[0]?.message}`);
  }
  const observer = values.observer === undefined ? null : readObserver(values.observer);
  if (observer?.ok === false) return failure(`--observer ${values.observer}: ${observer.error}`);
  const timeout = Number(values.timeout ?? 15);
  if (!Number.isFinite(timeout) || timeout <= 0 || timeout > 86_400) {
    return failure(`--timeout ${values.timeout}: expected seconds, more than 0 and at most 86400`);
  }
  if (values["data-dir"] === "") return failure("--data-dir: expected a folder");
  if (values.config === "") return failure("--config: expected a file");
  return {
    kind: "run",
    arguments: {
      expose: [...expose.values()],
      despiteWarning: values["despite-warning"] ?? false,
      gateway: gateway?.data ?? null,
      observer: observer?.server ?? null,
      dataDirectory: values["data-dir"] ?? null,
      config: values.config ?? null,
      once: values.once ?? false,
      timeout,
      verbose: values.verbose ?? false,
    },
  };
}

/** Addresses and prefixes of visitors; a sentence where one is none. */
function parseSources(words: readonly string[]): string[] | string {
  const parsed = sourcesSchema.safeParse(words);
  return parsed.success
    ? parsed.data
    : `--allow: ${parsed.error.issues[0]?.message ?? "expected addresses"}`;
}

/** `tcp/8080`, `udp/34197=34197` or `tcp/80@192.168.1.20`; a sentence when it is neither. */
function parseExpose(word: string): ExposureIntent | string {
  const [first = "", ...others] = word.split("+");
  const match = /^(tcp|udp)\/(\d{1,9})(?:@([\d.]{1,20}))?(?:=(\d{1,9}))?$/i.exec(first);
  const block = others.map((other) => /^(tcp|udp)\/(\d{1,9})$/i.exec(other));
  if (!match || block.includes(null))
    return `--expose ${word}: expected tcp/PORT or udp/PORT, with @ADDRESS of another device and =EXTERNAL_PORT if wanted, and +udp/PORT for each port to open with it`;
  const parsed = exposureIntentSchema.safeParse({
    transport: match[1]?.toLowerCase(),
    internalPort: Number(match[2]),
    externalPort: match[4] === undefined ? null : Number(match[4]),
    ...(match[3] !== undefined && { host: match[3] }),
    ...(block.length > 0 && {
      block: block.map((port) => ({
        transport: port?.[1]?.toLowerCase(),
        internalPort: Number(port?.[2]),
      })),
    }),
  });
  if (parsed.success) return parsed.data;
  const isHost = parsed.error.issues.some(({ path }) => path[0] === "host");
  return `--expose ${word}: ${isHost ? "after @ comes an IPv4 address" : "a port is a number from 1 to 65535"}`;
}

function failure(message: string): ParsedArguments {
  return { kind: "error", message };
}
