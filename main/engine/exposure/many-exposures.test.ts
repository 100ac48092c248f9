/** What hundreds of exposures at once cost: changes that come together are looked at once. */
import { expect, test } from "vitest";
import { problem } from "../../../shared/problems.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { newBookPath, startExposures } from "../../../test/fixtures/simulated-exposures.ts";
import { GrantingGateway } from "../../../test/gateway/granting-gateway.ts";

const COUNT = 40;

function world() {
  const environment = simulatedEnvironment();
  const { clock } = environment;
  let looks = 0;
  const exposures = startExposures(environment, newBookPath(), {
    onChange: () => (looks += 1),
    closeAfter: () => 0,
  });
  const wantAll = (): void => {
    for (let at = 0; at < COUNT; at += 1) {
      exposures.want({ transport: "tcp", internalPort: 8000 + at, externalPort: null });
    }
  };
  /** How often everything was looked at meanwhile. */
  const looksDuring = (task: () => void): number => {
    const before = looks;
    task();
    return looks - before;
  };
  return { clock, exposures, wantAll, looksDuring };
}

test("a start, another gateway, its lost state, a silence: each is one look, however many there are", async () => {
  const { clock, exposures, wantAll, looksDuring } = world();
  const gateway = new GrantingGateway();
  expect(looksDuring(() => exposures.together(wantAll))).toBe(1);
  expect(looksDuring(() => exposures.attach(gateway.link, null))).toBe(1);
  await clock.advance(1000);
  expect(gateway.mappings).toHaveLength(COUNT);
  expect(looksDuring(() => exposures.attach(gateway.link, problem("no-response")))).toBe(1);
  expect(looksDuring(() => exposures.stateLost())).toBe(1);
  await clock.advance(1000);
  expect(gateway.asked).toHaveLength(2 * COUNT);
  expect(looksDuring(() => exposures.check())).toBe(1);
  expect(looksDuring(() => exposures.look())).toBe(1);
  await clock.advance(1000);
  expect(gateway.asked).toHaveLength(3 * COUNT);
});

test("what fails in between is told, and the rest is looked at all the same", () => {
  const { exposures, wantAll, looksDuring } = world();
  const broken = (): void =>
    exposures.together(() => {
      wantAll();
      throw new Error("broken");
    });
  expect(() => broken()).toThrow("broken");
  expect(looksDuring(() => exposures.look())).toBe(1);
});
