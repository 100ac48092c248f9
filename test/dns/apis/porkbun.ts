/** Porkbun JSON API v3 as documented: listAll, retrieve, create, edit, delete; the keys are in each body. */
import type { ProviderAnswer } from "../fake-provider.ts";
import { bodyOf, type FakeApi, type Fields, unquoted, ZoneStore } from "./zone-store.ts";

export function fakePorkbun(zone: string): FakeApi {
  const store = new ZoneStore();
  let forwards: { id: string; subdomain: string; location: string; type: string }[] = [];
  let made = 0;
  const apikey = "pk1_s3cr3t";
  const secretapikey = "sk1_s3cr3t";
  const base = "https://api.porkbun.com/api/json/v3";
  const failed = (message: string): ProviderAnswer => ({
    status: 400,
    body: { status: "ERROR", message },
  });
  const valueOf = (body: Fields): string => {
    const content = String(body["content"]);
    if (body["type"] === "SRV") return `${String(body["prio"])} ${content}`;
    return body["type"] === "TXT" ? `"${content}"` : content;
  };
  return {
    id: "porkbun",
    secret: `${apikey} ${secretapikey}`,
    zone,
    store,
    types: ["A", "AAAA", "SRV", "TXT", "HTTPS"],
    leastTtl: 600,
    redirects: () =>
      forwards.map(({ subdomain, location }) => `${subdomain}.${zone} ${location}`).toSorted(),
    handle(call) {
      const body = bodyOf(call);
      if (call.method !== "POST") return failed("Only POST.");
      if (body["apikey"] !== apikey || body["secretapikey"] !== secretapikey) {
        return failed("Invalid API key. (002)");
      }
      const path = call.address.slice(base.length);
      if (path === "/domain/listAll") {
        return {
          body: { status: "SUCCESS", domains: [{ domain: "other.example" }, { domain: zone }] },
        };
      }
      const [, , verb, domain, id = ""] = path.split("/");
      if (domain === zone && verb === "getUrlForwarding") {
        return { body: { status: "SUCCESS", forwards } };
      }
      if (domain === zone && verb === "addUrlForward") {
        const [subdomain, location] = [String(body["subdomain"]), String(body["location"])];
        if (body["includePath"] !== "yes" || body["wildcard"] !== "no") return failed("Invalid.");
        if (forwards.some((one) => one.subdomain === subdomain)) return failed("It exists.");
        made += 1;
        forwards.push({ id: String(made), subdomain, location, type: String(body["type"]) });
        return { body: { status: "SUCCESS" } };
      }
      if (domain === zone && verb === "deleteUrlForward") {
        forwards = forwards.filter((forward) => forward.id !== id);
        return { body: { status: "SUCCESS" } };
      }
      if (domain !== zone) return failed("Invalid domain.");
      const label = String(body["name"] ?? "");
      const name = label === "" ? zone : `${label}.${zone}`;
      const ttl = Math.max(600, Number(body["ttl"]));
      if (verb === "retrieve") {
        const records = store.records.map((record) => {
          const [prio, ...rest] = record.value.split(" ");
          const isSrv = record.type === "SRV";
          return {
            id: String(record.id),
            name: record.name,
            type: record.type,
            ttl: String(record.ttl),
            prio: isSrv ? prio : null,
            content: isSrv ? rest.join(" ") : unquoted(record.value),
            notes: "",
          };
        });
        return { body: { status: "SUCCESS", records } };
      }
      if (verb === "create") {
        const record = store.add(name, String(body["type"]), ttl, valueOf(body));
        return { body: { status: "SUCCESS", id: record.id } };
      }
      if (verb === "edit") {
        const record = store.find(id);
        if (record === undefined) return failed("Invalid record ID.");
        Object.assign(record, { name, ttl, value: valueOf(body) });
        return { body: { status: "SUCCESS" } };
      }
      if (verb === "delete") {
        store.remove(id);
        return { body: { status: "SUCCESS" } };
      }
      return failed("Unknown.");
    },
  };
}
