/** Which protocol is used where one of them cannot keep strangers out. */
import { expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { wish } from "../../../test/gateway/pcp-world.ts";
import { GrantingGateway } from "../../../test/gateway/granting-gateway.ts";
import { MapperChoice } from "./mapper-choice.ts";
import type { LeaseRequest } from "./port-mapper.ts";
import { isLimited, sourcesRefusal } from "./sources-refusal.ts";
import { needOf } from "./special-need.ts";

class OpenGateway extends GrantingGateway {
  override map(request: LeaseRequest) {
    return isLimited(request) ? Promise.resolve(sourcesRefusal("scripted")) : super.map(request);
  }
}

const never = new AbortController().signal;
const limited = wish({ sources: ["198.51.100.7"] });

async function choice() {
  const environment = simulatedEnvironment();
  const verdicts: string[] = [];
  const chosen = new MapperChoice({
    environment,
    mappers: [new OpenGateway({ protocol: "pcp" }), new GrantingGateway({ protocol: "upnp" })],
    history: () => "none",
    onVerdict: (protocol, verdict) => verdicts.push(`${protocol} ${verdict}`),
    onChange: () => undefined,
  });
  chosen.check();
  await environment.clock.advance(10);
  const map = async (request: LeaseRequest): Promise<string | undefined> => {
    const need = needOf(request);
    const mapper = need === null ? chosen.mapper : chosen.mapperFor(need);
    const outcome = await mapper?.map(request, never);
    await environment.clock.advance(10);
    return outcome?.kind === "refused" ? outcome.problem.code : outcome?.kind;
  };
  return { chosen, map, verdicts };
}

test("the next one that can is taken for those alone, and the first serves the rest", async () => {
  const { chosen, map, verdicts } = await choice();
  expect(await map(wish())).toBe("granted");
  expect(chosen.mapperFor("one-visitor")?.protocol).toBe("pcp");
  expect(await map(limited)).toBe("sources-unsupported");
  expect(chosen.mapperFor("one-visitor")?.protocol).toBe("upnp");
  expect(await map(limited)).toBe("granted");
  expect(chosen.mapper?.protocol).toBe("pcp");
  expect(verdicts).toEqual(["pcp grants", "upnp grants"]);
  chosen.close();
});

test("what refuses several visitors may let in one", async () => {
  const { chosen, map } = await choice();
  const several = wish({ sources: ["198.51.100.7", "198.51.100.8"] });
  expect(await map(several)).toBe("sources-unsupported");
  expect(chosen.mapperFor("some-visitors")?.protocol).toBe("upnp");
  expect(chosen.mapperFor("one-visitor")?.protocol).toBe("pcp");
  chosen.close();
});
