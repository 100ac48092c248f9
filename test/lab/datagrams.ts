/** Counts what the PC sends to mapping services, by its own packet filter. */
import type { Lab } from "./lab.mjs";

const rules = `table inet counting {
  counter datagrams {}
  chain output {
    type filter hook output priority 0;
    udp dport { 5351, 1900 } counter name datagrams
  }
}`;

/** Begins to count; the answer tells the number of datagrams so far. */
export async function countDatagrams(lab: Lab): Promise<() => Promise<number>> {
  await lab.exec("pc", "nft", [rules]);
  return async () => {
    const words = ["-j", "list", "counter", "inet", "counting", "datagrams"];
    const { stdout } = await lab.exec("pc", "nft", words);
    return Number(/"packets": (\d+)/.exec(stdout)?.[1]);
  };
}
