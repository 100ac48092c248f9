/** Cloudflare API v4 as documented: zones, dns_records, dns_records/batch. */
import { CloudflareRules } from "./cloudflare-rules.ts";
import { bodyOf, type FakeApi, type StoredRecord, ZoneStore } from "./zone-store.ts";

interface Written {
  readonly id?: string;
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly content?: string;
  readonly data?: Readonly<Record<string, string | number>>;
}

export function fakeCloudflare(zone: string): FakeApi {
  const store = new ZoneStore();
  const secret = "cf-token-s3cr3t";
  const base = "https://api.cloudflare.com/client/v4";
  const redirects = new CloudflareRules(zone);
  const valueOf = ({ type, content = "", data = {} }: Written): string => {
    if (type === "SRV") {
      return `${data["priority"]} ${data["weight"]} ${data["port"]} ${data["target"]}`;
    }
    if (type === "HTTPS") return `${data["priority"]} ${data["target"]} ${data["value"]}`.trim();
    return content;
  };
  const shown = ({ id, name, type, ttl, value }: StoredRecord): object => {
    const [priority, ...rest] = value.split(" ");
    const data =
      type === "SRV"
        ? {
            priority: Number(priority),
            weight: Number(rest[0]),
            port: Number(rest[1]),
            target: rest[2],
          }
        : type === "HTTPS"
          ? { priority: Number(priority), target: rest[0], value: rest.slice(1).join(" ") }
          : undefined;
    return { id: `r${id}`, name, type, ttl, content: value, ...(data ? { data } : {}) };
  };
  const ok = (result: unknown): object => ({
    body: { success: true, errors: [], messages: [], result },
  });
  const failed = (status: number, code: number, message: string): object => ({
    status,
    body: { success: false, errors: [{ code, message }], messages: [], result: null },
  });
  return {
    id: "cloudflare",
    secret,
    zone,
    store,
    types: ["A", "AAAA", "SRV", "TXT", "HTTPS"],
    leastTtl: 60,
    redirects: () => redirects.lines(),
    mayRedirect: (may) => {
      redirects.isAllowed = may;
    },
    handle(call) {
      if (call.headers["authorization"] !== `Bearer ${secret}`) {
        return failed(403, 10_000, "Authentication error");
      }
      const path = call.address.slice(base.length);
      if (path === "/zones") {
        return ok(call.query["name"] === zone ? [{ id: "z1", name: zone }] : []);
      }
      const ruled = redirects.handle(path, call);
      if (ruled !== null) return ruled;
      if (path === "/zones/z1/dns_records" && call.method === "GET") {
        const wanted = call.query["name"];
        const found = store.records.filter(({ name }) => wanted === undefined || name === wanted);
        const page = Number(call.query["page"] ?? 1);
        const size = 2;
        return {
          body: {
            success: true,
            errors: [],
            result: [
              ...(page === 1 ? redirects.placeholders(wanted) : []),
              ...found.slice((page - 1) * size, page * size).map(shown),
            ],
            result_info: { page, total_pages: Math.max(1, Math.ceil(found.length / size)) },
          },
        };
      }
      if (path === "/zones/z1/dns_records/batch" && call.method === "POST") {
        const { deletes, puts, posts } = bodyOf(call) as unknown as {
          deletes: { id: string }[];
          puts: Written[];
          posts: Written[];
        };
        for (const post of posts) {
          if (store.set(post.name, post.type).some(({ value }) => value === valueOf(post))) {
            return failed(400, 81_058, "An identical record already exists.");
          }
          if (post.ttl < 60) return failed(400, 9021, "Invalid TTL.");
        }
        for (const { id } of deletes) store.remove(id.slice(1));
        for (const put of puts) {
          const record = store.find(put.id?.slice(1) ?? "");
          if (record === undefined) return failed(400, 81_044, "Record does not exist.");
          Object.assign(record, { ttl: put.ttl, value: valueOf(put) });
        }
        for (const post of posts) store.add(post.name, post.type, post.ttl, valueOf(post));
        return ok({});
      }
      return failed(404, 7003, "Could not route");
    },
  };
}
