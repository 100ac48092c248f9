/** What a STUN server, or whoever forges it, sends. */
import ipaddr from "ipaddr.js";
import { decodeBindingResponse } from "../../../main/engine/observe/stun/codec.ts";
import {
  attribute,
  errorCode,
  mappedAddress,
  stunMessage,
  xorMappedAddress,
} from "../../fixtures/stun-messages.ts";
import type { Target } from "../target.ts";
import { claim, claimAddress, claimPort, claimSame } from "./claims.ts";

const transactionId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const software = attribute(0x8022, [...Buffer.from("None")]);
const messages: readonly (readonly Uint8Array[])[] = [
  [xorMappedAddress("52.3.4.5", 49_152, transactionId), software],
  [mappedAddress("52.3.4.5", 49_152)],
  [xorMappedAddress("2001:db8::1", 49_152, transactionId), attribute(0x0008, new Uint8Array(20))],
  [attribute(0x0004, [0, 1, 13, 150, 52, 3, 4, 1]), mappedAddress("::ffff:52.3.4.5", 1)],
];

const stunResponse: Target = {
  name: "stun-response",
  maxLength: 1600,
  seeds: [
    ...messages.flatMap((attributes) => [
      stunMessage({ transactionId, attributes }),
      stunMessage({ transactionId, attributes, fingerprint: true }),
    ]),
    stunMessage({ type: "error", transactionId, attributes: [errorCode(420), software] }),
  ],
  run: (input) => {
    const decoded = decodeBindingResponse(input);
    if (decoded.kind !== "response") return;
    claim(input.length <= 1500 && input.length % 4 === 0, "an answer is a STUN message");
    claimSame(decoded.transactionId, Uint8Array.from(input.subarray(8, 20)));
    const { answer } = decoded;
    if (answer.kind === "error") claim(answer.code >= 300 && answer.code < 700, "a code is one");
    if (answer.kind !== "mapped") return;
    const { address, port } = answer.mapped;
    claimAddress(address);
    claim(ipaddr.process(address).toString() === address, "IPv4 is called so");
    claimPort(port);
    const again = stunMessage({
      transactionId: decoded.transactionId,
      attributes: [xorMappedAddress(address, port, decoded.transactionId)],
      fingerprint: true,
    });
    claimSame(decodeBindingResponse(again), decoded);
  },
};

export const observeTargets: readonly Target[] = [stunResponse];
