/** Namespaces, cables and addresses of the lab. */
import { ip } from "./namespaces.mjs";

export const pcAddress = "192.168.77.10";
export const gatewayAddress = "192.168.77.1";
/** Public-looking, since miniupnpd refuses to map on a reserved address; routed nowhere outside. */
export const providerAddress = "52.3.4.1";
export const wanAddresses = ["52.3.4.5", "52.3.4.6", "52.3.4.7"];

/**
 * Makes the three namespaces of a lab and connects them: pc (eth0) — (lan) gw (wan) — (eth0) net.
 * @param {string} id
 */
export function connect(id) {
  const [pc, gw, net] = [`${id}-pc`, `${id}-gw`, `${id}-net`];
  ip(`netns add ${pc}
      netns add ${gw}
      netns add ${net}`);
  ip(
    `link set lo up
     link add lan type veth peer name eth0 netns ${pc}
     link add wan type veth peer name eth0 netns ${net}
     address add ${gatewayAddress}/24 dev lan
     address add ${wanAddresses[0]}/24 dev wan`,
    gw,
  );
  ip(
    `link set lo up
     address add ${pcAddress}/24 dev eth0
     link set eth0 up
     route add default via ${gatewayAddress}`,
    pc,
  );
  ip(
    `link set lo up
     address add ${providerAddress}/24 dev eth0
     link set eth0 up`,
    net,
  );
  // The router last: a cable whose near end comes up first is dead for a second more.
  ip(
    `link set lan up
     link set wan up
     route add default via ${providerAddress}`,
    gw,
  );
}

/**
 * Whether the PC sees its cable plugged in: only then do programs find its address among the interfaces.
 * @param {string} id
 */
export function isPlugged(id) {
  return ip("link show dev eth0", `${id}-pc`).includes(" state UP ");
}

/**
 * Takes one WAN address from the router and gives it another.
 * @param {string} id @param {string} before @param {string} after
 */
export function replaceWanAddress(id, before, after) {
  // The default route goes with the only address, so it is set anew.
  ip(
    `address delete ${before}/24 dev wan
     address add ${after}/24 dev wan
     route replace default via ${providerAddress}`,
    `${id}-gw`,
  );
}
