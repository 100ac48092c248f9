/** What is kept between runs because the user chose it. Every key has a default; `{}` is a valid file. */
import { z } from "zod";
import { hasNoCredentials } from "./account-server.ts";
import { MOST_GATEWAYS, readGateways } from "./gateway-addresses.ts";
import { MOST_SOURCES, parseSource } from "./sources.ts";
import { readObserver } from "./observer.ts";

export const portSchema = z.number().int().min(1).max(65535);
export const transportSchema = z.enum(["tcp", "udp"]);
export const themeSchema = z.enum(["system", "light", "dark"]);
export const gatewayAddressSchema = z.union([z.ipv4(), z.ipv6()]);

/** One address or several, each of another server, e.g. `192.168.1.1, 192.168.1.2`; in its only spelling. */
export const gatewaysSchema = z
  .string()
  .max(250)
  .transform((text, context) => {
    const read = readGateways(text);
    if (read.ok && read.addresses.length > 0) return read.addresses.join(", ");
    const message =
      read.ok || read.wrong === "address"
        ? "not an IP address"
        : `at most ${MOST_GATEWAYS} gateways may be named`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** The addresses in such a text; none: the gateway is found. */
export function gatewaysIn(text: string | null): readonly string[] {
  return text === null ? [] : text.split(", ");
}

/** As people name them on Windows: any words, on one line. */
export const interfaceNameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^\P{Control}+$/u);

/** E.g. `stun.example.org:3478`; see `readObserver`. */
export const observerSchema = z.string().transform((text, context) => {
  const read = readObserver(text);
  if (read.ok) return read.server;
  context.addIssue({ code: "custom", message: read.error });
  return z.NEVER;
});

const portRefSchema = z.strictObject({ transport: transportSchema, internalPort: portSchema });

/** Who may connect: an address or a prefix, in its only spelling. */
const sourceSchema = z
  .string()
  .max(100)
  .transform((text, context) => {
    const parsed = parseSource(text);
    if (parsed.ok) return parsed.source;
    context.addIssue({ code: "custom", message: parsed.message });
    return z.NEVER;
  });

export const sourcesSchema = z
  .array(sourceSchema)
  .max(MOST_SOURCES, `at most ${MOST_SOURCES} addresses may be given`)
  .transform((sources) => [...new Set(sources)]);

/** The wish to expose a port; what came of it is in the Snapshot and the lease book. */
export const exposureIntentSchema = z.strictObject({
  transport: transportSchema,
  internalPort: portSchema,
  /** The external port to ask for; null lets the gateway choose (it is asked for the internal port). */
  externalPort: portSchema.nullable().default(null),
  /** Closed some time after the server ended, opened when it comes back; absent: open whatever runs. */
  whileRunning: z.boolean().optional(),
  /** The device of the local network that it is on; absent: this PC. */
  host: z.ipv4().optional(),
  /** Further ports of the same server: opened with it, all or none, with the same distances outside. */
  block: z.array(portRefSchema).max(15).optional(),
  /** The external port numbers have to be the internal ones. */
  samePort: z.boolean().optional(),
  /** The only visitors that are let in; empty or absent: everybody. */
  sources: sourcesSchema.optional(),
});
export type ExposureIntent = z.infer<typeof exposureIntentSchema>;

/** Letters, digits and hyphens (RFC 1123 §2.1), short enough for labels before it; other scripts as `xn--…`. */
const hostNameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .transform((name) => name.replace(/\.$/, ""))
  .pipe(
    z
      .string()
      .max(200)
      .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
  );

/** An account at a DNS provider. Its secret (password, token, key) is in the secret store, never here. */
export const accountSchema = z.strictObject({
  /** Names the account's secret too; unlike its label it never changes. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  /** An id of the provider table. */
  provider: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  label: z.string().max(100).default(""),
  /** Who we are to the provider, where it wants a name beside the secret. */
  user: z.string().max(200).default(""),
  /** Of servers one runs oneself: `ns.example`, `192.0.2.1:5353`, or an https address. */
  server: z
    .string()
    .max(500)
    .refine(hasNoCredentials, "user and password do not belong into the address")
    .default(""),
  /** The zone names are in, where it cannot be found by asking. */
  zone: hostNameSchema.or(z.literal("")).default(""),
});
export type AccountSetting = z.infer<typeof accountSchema>;

const exposureKeySchema = z.string().regex(/^(tcp|udp)\/\d{1,5}(@\d{1,3}(\.\d{1,3}){3})?$/);

/** A name that is to lead to exposures. */
export const nameSchema = z.strictObject({
  fqdn: hostNameSchema,
  /** Id of the account that may write it. */
  account: accountSchema.shape.id,
  /** Keys of the exposures it is for (`tcp/25565`), or all. */
  exposures: z.union([z.literal("all"), z.array(exposureKeySchema).max(500)]).default("all"),
  addresses: z.enum(["both", "ipv4", "ipv6"]).default("both"),
  /** Seconds; raised to the provider's least. */
  ttl: z.number().int().min(30).max(86_400).default(60),
  /** What becomes of the records when nothing is exposed any more. */
  whenUnused: z.enum(["remove", "keep"]).default("remove"),
  /** Publish an HTTPS record. Browsers that read it insist on TLS with a certificate they trust. */
  httpsRecord: z.boolean().default(false),
  /** A second name, from which the provider sends browsers on to the web server's port, e.g. `www.home.example`. */
  webName: hostNameSchema.or(z.literal("")).default(""),
  /** SRV labels by exposure key, before what the catalogue says, e.g. `_minecraft._tcp`; empty for none. */
  services: z
    .record(exposureKeySchema, z.string().regex(/^(_[a-z0-9-]{1,30}\._(tcp|udp))?$/))
    .default({}),
  /** Records that others made under this name may be replaced. */
  takeOver: z.boolean().default(false),
});
export type NameSetting = z.infer<typeof nameSchema>;

export const serviceIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{1,39}$/);

