/** From a change of address and port to the authoritative answer, beside nsupdate; and a pass over many names. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../../main/engine/ddns/lookup/resolver.ts";
import { type NamedExposure, Names } from "../../main/engine/ddns/names.ts";
import { nodeNamesNetwork } from "../../main/engine/system/node-names-network.ts";
import { SessionSecretStore } from "../../main/engine/ddns/secret-store.ts";
import { nodeNetwork } from "../../main/engine/system/node-network.ts";
import { systemClock, systemRandom } from "../../main/engine/system/system-environment.ts";
import { accountSchema, nameSchema } from "../../shared/settings.ts";
import { startBind } from "../dns/bind.ts";
import { formatBindKey, labKey } from "../dns/keys.ts";
import { silentLog } from "../fixtures/environment.ts";

const zone = "home.example";
const key = labKey("bench");

export interface NameFigures {
  /** Milliseconds, one a round. */
  readonly homeport: readonly number[];
  readonly nsupdate: readonly number[];
  /** Milliseconds until all of `names` are answered, in one pass. */
  readonly many: number;
  readonly names: number;
}

export async function benchNames(rounds: number, count: number): Promise<NameFigures> {
  const bind = await startBind({ zone, keys: [key] });
  const directory = mkdtempSync(join(tmpdir(), "homeport-bench-"));
  const environment = {
    clock: systemClock,
    random: systemRandom,
    network: nodeNetwork,
    log: silentLog,
  };
  const network = nodeNamesNetwork();
  const secrets = new SessionSecretStore();
  await secrets.write("bind", formatBindKey(key));
  const names = new Names({
    environment,
    network,
    secrets,
    bookPath: join(directory, "names.json"),
    onChange: () => undefined,
    settle: { quiet: 0, most: 0 },
  });
  names.load();
  const account = accountSchema.parse({
    id: "bind",
    provider: "dns-update",
    server: `${bind.address}:${bind.port}`,
  });
  const exposed = (address: string, port: number): NamedExposure => ({
    key: "tcp/25565",
    endpoints: [{ address, port }],
    hint: { srv: "_minecraft._tcp", defaultPort: 25_565, scheme: null },
  });
  const answered = async (name: string, port: number): Promise<void> => {
    for (;;) {
      const outcome = await ask({ environment, network }, bind, name, "SRV", false);
      const data = outcome.kind === "answer" ? outcome.answer.data : [];
      if (data.some((one) => one.type === "SRV" && one.port === port)) return;
    }
  };
  try {
    const settings = (labels: readonly string[]) => ({
      accounts: [account],
      names: labels.map((label) => nameSchema.parse({ fqdn: `${label}.${zone}`, account: "bind" })),
    });
    const owner = `_minecraft._tcp.play.${zone}`;
    names.configure(settings(["play"]));
    names.exposures([exposed("52.3.4.1", 1000)]);
    await answered(owner, 1000);
    const homeport: number[] = [];
    const nsupdate: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      // The look at the servers after the last change is over by then.
      await delay(100);
      const start = performance.now();
      names.exposures([exposed(`52.3.4.${round + 1}`, 1000 + round)]);
      await answered(owner, 1000 + round);
      homeport.push(performance.now() - start);
      const begin = performance.now();
      bind.nsupdate(key, [
        `update delete peer.${zone} A`,
        `update add peer.${zone} 60 A 52.3.4.${round + 1}`,
        `update delete _minecraft._tcp.peer.${zone} SRV`,
        `update add _minecraft._tcp.peer.${zone} 60 SRV 0 0 ${1000 + round} peer.${zone}`,
      ]);
      await answered(`_minecraft._tcp.peer.${zone}`, 1000 + round);
      nsupdate.push(performance.now() - begin);
    }
    const labels = Array.from({ length: count }, (_, index) => `n${index}`);
    const start = performance.now();
    names.configure(settings(["play", ...labels]));
    for (const label of labels) await answered(`_minecraft._tcp.${label}.${zone}`, 1000 + rounds);
    const many = performance.now() - start;
    return { homeport, nsupdate, many, names: count };
  } finally {
    names.close();
    await bind.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
