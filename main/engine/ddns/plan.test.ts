import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressScope } from "../../../shared/address-scope.ts";
import { problem } from "../../../shared/problems.ts";
import { type NameSetting, nameSchema } from "../../../shared/settings.ts";
import type { Endpoint } from "../../../shared/snapshot.ts";
import { planName } from "./plan.ts";
import {
  type ExposedService,
  noHint,
  type PlanCapabilities,
  type PlanInput,
} from "./plan-input.ts";
import { type Rrset, setText } from "./rrset.ts";
import { parseRecordText } from "./wire/presentation.ts";

const fqdn = "play.home.example";
const everything: PlanCapabilities = {
  types: ["A", "AAAA", "SRV", "TXT", "HTTPS"],
  namesBelow: true,
  minimumTtl: 0,
  removes: true,
  redirects: true,
};
const addressesOnly: PlanCapabilities = {
  ...everything,
  types: ["A", "AAAA"],
  namesBelow: false,
};
const minecraft = { srv: "_minecraft._tcp", defaultPort: 25_565, scheme: null };
const web = { srv: null, defaultPort: 80, scheme: "http" } as const;

function service(
  key: string,
  endpoints: readonly Endpoint[],
  hint: ExposedService["hint"] = noHint,
): ExposedService {
  return { key, endpoints, hint };
}

function at(address: string, port: number): Endpoint {
  return { address, port };
}

function input(
  services: readonly ExposedService[],
  more: Partial<PlanInput> & { readonly setting?: Partial<NameSetting> } = {},
): PlanInput {
  const { setting = {}, ...rest } = more;
  return {
    name: nameSchema.parse({ fqdn, account: "a", ...setting }),
    capabilities: everything,
    services,
    published: [],
    marker: "heritage=homeport",
    ...rest,
  };
}

/** `A play.home.example 52.3.4.5` each, without the marker. */
function lines(plan: PlanInput): readonly string[] {
  return planName(plan)
    .rrsets.filter(({ type }) => type !== "TXT")
    .flatMap(({ name, type, data }) => data.map((one) => `${type} ${name} ${setText(one)}`));
}

function rrset(name: string, type: "A" | "AAAA" | "SRV" | "HTTPS", ...texts: string[]): Rrset {
  return { name, type, ttl: 60, data: texts.map((text) => parseRecordText(type, text)) };
}

describe("one address", () => {
  test("a game that honours SRV", () => {
    const plan = input([service("tcp/25565", [at("52.3.4.5", 25_570)], minecraft)]);
    expect(lines(plan)).toEqual([
      `A ${fqdn} 52.3.4.5`,
      `SRV _minecraft._tcp.${fqdn} 0 0 25570 ${fqdn}`,
    ]);
    expect(planName(plan)).toMatchObject({
      intents: { ipv4: "update", ipv6: "clear" },
      shares: [{ key: "tcp/25565", text: fqdn }],
    });
    expect(planName(plan).rrsets[0]).toMatchObject({ name: `_homeport.${fqdn}`, type: "TXT" });
  });

  test.each([
    ["on another port: the port has to be told", 25_570, addressesOnly, `${fqdn}:25570`],
    ["on its default port: the name is enough", 25_565, addressesOnly, fqdn],
    ["with SRV: the name is enough", 25_570, everything, fqdn],
  ])("a game %s", (_what, port, capabilities, text) => {
    const plan = input([service("tcp/25565", [at("52.3.4.5", port)], minecraft)], { capabilities });
    expect(planName(plan).shares).toEqual([{ key: "tcp/25565", text }]);
  });

  test("a web server's link", () => {
    const share = (port: number, hint: ExposedService["hint"]): unknown =>
      planName(input([service("tcp/80", [at("52.3.4.5", port)], hint)])).shares[0]?.text;
    expect(share(8080, web)).toBe(`http://${fqdn}:8080/`);
    expect(share(80, web)).toBe(`http://${fqdn}/`);
    expect(share(443, { ...web, scheme: "https", defaultPort: 443 })).toBe(`https://${fqdn}/`);
    // What the server listens on by itself is nothing to a browser.
    expect(share(8096, { ...web, defaultPort: 8096 })).toBe(`http://${fqdn}:8096/`);
  });

  test("nothing but addresses where the provider can no more", () => {
    const plan = input([service("tcp/25565", [at("52.3.4.5", 25_570)], minecraft)], {
      capabilities: addressesOnly,
    });
    expect(planName(plan).rrsets.map(({ type }) => type)).toEqual(["A"]);
  });

  test("a TTL below the provider's least is raised", () => {
    const capabilities = { ...everything, minimumTtl: 600 };
    const plan = planName(input([service("tcp/1", [at("52.3.4.5", 1)])], { capabilities }));
    expect(new Set(plan.rrsets.map(({ ttl }) => ttl))).toEqual(new Set([600]));
  });

  test("two servers of one kind: the first has the SRV record, the other is told with its port", () => {
    const plan = input([
      service("tcp/25565", [at("52.3.4.5", 1)], minecraft),
      service("tcp/25566", [at("52.3.4.5", 2)], minecraft),
    ]);
    expect(lines(plan).filter((line) => line.startsWith("SRV"))).toEqual([
      `SRV _minecraft._tcp.${fqdn} 0 0 1 ${fqdn}`,
    ]);
    expect(planName(plan).shares.map(({ text }) => text)).toEqual([fqdn, `${fqdn}:2`]);
  });
});

