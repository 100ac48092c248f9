/** Secrets of every provider, seeded into the whole engine, are looked for in everything that leaves it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inTime, simulatedDnsWorld } from "../../../test/dns/dns-world.ts";
import { FakeDnsServer } from "../../../test/dns/fake-dns-server.ts";
import { labKey, tsigKey } from "../../../test/dns/keys.ts";
import { startNamesEngine } from "../../../test/dns/names-engine.ts";
import { requests } from "../../../shared/contract.ts";
import { dnsProviders } from "../../../shared/dns-providers.ts";
import type { Logger } from "../environment.ts";
import type { HttpsOutcome, HttpsRequest } from "./network.ts";

const fqdn = "home.duckdns.org";

/** Twelve characters that stand in most encodings as they are, so that even a part of the secret is found. */
const cores = fc.string({
  minLength: 12,
  maxLength: 12,
  unit: fc.constantFrom(...Array.from("bdgkmpqvwxzBDGKQ")),
});
const edges = fc.string({
  maxLength: 6,
  unit: fc.constantFrom(...Array.from("$&+,/:;=?@ \"<>#%{}|\\^~[]`'()*!.ä")),
});

/** What the person enters: each kind of secret with `core` in it. */
const secretOf: Readonly<Record<string, (core: string, before: string, after: string) => string>> =
  {
    porkbun: (core) => `pk1_${core} sk1_${core}`,
    "dns-update": (core) =>
      `key "home" { algorithm hmac-sha256; secret "${core}AAAAAAAAAAAAAAAAAAAA"; };`,
  };

type Behaviour = (request: HttpsRequest, echo: string) => HttpsOutcome;

function says(body: string, status = 200, headers = {}): HttpsOutcome {
  return { kind: "answer", status, headers, body };
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  success: () => says("good 52.3.4.5"),
  "words and an echo": (_request, echo) => says(`badauth ${echo}`),
  "an unknown word": (_request, echo) => says(`${echo} unheard of`),
  "not found": (_request, echo) => says(`ERROR: Unable to locate ${echo} here`),
  "Namecheap's error": (_request, echo) =>
    says(`<ErrCount>1</ErrCount><Err1>${echo} Domain name not found</Err1>`),
  "a web page": (_request, echo) => says(`<!DOCTYPE html><p>${echo}`, 403),
  "a redirect": (_request, echo) =>
    says("", 302, { location: `https://elsewhere.example/${echo}` }),
  "too many": (_request, echo) => says(echo, 429, { "retry-after": echo }),
  "trouble of its own": (_request, echo) => says(echo, 500),
  refused: (_request, echo) => says(echo, 401),
  "no such thing": (_request, echo) => says(echo, 404),
  conflict: (_request, echo) => says(echo, 409),
  "an error in JSON": (_request, echo) =>
    says(
      JSON.stringify({
        success: false,
        status: "ERROR",
        message: echo,
        errors: [{ code: 1234, message: echo }],
        error: { code: echo, message: echo },
        statusCode: 400,
        type: echo,
        detail: echo,
      }),
      400,
    ),
  "JSON and a word for the credentials": (_request, echo) =>
    says(
      JSON.stringify({
        status: "ERROR",
        message: `Invalid API key ${echo}`,
        error: { code: echo },
      }),
      403,
    ),
  nothing: () => ({ kind: "failed", reason: "unreachable", detail: "ENOTFOUND" }),
};

/** What a server may send back of a request: all of it, as it came and as it reads it. */
function echoOf({ url, headers = {}, body = "" }: HttpsRequest, secret: string): string {
  const basic = /^Basic (.*)$/.exec(headers["authorization"] ?? "")?.[1] ?? "";
  return [
    secret,
    url,
    safelyDecoded(url),
    JSON.stringify(headers),
    body,
    basic,
    Buffer.from(basic, "base64").toString(),
  ].join(" ");
}

