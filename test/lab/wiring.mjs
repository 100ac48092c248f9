/** Namespaces, cables and addresses of a lab, made from its description. */
import { ip, namespacesOf, sysctl } from "./namespaces.mjs";

/** @typedef {import("./topology.mjs").Topology} Topology */

/** No waiting for neighbours that have the same address: nobody has. */
const settings = ["net/ipv6/conf/default/accept_dad=0"];
const forwarding = ["net/ipv4/ip_forward=1", "net/ipv6/conf/all/forwarding=1"];

/**
 * Makes the namespaces of a lab and connects them.
 * @param {string} id
 * @param {Topology} topology
 */
export function connect(id, topology) {
  const namespace = (/** @type {string} */ place) => `${id}-${place}`;
  for (const place of placesOf(topology)) {
    ip(`netns add ${namespace(place)}`);
    // Before there are interfaces, which take them over.
    sysctl(namespace(place), [
      ...settings,
      ...(place in topology.routers ? forwarding : []),
      ...(topology.settings?.[place] ?? []),
    ]);
    ip("link set lo up", namespace(place));
  }
  for (const [index, { ends, faults, softwire }] of topology.segments.entries()) {
    const [first, second] = ends;
    if (softwire) makeSoftwire(namespace, ends);
    else if (ends.length > 2) makeSwitch(namespace(`switch${index}`), namespace, ends);
    else if (faults) makeBadCable(namespace(`cable${index}`), namespace, ends);
    else if (first && second) {
      const peer = `peer name ${first.device} netns ${namespace(first.place)}`;
      ip(`link add ${second.device} type veth ${peer}`, namespace(second.place));
    }
    for (const { place, device, addresses } of ends) {
      for (const address of addresses) ip(`address add ${address} dev ${device}`, namespace(place));
    }
    for (const { place, device } of ends) ip(`link set ${device} up`, namespace(place));
  }
  for (const [place, routes] of Object.entries(topology.routes)) {
    for (const route of routes) ip(`route add ${route}`, namespace(place));
  }
  for (const [place, rules] of Object.entries(topology.rules ?? {})) {
    for (const rule of rules) ip(`rule add ${rule}`, namespace(place));
  }
}

/**
 * The hosts; those that route stand last, as they shall be the last to go.
 * @param {Topology} topology
 */
export function placesOf({ segments, routers }) {
  const places = new Set(segments.flatMap(({ ends }) => ends.map(({ place }) => place)));
  return [...places].toSorted((a, b) => Number(a in routers) - Number(b in routers));
}

/**
 * Whether every host sees its cables plugged in: only then do programs find its addresses among the interfaces.
 * @param {string} id
 */
export function isPlugged(id) {
  return namespacesOf(id).every((namespace) => {
    const links = ip("link show type veth", namespace);
    return !links.includes(" state DOWN ") && !links.includes(" state LOWERLAYERDOWN ");
  });
}

/**
 * The addresses of a softwire's ends on the cable below, in their order; softwire.py joins them.
 * @param {number} end
 */
export function softwireAddresses(end) {
  const addresses = ["fd00:6333::1", "fd00:6333::2"];
  return { own: String(addresses[end]), other: String(addresses[1 - end]) };
}

/**
 * Takes one WAN address from a router and gives it another.
 * @param {string} namespace
 * @param {import("./topology.mjs").RouterDescription} router
 * @param {string} before @param {string} after
 */
export function replaceWanAddress(namespace, { wan, provider }, before, after) {
  // The default route goes with the only address, so it is set anew.
  ip(
    `address delete ${before}/24 dev ${wan}
     address add ${after}/24 dev ${wan}
     route replace default via ${provider} dev ${wan} onlink`,
    namespace,
  );
}

/**
 * @param {string} name of the switch's own namespace
 * @param {(place: string) => string} namespace
 * @param {readonly import("./topology.mjs").End[]} ends
 */
function makeSwitch(name, namespace, ends) {
  ip(`netns add ${name}`);
  const ports = ends.map(
    ({ place, device }, port) =>
      `link add port${port} type veth peer name ${device} netns ${namespace(place)}
       link set port${port} master bridge up`,
  );
  ip(
    `link add bridge type bridge stp_state 0 mcast_snooping 0
     ${ports.join("\n")}
     link set bridge up`,
    name,
  );
}

/**
 * A cable of IPv6 alone, and the devices of the tunnel through it.
 * @param {(place: string) => string} namespace
 * @param {readonly import("./topology.mjs").End[]} ends
 */
function makeSoftwire(namespace, [first, second]) {
  if (!first || !second) throw new Error("a softwire has two ends");
  const peer = `peer name line netns ${namespace(first.place)}`;
  ip(`link add line type veth ${peer}`, namespace(second.place));
  for (const [end, { place, device }] of [first, second].entries()) {
    ip(
      `address add ${softwireAddresses(end).own}/64 dev line
       link set line up
       tuntap add dev ${device} mode tun
       link set ${device} mtu 1460`,
      namespace(place),
    );
  }
}

/**
 * A cable of two halves, each with a tap for the user-mode Linux that joins them once it runs in the namespace.
 * @param {string} name of the cable's own namespace
 * @param {(place: string) => string} namespace
 * @param {readonly import("./topology.mjs").End[]} ends
 */
function makeBadCable(name, namespace, ends) {
  ip(`netns add ${name}`);
  // What did not come by the cable must not be on it.
  sysctl(name, ["net/ipv6/conf/default/disable_ipv6=1"]);
  const halves = ends.map(
    ({ place, device }, half) =>
      `link add half${half} type veth peer name ${device} netns ${namespace(place)}
       tuntap add tap${half} mode tap
       link add joint${half} type bridge stp_state 0 mcast_snooping 0
       link set half${half} master joint${half} up
       link set tap${half} master joint${half} up
       link set joint${half} up`,
  );
  ip(halves.join("\n"), name);
}
