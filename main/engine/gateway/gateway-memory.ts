/**
 * What was found out about gateways in earlier runs, on disk: which protocol opened ports, and which is spoken and
 * opens none. A gateway is known by its address and its link-layer address together, since most home routers of the
 * world are called 192.168.1.1.
 */
import { z } from "zod";
import { gatewayAddressSchema } from "../../../shared/settings.ts";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import { readCheckedFile, writeJsonFile } from "../files/json-file.ts";

const verdictSchema = z.enum(["grants", "refuses"]);
export type Verdict = z.infer<typeof verdictSchema>;

const gatewaySchema = z.strictObject({
  address: gatewayAddressSchema,
  link: z.string().regex(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/),
  protocols: z.partialRecord(z.enum(["pcp", "nat-pmp", "upnp"]), verdictSchema),
});
type KnownGateway = Readonly<z.infer<typeof gatewaySchema>>;

/** The networks that a laptop visits; the one not seen for longest is forgotten. */
const MOST = 32;
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
    const { address, link } = identity;
    if (link === null || this.recall(identity)[protocol] === verdict) return;
    const known = this.#find(identity);
    const next = { address, link, protocols: { ...known?.protocols, [protocol]: verdict } };
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
    return this.#gateways.find((known) => known.address === address && known.link === link);
  }
}
