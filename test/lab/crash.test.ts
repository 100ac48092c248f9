/** What is left on the router when the engine dies without a word, and what its next run makes of it. */
import { describe, expect, test } from "vitest";
import { leasesIn } from "../fixtures/lease-file.ts";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

describe.skipIf(noLab)(`after a crash${whyNoLab}`, () => {
  const home = useLab();

  test("the next run adopts the mapping: same nonce, same external port, no second one", async () => {
    await home.serve("tcp", 8080, "the page");
    // Another external port than the internal one, which a run that knew nothing would ask for.
    const first = home.start("--expose", "tcp/8080=18080");
    const before = await first.mapped("tcp", 8080);
    const [lease] = leasesIn(home.dataDirectory);
    const rules = await home.lab.dnat();
    expect(rules).toHaveLength(1);

    await first.kill();
    expect(await home.lab.dnat()).toEqual(rules);

    const second = home.start("--expose", "tcp/8080");
    const after = await second.mapped("tcp", 8080);
    expect(after.endpoint).toEqual(before.endpoint);
    expect(leasesIn(home.dataDirectory)).toMatchObject([
      { nonce: lease?.nonce, externalPort: 18080 },
    ]);
    expect(await home.lab.dnat()).toEqual(rules);
    const { body } = await home.lab.visit(`http://${after.endpoint.address}:18080/`);
    expect(body).toBe("the page");

    second.signal("SIGTERM");
    expect(await second.ended).toEqual({ code: 0, signal: null });
    expect(await home.lab.dnat()).toEqual([]);
  });

  test("a run that no longer wants the mapping removes it", async () => {
    const first = home.start("--expose", "tcp/8080", "--expose", "udp/9000");
    await first.mapped("tcp", 8080);
    await first.mapped("udp", 9000);
    await first.kill();
    expect(await home.lab.dnat()).toHaveLength(2);

    const second = home.start("--expose", "udp/9000");
    await second.mapped("udp", 9000);
    await second.now("the other is gone", ({ exposures }) => exposures.length === 1);
    expect(await home.lab.dnat()).toMatchObject([{ transport: "udp", externalPort: 9000 }]);
  });
});