describe("HTTPS records", () => {
  const https = { srv: null, defaultPort: 443, scheme: "https" } as const;

  test("only on the user's word, and only for https", () => {
    const services = [service("tcp/443", [at("52.3.4.5", 8443)], https)];
    expect(lines(input(services))).not.toContainEqual(expect.stringMatching(/^HTTPS/));
    expect(lines(input(services, { setting: { httpsRecord: true } }))).toContainEqual(
      `HTTPS ${fqdn} 1 . port=8443`,
    );
    const plain = [service("tcp/80", [at("52.3.4.5", 8080)], web)];
    expect(lines(input(plain, { setting: { httpsRecord: true } }))).not.toContainEqual(
      expect.stringMatching(/^HTTPS/),
    );
  });

  test("the default port is not named", () => {
    const services = [service("tcp/443", [at("52.3.4.5", 443)], https)];
    expect(lines(input(services, { setting: { httpsRecord: true } }))).toContainEqual(
      `HTTPS ${fqdn} 1 .`,
    );
  });
});

describe("a web name", () => {
  const www = "www.home.example";
  const page = [service("tcp/80", [at("52.3.4.5", 8080)], web)];
  const withWww = (more: Parameters<typeof input>[1] = {}, services = page): PlanInput =>
    input(services, { ...more, setting: { webName: www, ...more.setting } });

  test("sends browsers on to the port; friends type the web name", () => {
    expect(lines(withWww())).toEqual([`A ${fqdn} 52.3.4.5`, `REDIRECT ${www} http://${fqdn}:8080`]);
    expect(planName(withWww()).shares).toEqual([{ key: "tcp/80", text: `http://${www}/` }]);
    expect(planName(withWww()).problems).toEqual([]);
  });

  test("is not wanted unless the user says so", () => {
    expect(lines(input(page))).toEqual([`A ${fqdn} 52.3.4.5`]);
  });

  test("stays when the port becomes the usual one, which then is not named", () => {
    const usual = [service("tcp/80", [at("52.3.4.5", 80)], web)];
    expect(lines(withWww({}, usual))).toContainEqual(`REDIRECT ${www} http://${fqdn}`);
    const https = { ...web, scheme: "https" } as const;
    const secure = [service("tcp/443", [at("52.3.4.5", 8443)], https)];
    expect(lines(withWww({}, secure))).toContainEqual(`REDIRECT ${www} https://${fqdn}:8443`);
  });

  test("leads to the host of the web server where that has another address", () => {
    const plan = withWww({}, [
      service("tcp/25565", [at("52.3.4.5", 25_565)], minecraft),
      service("tcp/80", [at("52.3.4.9", 8080)], web),
    ]);
    expect(lines(plan)).toContainEqual(`REDIRECT ${www} http://tcp-80.${fqdn}:8080`);
  });

  test("is nothing for servers that no browser opens", () => {
    const game = [service("tcp/25565", [at("52.3.4.5", 1)], minecraft)];
    expect(lines(withWww({}, game)).join()).not.toContain("REDIRECT");
    expect(planName(withWww({}, game)).problems).toEqual([]);
  });

  test("where the provider cannot, the plan says so and friends get the port", () => {
    const capabilities = { ...everything, redirects: problem("dns-no-redirect") };
    expect(lines(withWww({ capabilities }))).toEqual([`A ${fqdn} 52.3.4.5`]);
    expect(planName(withWww({ capabilities }))).toMatchObject({
      problems: [{ code: "dns-no-redirect" }],
      shares: [{ text: `http://${fqdn}:8080/` }],
    });
  });

  test("cannot be the name that leads here", () => {
    const plan = withWww({ setting: { webName: fqdn } });
    expect(lines(plan)).toEqual([`A ${fqdn} 52.3.4.5`]);
    expect(planName(plan).problems).toMatchObject([{ code: "dns-web-name" }]);
  });

  test("stays with the host it leads to while it cannot be told where that is", () => {
    const published: Rrset[] = [
      rrset(fqdn, "A", "52.3.4.5"),
      rrset(`tcp-80.${fqdn}`, "A", "52.3.4.9"),
      {
        name: www,
        type: "REDIRECT",
        ttl: 0,
        data: [{ type: "REDIRECT", location: `http://tcp-80.${fqdn}:8080` }],
      },
    ];
    expect(lines(withWww({ published }, [service("tcp/80", [], web)]))).toEqual([
      `A ${fqdn} 52.3.4.5`,
      `REDIRECT ${www} http://tcp-80.${fqdn}:8080`,
      `A tcp-80.${fqdn} 52.3.4.9`,
    ]);
    expect(lines(withWww({ published, setting: { webName: "" } }, page))).toEqual([
      `A ${fqdn} 52.3.4.5`,
    ]);
  });
});

