/** The IPC contract: what the window may ask (zod schemas, checked in main) and what it gets. */
import { z } from "zod";
import type { EventName, InvokeName } from "./channels.ts";
import {
  accountSchema,
  exposureIntentSchema,
  gatewaysSchema,
  inquiryMinutesSchema,
  interfaceNameSchema,
  nameSchema,
  observerSchema,
  portSchema,
  serviceIdSchema,
  sourcesSchema,
  tableCheckMinutesSchema,
  themeSchema,
  transportSchema,
} from "./settings.ts";
import type { NameUpdate } from "./name-history.ts";
import type { RouterTable } from "./router-table.ts";
import type { WarningName } from "./services/warnings.ts";
import type { NamePreview, Snapshot } from "./snapshot.ts";

const exposureRef = exposureIntentSchema.pick({ transport: true, internalPort: true, host: true });
export type ExposureRef = z.infer<typeof exposureRef>;

/** Half a character (a lone surrogate) cannot be sent to anybody. */
const secretSchema = z
  .string()
  .min(1)
  .max(10_000)
  .refine((text) => !/\p{Surrogate}/u.test(text), "is not text");

/** An account that need not be saved before it is asked about. */
const unsavedAccount = z.strictObject({
  account: accountSchema,
  /** Absent: the one that is kept. */
  secret: secretSchema.optional(),
});

/** Request schema of each invoke channel. */
export const requests = {
  getSnapshot: z.undefined(),
  expose: exposureIntentSchema.extend({
    /** Also where a warning of level `refuse` speaks against it; the user has seen it. */
    despiteWarning: z.boolean().optional(),
  }),
  withdraw: exposureRef,
  /** Lets an exposure be open only while its server runs, or whatever runs. */
  setWhileRunning: exposureRef.extend({ whileRunning: z.boolean() }),
  /** Lets in these visitors alone; none: everybody. */
  setSources: exposureRef.extend({ sources: sourcesSchema }),
  retry: exposureRef,
  copyEndpoint: exposureRef.extend({
    /** The one over IPv6 that stands beside the first. */
    ipv6: z.boolean().optional(),
    /** The one on this server, which was named beside the first. */
    gateway: z.string().max(100).optional(),
  }),
  updateSettings: z.strictObject({
    theme: themeSchema.optional(),
    announce: z.boolean().optional(),
    gateway: gatewaysSchema.nullable().optional(),
    interface: interfaceNameSchema.nullable().optional(),
    observer: observerSchema.nullable().optional(),
    inquiryMinutes: inquiryMinutesSchema.optional(),
    tableCheckMinutes: tableCheckMinutesSchema.optional(),
  }),
  /** Reads what the router holds; takes a second or more. */
  routerTable: z.undefined(),
  /** Removes what Homeport left on the router; nothing happens to what is anybody else's. */
  removeMapping: z.strictObject({ transport: transportSchema, externalPort: portSchema }),
  dismissNotice: z.strictObject({ id: z.string().min(1).max(100) }),
  correctService: z.strictObject({
    transport: transportSchema,
    port: portSchema,
    /** Id of the catalogue; null: none that is known; absent: forget what was said. */
    service: serviceIdSchema.nullable().optional(),
  }),
  refreshServers: z.undefined(),
  /** Adds a name, or replaces the one of the same name and account. */
  setName: nameSchema,
  removeName: nameSchema.pick({ fqdn: true, account: true }),
  /** Writes and checks a name now; what the provider refused for this name is asked again. */
  updateName: nameSchema.pick({ fqdn: true }),
  /** Adds an account, or replaces the one of the same id. */
  setAccount: accountSchema.extend({
    /** Password, token or key, kept in the secret store; null removes it, absent leaves it. */
    secret: secretSchema.nullable().optional(),
  }),
  /** Takes its names along. What they published stays, since nobody may write it any more. */
  removeAccount: accountSchema.pick({ id: true }),
  /** Asks the provider whether the account may look after a name; changes nothing. */
  testAccount: unsavedAccount.extend({ fqdn: nameSchema.shape.fqdn }),
  /** What would be written for a name, which need not be saved before either; asks nobody. */
  previewName: unsavedAccount.extend({ name: nameSchema }),
  /** The last updates of a name. */
  nameHistory: nameSchema.pick({ fqdn: true, account: true }),
  /** Where there is no keychain: keep secrets in a private file that is not encrypted, or delete that file. */
  chooseSecretStorage: z.strictObject({ file: z.boolean() }),
} satisfies Record<InvokeName, z.ZodType>;

export type Request<N extends InvokeName> = z.input<(typeof requests)[N]>;
export type ParsedRequest<N extends InvokeName> = z.output<(typeof requests)[N]>;

interface Answers {
  getSnapshot: Snapshot;
  routerTable: RouterTable;
  /** `untestable`: the provider offers nothing to ask but an update. */
  testAccount: "accepted" | "untestable";
  previewName: NamePreview;
  /** Newest first. */
  nameHistory: readonly NameUpdate[];
}
export type Answer<N extends InvokeName> = N extends keyof Answers ? Answers[N] : null;

/** Every invoke resolves to this; an Error object would lose its code on the way through IPC. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Refusal };

export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** What speaks against exposing, of code `unsafe`; asking again with `despiteWarning` exposes all the same. */
  readonly warnings?: readonly WarningName[];
}

interface EventPayloads extends Record<EventName, unknown> {
  snapshot: Snapshot;
}

/** What the preload puts on `window.homeport`: functions only, one per name. */
export type Bridge = {
  readonly [N in InvokeName]: (request: Request<N>) => Promise<Result<Answer<N>>>;
} & {
  /** Subscribes; the answer unsubscribes. */
  readonly [N in EventName as `on${Capitalize<N>}`]: (
    listener: (payload: EventPayloads[N]) => void,
  ) => () => void;
};
