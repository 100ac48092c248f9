/** The client rules of dyndns2, over hours and restarts. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { simulatedDnsWorld, type SimulatedDnsWorld } from "../../../test/dns/dns-world.ts";
import { FakeDnsServer } from "../../../test/dns/fake-dns-server.ts";
import { accountSchema, nameSchema } from "../../../shared/settings.ts";
import type { Name } from "../../../shared/snapshot.ts";
import { type NamedExposure, Names } from "./names.ts";
import type { HttpsOutcome } from "./network.ts";

const fqdn = "me.home.example";
const account = accountSchema.parse({ id: "noip", provider: "noip", user: "me" });
const name = nameSchema.parse({ fqdn, account: "noip" });
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let directory: string;
let world: SimulatedDnsWorld;
let dns: FakeDnsServer;
let names: Names;
let secret = "";
/** Addresses of the updates that came, with their time since the start in minutes. */
let calls: { address: string; minute: number }[];
let answer: (address: string) => Partial<Extract<HttpsOutcome, { kind: "answer" }>>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-dyndns2-"));
  world = simulatedDnsWorld();
  dns = new FakeDnsServer({ zone: "home.example", now: () => 0 });
  dns.set("home.example", "NS", ["ns.home.example"]);
  dns.set("ns.home.example", "A", ["198.51.100.53"]);
  const server = { address: "198.51.100.53", port: 53 };
  world.serve(server, (bytes) => dns.answer(bytes));
  world.network.resolverAddresses = [server];
  secret = "one";
  calls = [];
  answer = good;
  const start = world.environment.clock.now();
  world.network.onHttps = async ({ url }) => {
    const address = new URL(url).searchParams.get("myip") ?? "";
    calls.push({ address, minute: Math.round((world.environment.clock.now() - start) / minute) });
    return { kind: "answer", status: 200, headers: {}, body: "", ...answer(address) };
  };
  names = run();
});

