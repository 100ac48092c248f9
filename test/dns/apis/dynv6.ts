/** dynv6 REST API v2 as in its OpenAPI description: zones with their own addresses, and records. */
import type { ProviderAnswer } from "../fake-provider.ts";
import {
  bodyOf,
  type FakeApi,
  type Fields,
  unquoted,
  withoutDots,
  ZoneStore,
} from "./zone-store.ts";

export function fakeDynv6(zone: string): FakeApi {
  const store = new ZoneStore();
  const secret = "dynv6-token-s3cr3t";
  const base = "https://dynv6.com/api/v2";
  const apex = (type: string): string => store.set(zone, type)[0]?.value ?? "";
  const shownZone = (): object => ({
    id: 3,
    name: zone,
    ipv4address: apex("A"),
    ipv6prefix: apex("AAAA") === "" ? "" : `${apex("AAAA")}/128`,
  });
  const setApex = (type: string, value: Fields[string]): void => {
    if (value === undefined) return;
    store.removeSet(zone, type);
    if (value !== "") store.add(zone, type, 60, String(value));
  };
  const valueOf = (type: string, body: Fields): string => {
    const data = String(body["data"]);
    if (type === "SRV") {
      return `${Number(body["priority"])} ${Number(body["weight"])} ${Number(body["port"])} ${withoutDots(data)}`;
    }
    return type === "TXT" ? `"${data}"` : data;
  };
  return {
    id: "dynv6",
    secret,
    zone,
    store,
    types: ["A", "AAAA", "SRV", "TXT"],
    leastTtl: 60,
    handle(call): ProviderAnswer {
      if (call.headers["authorization"] !== `Bearer ${secret}`) return { status: 401, body: "" };
      const path = call.address.slice(base.length);
      const body = bodyOf(call);
      if (path === "/zones") return { body: [{ id: 1, name: "other.example" }, shownZone()] };
      if (path === "/zones/3") {
        if (call.method === "PATCH") {
          setApex("A", body["ipv4address"]);
          setApex("AAAA", body["ipv6prefix"]);
        }
        return { body: shownZone() };
      }
      const match = /^\/zones\/3\/records(?:\/(\d+))?$/.exec(path);
      if (match === null) return { status: 404, body: "" };
      const [, id] = match;
      const label = String(body["name"] ?? "");
      const name = label === "" ? zone : `${label}.${zone}`;
      if (id === undefined && call.method === "POST") {
        const type = String(body["type"]);
        if (!["A", "AAAA", "CAA", "CNAME", "MX", "SPF", "SRV", "TXT"].includes(type)) {
          return { status: 422, body: { errors: [{ field: "type" }] } };
        }
        return { body: store.add(name, type, 60, valueOf(type, body)) };
      }
      if (id === undefined) {
        const records = store.records.filter(
          (one) => one.name !== zone || (one.type !== "A" && one.type !== "AAAA"),
        );
        return {
          body: records.map((record) => {
            const [priority, weight, port, target] = record.value.split(" ");
            const isSrv = record.type === "SRV";
            return {
              id: record.id,
              zoneID: 3,
              name: record.name === zone ? "" : record.name.slice(0, -zone.length - 1),
              type: record.type,
              data: isSrv ? `${target}.` : unquoted(record.value),
              ...(isSrv
                ? { priority: Number(priority), weight: Number(weight), port: Number(port) }
                : {}),
            };
          }),
        };
      }
      const record = store.find(id);
      if (record === undefined) return { status: 404, body: "" };
      if (call.method === "DELETE") {
        store.remove(id);
        return { status: 204 };
      }
      Object.assign(record, { name, value: valueOf(record.type, body) });
      return { body: record };
    },
  };
}