describe.each(dnsProviders.map(({ id }) => [id] as const))("%s", (provider) => {
  test("tells nobody its secret", async () => {
    await fc.assert(
      fc.asyncProperty(
        cores,
        edges,
        edges,
        fc.constantFrom(...Object.keys(behaviours)),
        fc.integer({ min: 0, max: 80 }),
        async (core, before, after, behaviour, shift) => {
          const secret = secretOf[provider]?.(core, before, after) ?? `${before}${core}${after}`;
          const { outputs, asked } = await run(provider, secret, behaviour, shift);
          // Where nobody was asked the test would prove nothing.
          expect(asked).toBe(true);
          const leaks = outputs.flatMap(([where, text]) => (holds(text, core) ? [where] : []));
          expect(leaks).toEqual([]);
        },
      ),
      { numRuns: 8 },
    );
  });
});

async function run(provider: string, secret: string, behaviour: string, shift: number) {
  const directory = mkdtempSync(join(tmpdir(), "homeport-seeded-"));
  const outputs: [string, string][] = [];
  const write = (message: string, fields?: object): void => {
    outputs.push(["log", `${message} ${JSON.stringify(fields ?? {})}`]);
  };
  const log: Logger = { debug: write, info: write, warn: write };
  const simulated = simulatedDnsWorld();
  const world = { ...simulated, environment: { ...simulated.environment, log } };
  let asked = false;
  world.network.onHttps = async (request) => {
    asked = true;
    const echo = `${".".repeat(shift)}${echoOf(request, secret)}`;
    return behaviours[behaviour]?.(request, echo) ?? says("");
  };
  // It knows another secret for the key.
  const server = new FakeDnsServer({
    zone: "duckdns.org",
    key: tsigKey(labKey("home")),
    now: () => Math.floor(world.environment.clock.now() / 1000),
  });
  world.serve({ address: "198.51.100.53", port: 53 }, (bytes) => {
    asked = true;
    return server.answer(bytes);
  });
  const { engine } = await startNamesEngine({
    world,
    directory,
    granted: () => ({
      kind: "granted",
      externalAddress: "52.3.4.5",
      externalPort: 25_570,
      lifetime: 7200,
    }),
  });
  engine.subscribe((snapshot) => outputs.push(["snapshot", JSON.stringify(snapshot)]));
  const account = { id: "seeded", provider, user: "me", server: serverOf(provider) };
  const name = { fqdn, account: "seeded", webName: "www.duckdns.org" };
  const answer = (where: string, value: unknown): void => {
    outputs.push([where, JSON.stringify(value)]);
  };
  try {
    engine.execute("setAccount", requests.setAccount.parse({ ...account, secret }));
    engine.execute("setName", requests.setName.parse(name));
    engine.execute(
      "expose",
      requests.expose.parse({ transport: "tcp", internalPort: 25_565, despiteWarning: true }),
    );
    await world.environment.clock.advance(20_000);
    const test = requests.testAccount.parse({ account, secret, fqdn });
    answer("testAccount", await inTime(world, engine.nameRequests.testAccount(test)));
    const preview = requests.previewName.parse({ account, secret, name });
    answer("previewName", await engine.nameRequests.previewName(preview));
    engine.execute("updateName", { fqdn });
    await world.environment.clock.advance(600_000);
    answer("nameHistory", engine.nameRequests.nameHistory({ fqdn, account: "seeded" }));
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === "secrets.json") continue;
      const path = join(entry.parentPath, entry.name);
      outputs.push([entry.name, readFileSync(path, "utf8")]);
    }
    outputs.push(["arguments", process.argv.join(" ")]);
  } finally {
    await engine.stop({ release: false });
    rmSync(directory, { recursive: true, force: true });
  }
  return { outputs, asked };
}

function serverOf(provider: string): string {
  switch (provider) {
    case "custom":
      return "https://dyn.example/?host={host}&key={secret}[&a={ipv4}]";
    case "dyndns2":
      return "dyn.example";
    case "dns-update":
      return "198.51.100.53";
    default:
      return "";
  }
}

/** True when seven characters of `core` in a row can be read in `text`, as they are or encoded. */
function holds(text: string, core: string): boolean {
  for (let at = 0; at + 7 <= core.length; at += 1) {
    const part = Buffer.from(core.slice(at, at + 7));
    const forms = [0, 1, 2].map((offset) => {
      const bytes = Buffer.concat([Buffer.alloc(offset), part]);
      return bytes
        .toString("base64")
        .slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
    });
    if ([part.toString(), part.toString("hex"), ...forms].some((form) => text.includes(form))) {
      return true;
    }
  }
  return false;
}

function safelyDecoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
