/** What the window and the tray may ask: the engine's commands, and the few that need the desktop. */
import { endpointBy, exposureKey, formatEndpoint } from "../../shared/endpoint.ts";
import type { Engine } from "../engine/engine.ts";
import { type Handlers, refusal } from "./ipc/answer.ts";

export interface CommandOptions {
  readonly engine: Engine;
  /** Puts text on the clipboard. */
  readonly copy: (text: string) => void | Promise<void>;
}

export function commandHandlers({ engine, copy }: CommandOptions): Handlers {
  return {
    getSnapshot: () => ({ ok: true, value: engine.snapshot }),
    expose: (intent) => engine.execute("expose", intent),
    withdraw: (ref) => engine.execute("withdraw", ref),
    setWhileRunning: (request) => engine.execute("setWhileRunning", request),
    setSources: (request) => engine.execute("setSources", request),
    retry: (ref) => engine.execute("retry", ref),
    updateSettings: (patch) => engine.execute("updateSettings", patch),
    routerTable: () => engine.routerTable(),
    removeMapping: (entry) => engine.removeMapping(entry),
    dismissNotice: (notice) => engine.execute("dismissNotice", notice),
    correctService: (correction) => engine.execute("correctService", correction),
    refreshServers: () => engine.execute("refreshServers", undefined),
    setName: (name) => engine.execute("setName", name),
    removeName: (ref) => engine.execute("removeName", ref),
    updateName: (ref) => engine.execute("updateName", ref),
    setAccount: (account) => engine.execute("setAccount", account),
    removeAccount: (ref) => engine.execute("removeAccount", ref),
    testAccount: (request) => engine.nameRequests.testAccount(request),
    previewName: (request) => engine.nameRequests.previewName(request),
    chooseSecretStorage: (request) => engine.nameRequests.chooseSecretStorage(request),
    nameHistory: (ref) => engine.nameRequests.nameHistory(ref),
    async copyEndpoint({ ipv6, gateway, ...ref }) {
      const exposed = engine.snapshot.exposures.find(
        (exposure) => exposureKey(exposure) === exposureKey(ref),
      );
      const endpoint = exposed === undefined ? null : endpointBy(exposed, { ipv6, gateway });
      if (endpoint === null) {
        return refusal("not-mapped", "This port is not open, so there is no address to copy.");
      }
      await copy(formatEndpoint(endpoint));
      return { ok: true, value: null };
    },
  };
}
