/**
 * What was found out about gateways in earlier runs, on disk: which protocol opened ports, which is spoken and opens
 * none, and the quirks that cost a request each time. A gateway is known by its address and its link-layer address
 * together, since most home routers of the world are called 192.168.1.1.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { gatewayAddressSchema } from "../../../shared/settings.ts";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import { readCheckedFile, writeJsonFile } from "../files/json-file.ts";
import { searchTargets } from "./upnp/device/ssdp.ts";
import type { KnownQuirks, QuirkStore } from "./upnp/igd/quirks.ts";

const verdictSchema = z.enum(["grants", "refuses"]);
export type Verdict = z.infer<typeof verdictSchema>;

const quirksSchema = z.strictObject({
  lease: z.number().int().min(0).max(0xffff_ffff).optional(),
  samePort: z.boolean().optional(),
  listOnly: z.boolean().optional(),
  picksNoPort: z.boolean().optional(),
  search: z.strictObject({ target: z.enum(searchTargets), alone: z.boolean() }).optional(),
}) satisfies z.ZodType<KnownQuirks>;

const gatewaySchema = z.strictObject({
  address: gatewayAddressSchema,
  link: z.string().regex(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/),
  protocols: z.partialRecord(z.enum(["pcp", "nat-pmp", "upnp"]), verdictSchema),
  /** `since`: when the first of them was found out, milliseconds since the epoch. */
  quirks: z.strictObject({ since: z.number().int(), known: quirksSchema }).optional(),
});
type KnownGateway = Readonly<z.infer<typeof gatewaySchema>>;

/** The networks that a laptop visits; the one not seen for longest is forgotten. */
const MOST = 32;
/** Milliseconds after which quirks are found out anew: firmware is mended, and not every quirk shows that it is gone. */
const QUIRKS_LAST = 30 * 24 * 3_600_000;
const fileSchema = z.object({ version: z.literal(1), gateways: z.array(gatewaySchema).max(MOST) });

export interface GatewayIdentity {
  readonly address: string;
  /** In lower case with colons; null where it is not known: of such a gateway nothing is remembered. */
  readonly link: string | null;
}

export type Verdicts = Readonly<Partial<Record<MappingProtocol, Verdict>>>;

export class GatewayMemory {
  readonly #path: string;
  readonly #environment: Pick<Environment, "clock" | "log">;
  /** Latest first. */
  #gateways: readonly KnownGateway[] = [];

  constructor(path: string, environment: Pick<Environment, "clock" | "log">) {
    this.#path = path;
    this.#environment = environment;
  }

  /** A damaged file is kept aside and needs no notice: what it held is found out again. */
  load(): void {
    const read = readCheckedFile(this.#path, fileSchema, this.#environment.clock.now());
    if (read.kind === "value") this.#gateways = read.value.gateways;
  }

  recall(identity: GatewayIdentity): Verdicts {
    return this.#find(identity)?.protocols ?? {};
  }

  note(identity: GatewayIdentity, protocol: MappingProtocol, verdict: Verdict): void {
    const verdicts = this.recall(identity);
    if (verdicts[protocol] === verdict) return;
    this.#keep(identity, { protocols: { ...verdicts, [protocol]: verdict } });
  }

  /** The quirks of whoever `identity` names at the time: on a network just joined that is known a moment later. */
  quirksOf(identity: () => GatewayIdentity): QuirkStore {
    return {
      recall: () => this.#lasting(identity())?.known ?? {},
      note: (quirks) => this.#noteQuirks(identity(), quirks),
    };
  }

  /** Those that are not to be found out anew. */
  #lasting(identity: GatewayIdentity): KnownGateway["quirks"] {
    const quirks = this.#find(identity)?.quirks;
    const age = this.#environment.clock.now() - (quirks?.since ?? 0);
    return age >= 0 && age < QUIRKS_LAST ? quirks : undefined;
  }

  #noteQuirks(identity: GatewayIdentity, quirks: KnownQuirks): void {
    const before = this.#lasting(identity);
    // What is undefined was disproved.
    const lasting = Object.entries(quirks).filter(([, value]) => value !== undefined);
    const known = quirksSchema.parse(Object.fromEntries(lasting));
    if (isDeepStrictEqual(known, before?.known ?? {})) return;
    const since = before?.since ?? this.#environment.clock.now();
    this.#keep(identity, { quirks: lasting.length === 0 ? undefined : { since, known } });
  }

  #keep(identity: GatewayIdentity, change: Partial<KnownGateway>): void {
    const { address, link } = identity;
    if (link === null) return;
    const known = this.#find(identity);
    const next = { address: bare(address), link, protocols: {}, ...known, ...change };
    const gateways = [next, ...this.#gateways.filter((other) => other !== known)].slice(0, MOST);
    this.#gateways = gateways;
    try {
      writeJsonFile(this.#path, { version: 1, gateways });
    } catch (error) {
      // Only speed is lost: the next run finds it out again.
      this.#environment.log.debug("cannot remember the gateway", { error: String(error) });
    }
  }

  #find({ address, link }: GatewayIdentity): KnownGateway | undefined {
    return this.#gateways.find((known) => known.address === bare(address) && known.link === link);
  }
}

/** Without the zone of a link-local address, which is our interface and not the gateway. */
function bare(address: string): string {
  return address.split("%", 1)[0] ?? "";
}
