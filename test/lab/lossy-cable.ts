/** Three real minutes on a cable that loses, doubles and reorders. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { MappingProtocol, Snapshot } from "../../shared/snapshot.ts";
import { countDatagrams } from "./datagrams.ts";
import { until } from "./until.mjs";
import type { HomePc } from "./use-lab.ts";

const MINUTE = 60_000;
/**
 * Seconds of a lease: so short that renewals begin within the three minutes, and so long that no five of them in a row
 * have to get through by then, of which each does with a probability of a half.
 */
export const LEASE = 240;
const ports = [8080, 8081, 8082, 8083];

/** All mappings come up, but with NAT-PMP those of both families, and stay up; prints what it took. Resolves to what a visitor is served at the end. */
export async function threeMinutesOfLoss(home: HomePc, protocol: MappingProtocol): Promise<string> {
  const { lab } = home;
  const router = lab.router();
  // NAT-PMP opens no firewall.
  const both = protocol !== "nat-pmp";
  // Where it is open over IPv6 first, that is the endpoint for a while.
  const isOpen = (snapshot: Snapshot | null): boolean =>
    snapshot?.exposures.filter(
      ({ endpoint, ipv6 }) =>
        endpoint?.address === "52.3.4.5" && (!both || ipv6?.state === "mapped"),
    ).length === ports.length;
  const pinholes = both ? ports.length : 0;
  const datagrams = await countDatagrams(lab);
  for (const port of ports) await home.serve("tcp", port, "the page", "::");
  const begun = performance.now();
  const homeport = home.start(...ports.flatMap((port) => ["--expose", `tcp/${port}`]));
  await homeport.now("all is open", isOpen, 3 * MINUTE);
  const up = Math.round(performance.now() - begun);
  console.log(
    `${protocol}: ${ports.length} mappings and ${pinholes} pinholes up on a bad cable after ${up} ms`,
  );

  const standing = await lab.dnat();
  expect(standing).toHaveLength(ports.length);
  const standing6 = await router.pinholes();
  expect(standing6).toHaveLength(pinholes);
  while (performance.now() - begun < 3 * MINUTE) {
    expect(await lab.dnat()).toEqual(expect.arrayContaining([...standing]));
    expect(await router.pinholes()).toEqual(expect.arrayContaining([...standing6]));
    await delay(1000);
  }
  const states = homeport.latest?.exposures.map(({ state }) => state);
  expect(states).toEqual(ports.map(() => "mapped"));
  expect(isOpen(homeport.latest)).toBe(true);
  const visit = () => lab.visit("http://52.3.4.5:8080/").catch(() => null);
  const { body } = await until("a visitor gets through", visit, MINUTE);
  console.log(
    `${protocol}: ${await datagrams()} datagrams to the router in three minutes for ${ports.length} mappings and ${pinholes} pinholes of ${LEASE} s`,
  );
  return body;
}
