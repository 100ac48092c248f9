/** Default gateways as Windows prints them: `route print -4 0.0.0.0`. */
import type { DefaultGateway, LocalAddress } from "../../environment.ts";

/**
 * Lowest metric first. Read by its figures alone, since the words around them are in the language of the system; it
 * names an interface by an address of ours, which `locals` turns into its name.
 */
export function parseRoutePrint(text: string, locals: readonly LocalAddress[]): DefaultGateway[] {
  const routes = text.split(/\r?\n/).flatMap((line) => {
    const [destination, mask, address, local, metric, ...rest] = line.trim().split(/\s+/);
    if (destination !== "0.0.0.0" || mask !== "0.0.0.0" || rest.length > 0) return [];
    // A persistent route has no interface column, and "On-link" is no gateway.
    if (!isAddress(address) || !isAddress(local) || !/^\d+$/.test(metric ?? "")) return [];
    const name = locals.find((own) => own.address === local)?.interface ?? local;
    const gateway: DefaultGateway = { address, family: 4, interface: name };
    return [{ gateway, metric: Number(metric) }];
  });
  return routes.toSorted((a, b) => a.metric - b.metric).map(({ gateway }) => gateway);
}

function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);
}
