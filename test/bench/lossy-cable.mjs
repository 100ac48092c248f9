/** A cable that loses exactly one packet to the router: the next one of its kind. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const remove = "table inet bench {}\ndelete table inet bench\n";

/** Kinds of packets, as nft names them. */
export const packets = {
  /** PCP and NAT-PMP. */
  request: "udp dport 5351",
  /** The first of a TCP connection. */
  connection: "tcp dport 5000 tcp flags & (syn | ack) == syn",
  /** What is asked over it. */
  action: "tcp dport 5000 tcp flags & psh == psh",
};

/** @param {import("../lab/lab.mjs").Lab} lab @param {keyof typeof packets} kind */
export async function loseNext(lab, kind) {
  await nft(
    lab,
    `${remove}table inet bench {
  chain input {
    type filter hook input priority -150; policy accept;
    ${packets[kind]} limit rate 1/day burst 1 packets drop
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
