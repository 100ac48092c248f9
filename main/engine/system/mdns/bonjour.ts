/** `Browsing` by bonjour-service. */
import { Bonjour, type ServiceConfig } from "bonjour-service";
import type { Clock, Lan, Logger } from "../../environment.ts";
import { decodeMessage } from "../../ddns/wire/message.ts";
import { isOnLink } from "../../addresses.ts";
import type { Publishing } from "../../beacon/beacon.ts";
import type { Browsing } from "../../recognise/mdns/announcements.ts";
import { openGuardedSocket } from "./guarded-socket.ts";

/** RFC 6762 §3. */
const mdnsPort = 5353;

export interface OpenBonjourOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly lan: Pick<Lan, "localAddresses">;
  /** Where it listens, if not on mDNS's own port. */
  readonly port?: number;
  /** Our address on the one network to ask in, if not the system's choice. */
  readonly address?: string;
}

export async function openBonjour(settings: OpenBonjourOptions): Promise<Browsing & Publishing> {
  const { clock, log, lan, port = mdnsPort, address } = settings;
  const socket = await openGuardedSocket({
    clock,
    port,
    // Our own reader has bounds that the library's lacks: a name of thousands of pointers takes it milliseconds.
    accepts: (from, datagram) =>
      isOnLink(from, lan.localAddresses()) && decodeMessage(datagram).kind === "message",
    onTrouble: (why) => log.debug("trouble with an announcement", { why }),
  });
  // Options of the library beneath, which the types do not know. The socket is bound already.
  const options = {
    socket,
    bind: false,
    ...(address && { interface: address }),
  } as unknown as Partial<ServiceConfig>;
  const bonjour = new Bonjour(options, (error: unknown) =>
    log.debug("a question to the network was not sent", { why: String(error) }),
  );
  // It joins the multicast groups when told that its socket listens.
  socket.emit("listening");
  return {
    browse: (type, protocol, onChange) => {
      const browser = bonjour.find({ type, protocol });
      for (const event of ["up", "down", "txt-update", "srv-update"] as const) {
        browser.on(event, onChange);
      }
      return browser;
    },
    // Without asking first whether the name is taken: the library tells that to standard output.
    publish: (service) => void bonjour.publish({ ...service, probe: false }),
    close: () =>
      new Promise((resolve) => {
        bonjour.unpublishAll(() => bonjour.destroy(resolve));
      }),
  };
}