describe("several addresses", () => {
  test("a service with an external address of its own gets a host of its own", () => {
    const plan = input([
      service("tcp/25565", [at("52.3.4.5", 25_565)], minecraft),
      service("udp/34197", [at("52.3.4.9", 34_197)], {
        srv: "_factorio._udp",
        defaultPort: 34_197,
        scheme: null,
      }),
      service("tcp/80", [at("52.3.4.5", 80)], web),
    ]);
    expect(lines(plan)).toEqual([
      `A ${fqdn} 52.3.4.5`,
      `A udp-34197.${fqdn} 52.3.4.9`,
      `SRV _minecraft._tcp.${fqdn} 0 0 25565 ${fqdn}`,
      `SRV _factorio._udp.${fqdn} 0 0 34197 udp-34197.${fqdn}`,
    ]);
  });

  test("the same port in both families: one host", () => {
    const plan = input([
      service("tcp/25565", [at("52.3.4.5", 25_565), at("2a02:908::1", 25_565)], minecraft),
    ]);
    expect(lines(plan)).toEqual([
      `A ${fqdn} 52.3.4.5`,
      `AAAA ${fqdn} 2a02:908::1`,
      `SRV _minecraft._tcp.${fqdn} 0 0 25565 ${fqdn}`,
    ]);
  });

  test("another port in each family: a host for each, so that nobody tries the wrong pair", () => {
    const plan = input([
      service("tcp/25565", [at("52.3.4.5", 40_000), at("2a02:908::1", 25_565)], minecraft),
    ]);
    expect(lines(plan)).toEqual([
      `A ${fqdn} 52.3.4.5`,
      `AAAA ${fqdn} 2a02:908::1`,
      `A tcp-25565.${fqdn} 52.3.4.5`,
      `AAAA tcp-25565-2.${fqdn} 2a02:908::1`,
      `SRV _minecraft._tcp.${fqdn} 0 0 40000 tcp-25565.${fqdn}`,
      `SRV _minecraft._tcp.${fqdn} 1 0 25565 tcp-25565-2.${fqdn}`,
    ]);
  });

  test("only the family that is wanted", () => {
    const services = [service("tcp/1", [at("52.3.4.5", 1), at("2a02:908::1", 1)])];
    expect(lines(input(services, { setting: { addresses: "ipv6" } }))).toEqual([
      `AAAA ${fqdn} 2a02:908::1`,
    ]);
    expect(lines(input(services, { setting: { addresses: "ipv4" } }))).toEqual([
      `A ${fqdn} 52.3.4.5`,
    ]);
  });
});

