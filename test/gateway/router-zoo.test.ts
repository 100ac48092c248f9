/** One click at each router of the zoo: what it comes to, and that nobody else's entry is touched. */
import { describe, expect, test } from "vitest";
import { hardToFind } from "./zoo/discovery.ts";
import { oddIpv6 } from "./zoo/ipv6.ts";
import { oddMapping } from "./zoo/mapping.ts";
import { oddPcp } from "./zoo/pcp.ts";
import { minecraft, type Router } from "./zoo/router.ts";
import { outcomeOf, ZooWorld } from "./zoo/world.ts";

/** Datagrams until it is known what a router speaks, where it answers an ordinary search (docs/gateways.md). */
const BUDGET = 6;

const groups: readonly (readonly [string, readonly Router[]])[] = [
  ["Hard to find", hardToFind],
  ["Odd mapping by UPnP", oddMapping],
  ["Odd PCP and NAT-PMP", oddPcp],
  ["Odd IPv6", oddIpv6],
];

describe.each(groups)("%s", (_name, routers) => {
  test.each(routers.map((router) => [`${router.name}: ${router.quirk}`, router] as const))(
    "%s",
    async (_title, router) => {
      const world = new ZooWorld();
      router.prepare(world);
      const intents = router.intents ?? [minecraft];
      await world.expose(intents, router.byHand);
      expect(world.exposures.map(outcomeOf)).toEqual(intents.map(() => router.outcome));
      const { ipv4, ipv6 } = world.spent;
      expect((ipv4 ?? Number.NaN) > BUDGET).toBe(router.unheard ?? false);
      expect(ipv6 ?? 0).toBeLessThanOrEqual(BUDGET);
      expect(world.foreignUntouched).toBe(true);
      await router.later?.(world);
      const after = router.outcomeAfter ?? router.outcome;
      expect(world.exposures.map(outcomeOf)).toEqual(intents.map(() => after));
      await world.withdraw();
      expect(world.exposures).toEqual([]);
      expect(world.left).toBe(router.left ?? 0);
      expect(world.foreignUntouched).toBe(true);
    },
  );

  test.each(routers.map((router) => [router.name, router] as const))(
    "%s, where another host holds the wished ports",
    async (_title, router) => {
      const world = new ZooWorld();
      router.prepare(world);
      const intents = router.intents ?? [minecraft];
      await world.occupy(intents);
      await world.expose(intents, router.byHand);
      for (const { endpoint, internalPort } of world.exposures) {
        expect(endpoint?.port).not.toBe(internalPort);
      }
      expect(world.foreignUntouched).toBe(true);
      await world.withdraw();
      expect(world.left).toBe(router.left ?? 0);
      expect(world.foreignUntouched).toBe(true);
    },
  );
});

test("the table in the documentation is this one", async () => {
  const routers = groups.flatMap(([, all]) => all);
  for (const router of routers) datagrams.set(router, await datagramsTo(router));
  const lines = routers.map(
    (router) =>
      `${router.name}: ${router.quirk}\n    ${outcomesOf(router)}; ${datagrams.get(router)} datagrams to a verdict`,
  );
  console.log([`${routers.length} routers`, ...lines].join("\n"));
  expect(routers.length).toBeGreaterThanOrEqual(60);
  await expect(documentation()).toMatchFileSnapshot("../../docs/router-zoo.md");
});

/** What went to each router until it was known what it speaks. */
const datagrams = new Map<Router, string>();

async function datagramsTo(router: Router): Promise<string> {
  const world = new ZooWorld();
  router.prepare(world);
  await world.expose(router.intents ?? [minecraft], router.byHand);
  const { ipv4, ipv6 } = world.spent;
  world.crash();
  return ipv6 === null ? String(ipv4) : `${ipv4}, over IPv6 ${ipv6}`;
}

function documentation(): string {
  const parts = groups.map(([title, routers]) => `## ${title}\n\n${table(routers)}`);
  return `# Router zoo

Routers with a quirk that somebody met, rebuilt as scripts from what the threads say. Each is a test
(\`test/gateway/zoo\`): one click on Expose for TCP 25565 comes to the outcome given here, withdrawing leaves nothing
behind, and the entries of others stay untouched, also where another host holds the wished port already. None of them
was tried on the router itself. "Datagrams" are those that went to the router until it was known what it speaks, of all
protocols together: at most six wherever it answers an ordinary search ([gateways.md](gateways.md)). Where a thread
does not show what is on the wire, the row says what was taken for it.

Not here, since nothing on the wire tells it from a router that works: the ARRIS TG1682G, which lists a rule and lets
nobody in until its firewall is loaded anew ([alanmcgovern/Mono.Nat#37](https://github.com/alanmcgovern/Mono.Nat/issues/37)).
Only a visitor from outside finds that out.

${parts.join("\n\n")}
`;
}

function table(routers: readonly Router[]): string {
  const rows = routers.map((router) => {
    const threads = router.threads.map((url) => `[${shortName(url)}](${url})`);
    const spent = datagrams.get(router) ?? "";
    return [router.name, router.quirk, outcomesOf(router), spent, threads.join(", ")];
  });
  const head = ["Router", "Quirk", "Outcome", "Datagrams", "Threads"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const rule = widths.map((width) => "-".repeat(width));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [head, rule, ...rows].map(line).join("\n");
}

function outcomesOf({ outcome, outcomeAfter }: Router): string {
  return outcomeAfter === undefined ? outcome : `${outcome}; then ${outcomeAfter}`;
}

/** `https://github.com/owner/name/issues/1` as `owner/name#1`. */
function shortName(url: string): string {
  const [owner, name, , number] = url.split("/").slice(3);
  return number === undefined ? `${owner}/${name}` : `${owner}/${name}#${number}`;
}
