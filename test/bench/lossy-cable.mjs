/** A cable that loses exactly one datagram to the router's port 5351: the next one that comes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const remove = "table inet bench {}\ndelete table inet bench\n";

/** @param {import("../lab/lab.mjs").Lab} lab */
export async function loseNextRequest(lab) {
  await nft(
    lab,
    `${remove}table inet bench {
  chain input {
    type filter hook input priority -150; policy accept;
    udp dport 5351 limit rate 1/day burst 1 packets drop
  }
}
`,
  );
}

/** The router hears nothing of any protocol, and refuses nothing. @param {import("../lab/lab.mjs").Lab} lab */
export async function loseEverything(lab) {
  await nft(
    lab,
    `${remove}table inet bench {
  chain input {
    type filter hook input priority -150; policy accept;
    udp dport { 5351, 1900 } drop
    tcp dport 5000 drop
  }
}
`,
  );
}

/** @param {import("../lab/lab.mjs").Lab} lab */
export async function loseNothing(lab) {
  await nft(lab, remove);
}

/** @param {import("../lab/lab.mjs").Lab} lab @param {string} rules */
async function nft(lab, rules) {
  const file = join(lab.directory, "bench.nft");
  writeFileSync(file, rules);
  await lab.exec("gw", "nft", ["-f", file]);
}