describe("what cannot be told is preserved", () => {
  const published = [
    rrset(fqdn, "A", "52.3.4.5"),
    rrset(fqdn, "AAAA", "2a02:908::1"),
    rrset(`_minecraft._tcp.${fqdn}`, "SRV", `0 0 1 tcp-25565.${fqdn}`),
    rrset(`tcp-25565.${fqdn}`, "A", "52.3.4.9"),
    rrset(`_factorio._udp.${fqdn}`, "SRV", `0 0 2 ${fqdn}`),
  ];

  test("an unknown endpoint keeps addresses, its own SRV record and that one's host; no other service's", () => {
    const plan = input([service("tcp/25565", [], minecraft)], { published });
    expect(lines(plan)).toEqual([
      `A ${fqdn} 52.3.4.5`,
      `AAAA ${fqdn} 2a02:908::1`,
      `SRV _minecraft._tcp.${fqdn} 0 0 1 tcp-25565.${fqdn}`,
      `A tcp-25565.${fqdn} 52.3.4.9`,
    ]);
    expect(planName(plan).intents).toEqual({ ipv4: "preserve", ipv6: "preserve" });
  });

  test("one known, one unknown: the known is updated, the unknown kept", () => {
    const plan = input(
      [service("tcp/25565", [], minecraft), service("tcp/80", [at("52.9.9.9", 80)], web)],
      { published },
    );
    expect(lines(plan)).toContainEqual(`A ${fqdn} 52.9.9.9`);
    expect(lines(plan)).toContainEqual(`SRV _minecraft._tcp.${fqdn} 0 0 1 tcp-25565.${fqdn}`);
    expect(planName(plan).intents).toEqual({ ipv4: "update", ipv6: "preserve" });
  });

  test("nothing exposed clears, or keeps where the user wants it", () => {
    expect(lines(input([], { published }))).toEqual([]);
    expect(lines(input([], { published, setting: { whenUnused: "keep" } }))).toHaveLength(5);
  });
});

test("whatever is exposed, only public addresses and existing targets are planned", () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.constantFrom("10.0.0.1", "100.64.0.1", "52.3.4.5"),
    fc.ipV6(),
  );
  const endpoint = fc.record({ address, port: fc.integer({ min: 1, max: 65_535 }) });
  const services = fc.array(
    fc.record({
      key: fc.integer({ min: 1, max: 5 }).map((port) => `tcp/${port}`),
      endpoints: fc.array(endpoint, { maxLength: 2 }),
      hint: fc.constantFrom(noHint, minecraft, web),
    }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(services, fc.constantFrom(everything, addressesOnly), (services, capabilities) => {
      const { rrsets } = planName(input(services, { capabilities }));
      const hosts = new Set<string>();
      const scopes = new Set<string>();
      for (const { name, data } of rrsets) {
        for (const one of data) {
          if ("address" in one) {
            hosts.add(name);
            scopes.add(addressScope(one.address));
          }
        }
      }
      const targets = rrsets.flatMap(({ data }) =>
        data.flatMap((one) => (one.type === "SRV" ? [one.target] : [])),
      );
      expect([...scopes].filter((scope) => scope !== "public")).toEqual([]);
      expect(targets.filter((target) => !hosts.has(target))).toEqual([]);
    }),
  );
});