/** What the user said that a program is. All that is given must be the same for it to apply. */
const correctionSchema = z.strictObject({
  /** Path of the program's file, or its name where the path is hidden. */
  executable: z.string().max(1024).default(""),
  /** What an interpreter runs, and where. */
  program: z.string().max(300).default(""),
  directory: z.string().max(1024).default(""),
  /** E.g. `tcp/25565`, of a program that cannot be seen. */
  socket: exposureKeySchema.nullable().default(null),
  /** Id of the catalogue; null for none that is known. */
  service: serviceIdSchema.nullable(),
});
export type CorrectionSetting = z.infer<typeof correctionSchema>;

/** Minutes between questions for the external address while no port is open (RFC 7393 §2.3, method 1). */
export const inquiryMinutesSchema = z.number().int().min(5).max(1440);
/** Minutes between looks at our own mappings (RFC 7393 §2.3, method 2). */
export const tableCheckMinutesSchema = z.union([z.literal(5), z.literal(30), z.literal(60)]);

export const settingsSchema = z.object({
  theme: themeSchema.default("system"),
  /** Tell the local network by mDNS that Homeport runs here. */
  announce: z.boolean().default(false),
  /** Gateway to use instead of the default route's, or several that are all used; null finds it. */
  gateway: gatewaysSchema.nullable().default(null),
  /** The interface whose router is asked, as the system names it; null chooses by itself. */
  interface: interfaceNameSchema.nullable().default(null),
  /** The server (STUN) that is asked which address the internet sees; null asks nobody. */
  observer: observerSchema.nullable().default(null),
  exposures: z.array(exposureIntentSchema).max(500).default([]),
  /** Seconds from a server's end until what is open only while it runs is closed. */
  closeAfter: z.number().int().min(1).max(86_400).default(300),
  inquiryMinutes: inquiryMinutesSchema.default(60),
  tableCheckMinutes: tableCheckMinutesSchema.default(5),
  accounts: z.array(accountSchema).max(50).default([]),
  names: z.array(nameSchema).max(500).default([]),
  corrections: z.array(correctionSchema).max(500).default([]),
});
export type Settings = z.infer<typeof settingsSchema>;

/** The part of the settings that the window may see and change. */
export type PublicSettings = Readonly<
  Pick<Settings, "theme" | "gateway"> &
    Partial<
      Pick<
        Settings,
        | "accounts"
        | "names"
        | "interface"
        | "announce"
        | "observer"
        | "inquiryMinutes"
        | "tableCheckMinutes"
      >
    >
>;

export const defaultSettings: Settings = settingsSchema.parse({});

export interface ParsedSettings {
  readonly settings: Settings;
  /** What was invalid and replaced by its default, in words; empty when all was well. */
  readonly complaints: readonly string[];
}

/** Reads settings of any quality: each valid part is kept, each invalid one replaced by its default and named. */
export function parseSettings(raw: unknown): ParsedSettings {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return { settings: defaultSettings, complaints: ["the file holds no settings"] };
  }
  const complaints: string[] = [];
  const kept: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const value: unknown = (raw as Record<string, unknown>)[key];
    const parsed = schema.safeParse(value);
    if (parsed.success) kept[key] = parsed.data;
    else if (isListKey(key) && Array.isArray(value)) kept[key] = keepValid(key, value, complaints);
    else complaints.push(`“${key}” is invalid`);
  }
  return { settings: settingsSchema.parse(kept), complaints };
}

const listItems = {
  exposures: { schema: exposureIntentSchema, most: 500 },
  accounts: { schema: accountSchema, most: 50 },
  names: { schema: nameSchema, most: 500 },
  corrections: { schema: correctionSchema, most: 500 },
} as const;

function isListKey(key: string): key is keyof typeof listItems {
  return Object.hasOwn(listItems, key);
}

function keepValid(
  key: keyof typeof listItems,
  values: readonly unknown[],
  complaints: string[],
): unknown[] {
  const { schema, most } = listItems[key];
  const valid = values.filter((value) => schema.safeParse(value).success);
  if (valid.length < values.length) {
    complaints.push(`${values.length - valid.length} of ${values.length} ${key} are invalid`);
  }
  return valid.slice(0, most);
}
