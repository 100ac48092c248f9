/** A run that dies at any request to a provider that takes records one by one, and the next that finishes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakePorkbun } from "../../../test/dns/apis/porkbun.ts";
import type { FakeApi } from "../../../test/dns/apis/zone-store.ts";
import { simulatedDnsWorld } from "../../../test/dns/dns-world.ts";
import { accountSchema, nameSchema } from "../../../shared/settings.ts";
import { type NamedExposure, Names } from "./names.ts";
import { SessionSecretStore } from "./secret-store.ts";

const fqdn = "play.home.example";
const srv = `_minecraft._tcp.${fqdn}`;
const account = accountSchema.parse({ id: "pb", provider: "porkbun" });
const name = nameSchema.parse({ fqdn, account: "pb", addresses: "ipv4" });

function exposed(address: string, port: number): readonly NamedExposure[] {
  const hint = { srv: "_minecraft._tcp", defaultPort: 25_565, scheme: null };
  return [{ key: "tcp/25565", endpoints: [{ address, port }], hint }];
}

const scenes: readonly (readonly [string, readonly NamedExposure[], readonly string[]])[] = [
  [
    "an address and a port change",
    exposed("52.3.4.6", 25_571),
    [`${srv} SRV 0 0 25571 ${fqdn}`, `${fqdn} A 52.3.4.6`],
  ],
  ["the exposure ends", [], []],
];

test.each(scenes)(
  "%s: at whatever request it dies, the next run finishes",
  async (_what, next, wanted) => {
    const whole = await play(next, Infinity);
    expect(whole.records).toEqual(wanted);
    expect(whole.requests).toBeGreaterThan(3);
    for (let dies = 1; dies <= whole.requests; dies += 1) {
      const { records } = await play(next, dies);
      expect([dies, records]).toEqual([dies, wanted]);
    }
  },
);

/** Publishes, changes to `next`, dies at that request, starts again; the number of requests is that before the death. */
async function play(next: readonly NamedExposure[], dies: number) {
  const directory = mkdtempSync(join(tmpdir(), "homeport-crash-"));
  const api = fakePorkbun("home.example");
  const { environment, network } = simulatedDnsWorld();
  const secrets = new SessionSecretStore();
  await secrets.write("pb", api.secret);
  const bookPath = join(directory, "names.json");
  const run = (exposures: readonly NamedExposure[]): Names => {
    const started = new Names({
      environment,
      network,
      secrets,
      bookPath,
      onChange: () => undefined,
    });
    started.load();
    started.configure({ accounts: [account], names: [name] });
    started.exposures(exposures);
    return started;
  };
  let requests = 0;
  let diesAt = Infinity;
  network.onHttps = async ({ method, url, headers = {}, body = "" }) => {
    requests += 1;
    const answer = api.handle({ method, address: url, query: {}, headers, body });
    checkUsable(api);
    // It was carried out, and nobody is left to hear so.
    if (requests >= diesAt) return new Promise(() => undefined);
    const text = typeof answer === "string" ? "" : JSON.stringify(answer.body);
    return { kind: "answer", status: 200, headers: {}, body: text };
  };
  const first = run(exposed("52.3.4.5", 25_570));
  await environment.clock.advance(300_000);
  expect(api.store.set(srv, "SRV")).toHaveLength(1);
  [requests, diesAt] = [0, dies];
  first.exposures(next);
  await environment.clock.advance(300_000);
  first.close();
  const before = requests;
  diesAt = Infinity;
  const second = run(next);
  await environment.clock.advance(600_000);
  second.close();
  rmSync(directory, { recursive: true, force: true });
  const records = api.store.dump().filter((line) => !line.includes("TXT"));
  return { requests: before, records: records.toSorted() };
}

/** At no time a port without the host it leads to, nor records without the marker that says whose they are. */
function checkUsable({ store }: FakeApi): void {
  if (store.set(srv, "SRV").length > 0) expect(store.set(fqdn, "A")).toHaveLength(1);
  if (store.set(fqdn, "A").length > 0) {
    expect(store.set(`_homeport.${fqdn}`, "TXT")).toHaveLength(1);
  }
}