afterEach(() => {
  names.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The provider takes the address and its servers tell it. */
function good(address: string): { body: string } {
  dns.set(fqdn, "A", [address]);
  return { body: `good ${address}` };
}

function run(): Names {
  const started = new Names({
    environment: world.environment,
    network: world.network,
    secrets: { read: async () => secret, write: async () => undefined },
    bookPath: join(directory, "names.json"),
    onChange: () => undefined,
  });
  started.load();
  return started;
}

function restart(exposures: readonly NamedExposure[]): void {
  names.close();
  names = run();
  names.configure({ accounts: [account], names: [name] });
  names.exposures(exposures);
}

function exposed(address: string, port = 25_565): NamedExposure {
  return { key: "tcp/25565", endpoints: [{ address, port }], hint: null };
}

function begin(address = "52.3.4.5"): void {
  names.configure({ accounts: [account], names: [name] });
  names.exposures([exposed(address)]);
}

function view(): Name {
  const [first] = names.views();
  if (first === undefined) throw new Error("no name");
  return first;
}

async function advance(milliseconds: number): Promise<void> {
  await world.environment.clock.advance(milliseconds);
}

describe("updates", () => {
  test("one for an address, none while it stays, not after a restart either", async () => {
    begin();
    await advance(hour);
    expect(view()).toMatchObject({ state: "visible", records: [{ type: "A", value: "52.3.4.5" }] });
    restart([exposed("52.3.4.5")]);
    await advance(5 * day);
    expect(calls).toHaveLength(1);
  });

  test("none for ports: they are in the text to share", async () => {
    begin();
    for (let port = 1; port <= 20; port += 1) {
      names.exposures([exposed("52.3.4.5", port)]);
      await advance(3 * minute);
    }
    expect(calls).toHaveLength(1);
    expect(view().shares).toEqual([{ exposure: "tcp/25565", text: `${fqdn}:20` }]);
  });

  test("a flapping address is held to five a minute and a hundred a day", async () => {
    begin();
    for (let change = 0; change < 2880; change += 1) {
      names.exposures([exposed(`52.3.${change >> 8}.${change & 255}`)]);
      await advance(30_000);
    }
    expect(calls.length).toBeGreaterThan(90);
    expect(calls.length).toBeLessThanOrEqual(100);
    expect(view()).toMatchObject({ state: "error", error: { code: "dns-rate-limit" } });
    expect(view().nextAttempt).not.toBeNull();
  });

  test("a budget that is used up is no trouble while nothing is to be written", async () => {
    begin();
    for (let change = 1; change <= 5; change += 1) {
      names.exposures([exposed(`52.3.4.${change}`)]);
      await advance(3000);
    }
    expect(calls).toHaveLength(5);
    expect(view()).toMatchObject({ state: "visible", error: null, nextAttempt: null });
    names.exposures([exposed("52.3.4.99")]);
    await advance(3000);
    expect(view()).toMatchObject({ state: "error", error: { code: "dns-rate-limit" } });
  });

  test("what ends is left, where the provider cannot take it away, and forgotten with the name", async () => {
    begin();
    await advance(minute);
    names.exposures([]);
    await advance(hour);
    expect(calls).toHaveLength(1);
    names.configure({ accounts: [account], names: [] });
    await advance(minute);
    expect(names.views()).toEqual([]);
  });

  test("a record that somebody changed is put right, once a day at most", async () => {
    begin();
    await advance(minute);
    answer = (address) => ({ body: `nochg ${address}` });
    dns.set(fqdn, "A", ["52.99.99.99"]);
    await advance(5 * day);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.length).toBeLessThanOrEqual(6);
    expect(view()).toMatchObject({ state: "error", error: { code: "dns-not-visible" } });
  });

  test("providers that forget names are told them again", async () => {
    const dyn = { ...account, provider: "dyn" };
    names.configure({ accounts: [dyn], names: [name] });
    names.exposures([exposed("52.3.4.5")]);
    await advance(60 * day);
    expect(calls.map(({ minute: at }) => Math.floor(at / 1440))).toEqual([0, 25, 50]);
  });
});

test("a request is on disk before it is sent, so that no crash makes the budget forget it", async () => {
  const noted: number[] = [];
  answer = (address) => {
    const book = JSON.parse(readFileSync(join(directory, "names.json"), "utf8")) as {
      accounts: { policy: { sent: number[] } }[];
    };
    noted.push(book.accounts[0]?.policy.sent.length ?? 0);
    return good(address);
  };
  begin();
  await advance(minute);
  expect(noted).toEqual([1]);
});

describe("refusals", () => {
  test.each(["badauth", "badagent", "abuse", "nohost", "!donator", "good 127.0.0.1"])(
    "%s: exactly one request in a day, over restarts and new addresses",
    async (word) => {
      answer = () => ({ body: word });
      begin();
      await advance(8 * hour);
      restart([exposed("52.3.4.6")]);
      await advance(8 * hour);
      names.poke();
      restart([exposed("52.3.4.7")]);
      await advance(8 * hour);
      expect(calls).toHaveLength(1);
      expect(view()).toMatchObject({ state: "blocked", nextAttempt: null });
    },
  );

  test("another password is tried at once, the same one never", async () => {
    answer = () => ({ body: "badauth" });
    begin();
    await advance(hour);
    await names.secretChanged("noip");
    await advance(hour);
    expect(calls).toHaveLength(1);
    secret = "two";
    answer = good;
    await names.secretChanged("noip");
    await advance(minute);
    expect(calls).toHaveLength(2);
    expect(view()).toMatchObject({ state: "visible", error: null });
  });

  test("“Update now” asks again for a name that was refused, not for an account", async () => {
    answer = () => ({ body: "nohost" });
    begin();
    await advance(hour);
    names.updateNow(fqdn);
    await advance(minute);
    expect(calls).toHaveLength(2);
    answer = () => ({ body: "badauth" });
    names.updateNow(fqdn);
    await advance(minute);
    names.updateNow(fqdn);
    await advance(minute);
    expect(calls).toHaveLength(3);
  });

  test("911 waits half an hour, Retry-After as long as it says", async () => {
    answer = () => ({ body: "911" });
    begin();
    await advance(hour - minute);
    expect(calls.map(({ minute: at }) => at)).toEqual([0, 30]);
    answer = () => ({ status: 429, headers: { "retry-after": "600" } });
    await advance(11 * minute);
    answer = good;
    await advance(15 * minute);
    expect(calls.map(({ minute: at }) => at)).toEqual([0, 30, 60, 70]);
    expect(view().state).toBe("visible");
  });

  test("a wait outlives a restart", async () => {
    answer = () => ({ body: "911" });
    begin();
    await advance(10 * minute);
    restart([exposed("52.3.4.5")]);
    await advance(10 * minute);
    expect(calls).toHaveLength(1);
    expect(view()).toMatchObject({ error: { code: "dns-server-trouble" } });
    await advance(11 * minute);
    expect(calls).toHaveLength(2);
  });

  test("trouble backs off: a day of it is no flood", async () => {
    answer = () => ({ status: 500 });
    begin();
    await advance(day);
    expect(calls.length).toBeLessThan(40);
    expect(calls.length).toBeGreaterThan(20);
  });
});
