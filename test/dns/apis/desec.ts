/** deSEC REST API as documented: domains by owns_qname, sets by subname, bulk PATCH. */
import { type FakeApi, withoutDots, ZoneStore } from "./zone-store.ts";

interface Rrset {
  readonly subname: string;
  readonly type: string;
  readonly ttl: number;
  readonly records: readonly string[];
}

export function fakeDesec(zone: string): FakeApi {
  const store = new ZoneStore();
  const secret = "desec-token-s3cr3t";
  const base = "https://desec.io/api/v1";
  const minimumTtl = 3600;
  const nameOf = (subname: string): string => (subname === "" ? zone : `${subname}.${zone}`);
  return {
    id: "desec",
    secret,
    zone,
    store,
    types: ["A", "AAAA", "SRV", "TXT", "HTTPS"],
    leastTtl: minimumTtl,
    handle(call) {
      if (call.headers["authorization"] !== `Token ${secret}`) {
        return { status: 401, body: { detail: "Invalid token." } };
      }
      const path = call.address.slice(base.length);
      if (path === "/domains/") {
        const name = call.query["owns_qname"] ?? "";
        const owned = name === zone || name.endsWith(`.${zone}`);
        return { body: owned ? [{ name: zone, minimum_ttl: minimumTtl }] : [] };
      }
      if (path !== `/domains/${zone}/rrsets/`)
        return { status: 404, body: { detail: "Not found." } };
      if (call.method === "GET") {
        const subname = call.query["subname"] ?? "";
        const here = store.records.filter(({ name }) => name === nameOf(subname));
        const types = [...new Set(here.map(({ type }) => type))];
        return {
          body: types.map((type) => ({
            subname,
            type,
            ttl: here.find((record) => record.type === type)?.ttl,
            records: here
              .filter((record) => record.type === type)
              .map(({ value }) => (type === "SRV" ? `${value}.` : value)),
          })),
        };
      }
      const rrsets = JSON.parse(call.body) as readonly Rrset[];
      const bad = rrsets.map(({ ttl, type, records }) => ({
        ...(ttl < minimumTtl
          ? { ttl: ["Ensure this value is greater than or equal to 3600."] }
          : {}),
        ...(type === "SRV" && records.some((value) => !value.endsWith("."))
          ? { records: ["Hostname must be fully qualified (i.e., end in a dot)."] }
          : {}),
      }));
      if (bad.some((complaint) => Object.keys(complaint).length > 0)) {
        return { status: 400, body: bad };
      }
      for (const { subname, type, ttl, records } of rrsets) {
        store.removeSet(nameOf(subname), type);
        for (const value of records) store.add(nameOf(subname), type, ttl, withoutDots(value));
      }
      return { body: rrsets };
    },
  };
}
