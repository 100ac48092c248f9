/** Dynu REST API v2 as documented: getroot, a domain with its own addresses, and records. */
import type { ProviderAnswer } from "../fake-provider.ts";
import { bodyOf, type FakeApi, type Fields, unquoted, ZoneStore } from "./zone-store.ts";

export function fakeDynu(zone: string): FakeApi {
  const store = new ZoneStore();
  const secret = "dynu-key-s3cr3t";
  const base = "https://api.dynu.com/v2";
  const apex = (type: string): string | null => store.set(zone, type)[0]?.value ?? null;
  const setApex = (
    type: string,
    enabled: Fields[string],
    value: Fields[string],
    ttl: number,
  ): void => {
    if (enabled === undefined) return;
    store.removeSet(zone, type);
    if (enabled === true) store.add(zone, type, ttl, String(value));
  };
  const valueOf = (body: Fields): string => {
    switch (body["recordType"]) {
      case "A":
        return String(body["ipv4Address"]);
      case "AAAA":
        return String(body["ipv6Address"]);
      case "SRV":
        return `${Number(body["priority"])} ${Number(body["weight"])} ${Number(body["port"])} ${String(body["host"])}`;
      default:
        return `"${String(body["textData"])}"`;
    }
  };
  const failed = (statusCode: number, type: string, message: string): ProviderAnswer => ({
    status: statusCode,
    body: { statusCode, type, message },
  });
  return {
    id: "dynu",
    secret,
    zone,
    store,
    types: ["A", "AAAA", "SRV", "TXT"],
    leastTtl: 30,
    handle(call): ProviderAnswer {
      if (call.headers["api-key"] !== secret) {
        return failed(401, "Authentication Exception", "Invalid API key.");
      }
      const path = call.address.slice(base.length);
      const body = bodyOf(call);
      const root = /^\/dns\/getroot\/(.+)$/.exec(path)?.[1];
      if (root !== undefined) {
        if (root !== zone && !root.endsWith(`.${zone}`)) {
          return failed(404, "Not Found Exception", "Invalid.");
        }
        return { body: { statusCode: 200, id: 9, domainName: zone, hostname: root, node: "" } };
      }
      if (path === "/dns/9") {
        if (call.method === "POST") {
          if (body["name"] !== zone) return failed(501, "Argument Exception", "Invalid name.");
          const ttl = Number(body["ttl"]);
          setApex("A", body["ipv4"], body["ipv4Address"], ttl);
          setApex("AAAA", body["ipv6"], body["ipv6Address"], ttl);
          return { body: { statusCode: 200 } };
        }
        return {
          body: {
            statusCode: 200,
            id: 9,
            name: zone,
            ttl: store.set(zone, "A")[0]?.ttl ?? 90,
            ipv4: apex("A") !== null,
            ipv4Address: apex("A"),
            ipv6: apex("AAAA") !== null,
            ipv6Address: apex("AAAA"),
          },
        };
      }
      const match = /^\/dns\/9\/record(?:\/(\d+))?$/.exec(path);
      if (match === null) return failed(404, "Not Found Exception", "Invalid.");
      const [, id] = match;
      const label = String(body["nodeName"] ?? "");
      const name = label === "" ? zone : `${label}.${zone}`;
      const ttl = Number(body["ttl"]);
      if (id === undefined && call.method === "POST") {
        const type = String(body["recordType"]);
        if (!["A", "AAAA", "SRV", "TXT", "CNAME"].includes(type)) {
          return failed(501, "Argument Exception", "Invalid type.");
        }
        return { body: { statusCode: 200, ...store.add(name, type, ttl, valueOf(body)) } };
      }
      if (id === undefined) {
        const records = store.records.filter(
          (one) => one.name !== zone || (one.type !== "A" && one.type !== "AAAA"),
        );
        return {
          body: {
            statusCode: 200,
            dnsRecords: records.map((record) => {
              const [priority, weight, port, host] = record.value.split(" ");
              return {
                id: record.id,
                domainId: 9,
                hostname: record.name,
                recordType: record.type,
                ttl: record.ttl,
                state: true,
                ...(record.type === "A" ? { ipv4Address: record.value } : {}),
                ...(record.type === "AAAA" ? { ipv6Address: record.value } : {}),
                ...(record.type === "TXT" ? { textData: unquoted(record.value) } : {}),
                ...(record.type === "SRV"
                  ? { priority: Number(priority), weight: Number(weight), port: Number(port), host }
                  : {}),
              };
            }),
          },
        };
      }
      const record = store.find(id);
      if (record === undefined) return failed(404, "Not Found Exception", "Invalid.");
      if (call.method === "DELETE") store.remove(id);
      else Object.assign(record, { name, ttl, value: valueOf(body) });
      return { body: { statusCode: 200 } };
    },
  };
}
