/** Web names at a provider that sends browsers on: from the setting to what browsers get. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeCloudflare } from "../../../test/dns/apis/cloudflare.ts";
import type { FakeApi } from "../../../test/dns/apis/zone-store.ts";
import { simulatedDnsWorld, type SimulatedDnsWorld } from "../../../test/dns/dns-world.ts";
import { accountSchema, nameSchema } from "../../../shared/settings.ts";
import type { Name } from "../../../shared/snapshot.ts";
import { Names } from "./names.ts";
import { SessionSecretStore } from "./secret-store.ts";

const fqdn = "home.home.example";
const www = "www.home.example";
const account = accountSchema.parse({ id: "cf", provider: "cloudflare" });
const name = nameSchema.parse({ fqdn, account: "cf", webName: www });
const web = { srv: null, defaultPort: 80, scheme: "http" } as const;

let directory: string;
let world: SimulatedDnsWorld;
let api: FakeApi;
let names: Names;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "homeport-redirect-"));
  world = simulatedDnsWorld();
  api = fakeCloudflare("home.example");
  world.network.onHttps = async ({ method, url, headers = {}, body = "" }) => {
    const { origin, pathname, searchParams } = new URL(url);
    const query = Object.fromEntries(searchParams);
    const answer = api.handle({ method, address: origin + pathname, query, headers, body });
    if (typeof answer === "string") throw new Error(answer);
    const { status = 200 } = answer;
    return { kind: "answer", status, headers: {}, body: JSON.stringify(answer.body) };
  };
  const secrets = new SessionSecretStore();
  await secrets.write("cf", api.secret);
  names = new Names({
    environment: world.environment,
    network: world.network,
    secrets,
    bookPath: join(directory, "names.json"),
    onChange: () => undefined,
  });
  names.load();
});

afterEach(() => {
  names.close();
  rmSync(directory, { recursive: true, force: true });
});

async function expose(port: number | null): Promise<void> {
  const endpoints = port === null ? [] : [{ address: "52.3.4.5", port }];
  names.exposures([{ key: "tcp/80", endpoints, hint: web }]);
  await world.environment.clock.advance(10_000);
}

async function configure(setting = name): Promise<void> {
  names.configure({ accounts: [account], names: [setting] });
  await world.environment.clock.advance(10_000);
}

function view(): Name {
  const [first] = names.views();
  if (first === undefined) throw new Error("no name");
  return first;
}

test("a web name follows the port, and goes with the exposure", async () => {
  await configure();
  await expose(8080);
  expect(api.redirects?.()).toEqual([`${www} http://${fqdn}:8080`]);
  expect(view()).toMatchObject({
    error: null,
    shares: [{ text: `http://${www}/` }],
    records: [
      { type: "TXT" },
      { type: "A", value: "52.3.4.5" },
      { name: www, type: "REDIRECT", value: `http://${fqdn}:8080`, state: "published", ttl: 0 },
    ],
  });
  await expose(8081);
  expect(api.redirects?.()).toEqual([`${www} http://${fqdn}:8081`]);
  await expose(null);
  expect(api.redirects?.()).toEqual([`${www} http://${fqdn}:8081`]);
  names.exposures([]);
  await world.environment.clock.advance(10_000);
  expect(api.redirects?.()).toEqual([]);
  expect(api.store.dump()).toEqual([]);
});

test("a web name that the user takes back goes alone", async () => {
  await configure();
  await expose(8080);
  await configure({ ...name, webName: "" });
  expect(api.redirects?.()).toEqual([]);
  expect(api.store.set(fqdn, "A")).toHaveLength(1);
});

test("addresses that others keep under the web name are not touched without consent", async () => {
  api.store.add(www, "A", 60, "52.99.99.99");
  await configure();
  await expose(8080);
  expect(view()).toMatchObject({
    state: "blocked",
    error: { code: "dns-foreign-records", message: expect.stringContaining("52.99.99.99") },
  });
  expect(api.redirects?.()).toEqual([]);
  await configure({ ...name, takeOver: true });
  expect(api.redirects?.()).toEqual([`${www} http://${fqdn}:8080`]);
  expect(api.store.set(www, "A")).toEqual([]);
});

test("where redirects are not allowed the addresses go out, and friends get the port until they are", async () => {
  api.mayRedirect?.(false);
  await configure();
  await expose(8080);
  expect(api.store.set(fqdn, "A")).toHaveLength(1);
  expect(view()).toMatchObject({
    error: { code: "dns-redirect-refused" },
    shares: [{ text: `http://${fqdn}:8080/` }],
  });
  expect(view().state).not.toBe("blocked");
  api.mayRedirect?.(true);
  names.updateNow(fqdn);
  await world.environment.clock.advance(10_000);
  expect(api.redirects?.()).toEqual([`${www} http://${fqdn}:8080`]);
  expect(view()).toMatchObject({ error: null, shares: [{ text: `http://${www}/` }] });
});
