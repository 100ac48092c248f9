/** Whether a server may be exposed without a second thought. */
import type { Refusal } from "../../../shared/contract.ts";
import { type WarningName, warningText } from "../../../shared/services/warnings.ts";
import type { RecognisedServer, Transport } from "../../../shared/snapshot.ts";

/** What speaks against exposing these ports of this PC, from what listens there now; null when nothing does. */
export function refusalToExpose(
  servers: readonly RecognisedServer[],
  ports: readonly { readonly transport: Transport; readonly internalPort: number }[],
): Refusal | null {
  const here = servers.filter((one) =>
    ports.some((port) => one.transport === port.transport && one.port === port.internalPort),
  );
  const warnings = [...new Set(here.flatMap((one) => one.warnings))].filter(isRefusal);
  const [first] = warnings;
  if (first === undefined) return null;
  const { reason, saferWay } = warningText(first);
  const title = here.find((one) => one.warnings.includes(first))?.title ?? "";
  return { code: "unsafe", message: `${title}: ${reason} ${saferWay}`, warnings };
}

function isRefusal(name: WarningName): boolean {
  return warningText(name).level === "refuse";
}
