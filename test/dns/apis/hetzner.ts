/** Hetzner Cloud API as documented: zones, rrsets, actions set_records and change_ttl. */
import type { ProviderAnswer } from "../fake-provider.ts";
import { bodyOf, type FakeApi, type Fields, withoutDots, ZoneStore } from "./zone-store.ts";

export function fakeHetzner(zone: string): FakeApi {
  const store = new ZoneStore();
  const secret = "hetzner-token-s3cr3t";
  const base = "https://api.hetzner.cloud/v1";
  const nameOf = (label: string): string => (label === "@" ? zone : `${label}.${zone}`);
  const failed = (status: number, code: string): ProviderAnswer => ({
    status,
    body: { error: { code, message: code, details: null } },
  });
  const valuesOf = (body: Fields): readonly string[] =>
    (body["records"] as unknown as { value: string }[]).map(({ value }) => value);
  return {
    id: "hetzner",
    secret,
    zone,
    store,
    types: ["A", "AAAA", "SRV", "TXT", "HTTPS"],
    leastTtl: 60,
    handle(call) {
      if (call.headers["authorization"] !== `Bearer ${secret}`) return failed(401, "unauthorized");
      const path = decodeURIComponent(call.address.slice(base.length));
      if (path === "/zones") {
        return { body: { zones: call.query["name"] === zone ? [{ id: 7, name: zone }] : [] } };
      }
      if (path === "/zones/7/rrsets" && call.method === "POST") {
        const body = bodyOf(call);
        const name = nameOf(String(body["name"]));
        const type = String(body["type"]);
        if (store.set(name, type).length > 0) return failed(409, "uniqueness_error");
        for (const value of valuesOf(body)) {
          store.add(name, type, Number(body["ttl"]), withoutDots(value));
        }
        return { status: 201, body: { rrset: {}, action: { id: 1, status: "running" } } };
      }
      const match = /^\/zones\/7\/rrsets\/([^/]+)\/([A-Z]+)(?:\/actions\/(\w+))?$/.exec(path);
      if (match === null) return failed(404, "not_found");
      const [, label = "", type = "", action] = match;
      const name = nameOf(label);
      const set = store.set(name, type);
      if (set.length === 0) return failed(404, "not_found");
      const action201 = { status: 201, body: { action: { id: 1, status: "running" } } };
      if (action === "set_records") {
        const ttl = set[0]?.ttl ?? 60;
        store.removeSet(name, type);
        for (const value of valuesOf(bodyOf(call))) store.add(name, type, ttl, withoutDots(value));
        return action201;
      }
      if (action === "change_ttl") {
        for (const record of set) record.ttl = Number(bodyOf(call)["ttl"]);
        return action201;
      }
      if (call.method === "DELETE") {
        store.removeSet(name, type);
        return action201;
      }
      const records = set.map(({ value }) => ({ value: type === "SRV" ? `${value}.` : value }));
      return {
        body: { rrset: { id: `${label}/${type}`, name: label, type, ttl: set[0]?.ttl, records } },
      };
    },
  };
}
