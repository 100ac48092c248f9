/** A router that hangs: its default route stays, and it answers nothing and forwards nothing. */
import { expect } from "vitest";
import { secondAddress, secondRouterAddress } from "./further-topologies.mjs";
import { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import type { HomePc } from "./use-lab.ts";

/** Before all that the router does otherwise. */
const hang = `table inet hanging {
  chain input { type filter hook input priority -200; drop; }
  chain output { type filter hook output priority -200; drop; }
  chain forward { type filter hook forward priority -200; drop; }
}`;
/** Milliseconds: what the app promises, and some for the other router's answer. */
const NOTICED = 80_000;
/** Milliseconds for which it has to answer before it is used again, and those until it does. */
const PROBATION = 90_000;
const BACK = PROBATION + 15_000;

/** On two connections: the other router serves meanwhile. Resolves to what a visitor is served at the end. */
export async function leaveHangingRouter(home: HomePc): Promise<string> {
  const { lab } = home;
  await home.serve("tcp", 8080, "the page");
  const homeport = home.start("--expose", "tcp/8080");
  const rule = { transport: "tcp", externalPort: 8080, toAddress: Lab.pcAddress, toPort: 8080 };
  const servedBy = (address: string, patience?: number) =>
    homeport.now(
      `${address} is the endpoint`,
      ({ exposures }) => exposures[0]?.endpoint?.address === address,
      patience,
    );
  await servedBy("52.3.4.5");
  expect(await lab.router("gw2").dnat()).toEqual([]);

  const hanging = performance.now();
  await lab.exec("gw", "nft", [hang]);
  const left = await servedBy("52.3.8.5", NOTICED);
  console.log(`left a router that hangs after ${Math.round(performance.now() - hanging)} ms`);
  expect(left.exposures).toMatchObject([{ state: "mapped", error: null }]);
  expect(left.gateways).toContainEqual(
    expect.objectContaining({ address: secondRouterAddress, state: "answering" }),
  );
  const { stdout } = await lab.exec("pc", "ip", ["route", "show", "default"]);
  expect(stdout.split("\n")[0]).toContain(`via ${Lab.gatewayAddress} `);
  expect(await lab.router("gw2").dnat()).toEqual([{ ...rule, toAddress: secondAddress }]);
  expect((await lab.visit("http://52.3.8.5:8080/")).body).toBe("the page");

  await lab.exec("gw", "nft", ["delete table inet hanging"]);
  await lab.restartGateway({ forget: true });
  const back = performance.now();
  await servedBy("52.3.4.5", BACK);
  const waited = performance.now() - back;
  console.log(`gone back to it ${Math.round(waited)} ms after it answers again`);
  expect(waited).toBeGreaterThan(PROBATION - 5000);
  expect(await lab.dnat()).toEqual([rule]);
  const isClosed = async () => (await lab.router("gw2").dnat()).length === 0;
  await until("the other's port is closed", isClosed);
  return (await lab.visit("http://52.3.4.5:8080/")).body;
}
