/**
 * Whether a router keeps RemoteHost, found out before anything is opened: by a mapping for two minutes that leads to a
 * port of ours which is bound and hears nobody, so that nobody reaches anything should it let in everybody.
 */
import type { Environment } from "../../../environment.ts";
import type { LeaseRequest, Refusal } from "../../port-mapper.ts";
import { sourcesRefusal } from "../../sources-refusal.ts";
import type { IgdControl } from "./control.ts";
import type { Unreachable } from "../device/control-link.ts";
import { negotiateAdmission } from "./admission.ts";

/** Seconds; the shortest that all routers give. */
const LIFETIME = 120;
/** Where its external port is drawn from: above what is usually served, below what clients use. */
const PORTS = { from: 20_000, count: 12_000 } as const;

/** Refusals of an entry like any other but for its RemoteHost. */
const aboutRemoteHost: ReadonlySet<string> = new Set(["malformed", "unsupported", "gateway-error"]);

export class AdmissionProof {
  readonly #environment: Environment;
  /** Control points of routers that keep it. */
  readonly #keep = new WeakSet<IgdControl>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Null when the router at `own` keeps the visitor of `request`. */
  async refusal(
    own: IgdControl,
    { sources = [] }: Pick<LeaseRequest, "sources">,
    remoteHost: string,
    signal: AbortSignal,
  ): Promise<Refusal | Unreachable | null> {
    if (this.#keep.has(own)) return null;
    const { network, random } = this.#environment;
    const peer = { address: new URL(own.service.controlUrl).hostname, port: 9 };
    let socket;
    try {
      socket = await network.connectUdp(peer, own.localAddress);
    } catch (error) {
      return { kind: "unreachable", detail: String(error) };
    }
    try {
      const control = own.lettingIn(remoteHost);
      const request: LeaseRequest = {
        transport: "udp",
        internalPort: socket.local.port,
        nonce: random.bytes(12),
        suggestedPort: PORTS.from + Math.floor(random.fraction() * PORTS.count),
        suggestedAddress: null,
        lifetime: LIFETIME,
        sources,
      };
      const result = await negotiateAdmission({ control, random, made: null }, request, signal);
      if (result.kind === "unreachable") return result;
      if (result.kind === "refused") {
        const { code, message } = result.problem;
        return aboutRemoteHost.has(code) ? sourcesRefusal(`UPnP: ${message}`) : result;
      }
      const gone = await control.delete("udp", result.mapping.externalPort, signal);
      if (gone.kind === "unreachable") return gone;
      this.#keep.add(own);
      return null;
    } finally {
      socket.close();
    }
  }
}
