/** PCP and NAT-PMP. */
import {
  decodeNatPmpRequest,
  decodeNatPmpResponse,
  encodeNatPmpRequest,
  encodeNatPmpResponse,
  type NatPmpRequest,
} from "../../../main/engine/gateway/natpmp/codec.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeErrorResponse,
  encodeRequest,
  encodeResponse,
} from "../../../main/engine/gateway/pcp/codec.ts";
import type { Body } from "../../../main/engine/gateway/pcp/messages.ts";
import type { Option } from "../../../main/engine/gateway/pcp/options.ts";
import type { Target } from "../target.ts";
import { claim, claimAddress, claimSame, orRefusal } from "./claims.ts";
import { fromHex } from "./text.ts";

const nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const fields = {
  nonce,
  protocol: 6,
  internalPort: 25_565,
  externalPort: 25_565,
  externalAddress: "203.0.113.7",
};
const bodies: readonly Body[] = [
  { opcode: "announce" },
  { opcode: "map", ...fields },
  { opcode: "map", ...fields, protocol: 17, externalAddress: "2001:db8::1" },
  { opcode: "peer", ...fields, remotePort: 443, remoteAddress: "198.51.100.1" },
  { opcode: "opaque", code: 3, data: Uint8Array.of(1, 2, 3, 4) },
];
const options: readonly Option[] = [
  { name: "third-party", address: "192.168.1.9" },
  { name: "prefer-failure" },
  { name: "filter", prefixLength: 120, remotePort: 80, remoteAddress: "198.51.100.0" },
  { name: "port-set", size: 3, firstInternalPort: 27_015, parity: false },
  { name: "unknown", code: 131, data: Uint8Array.of(1, 2, 3, 4, 5) },
];

/** A datagram that is longer than PCP allows has to be refused too. */
const maxLength = 2048;

const pcpResponse: Target = {
  name: "pcp-response",
  share: 14,
  maxLength,
  seeds: bodies.flatMap((body) => [
    encodeResponse({ body, result: 0, lifetime: 3600, epoch: 77, options }),
    encodeResponse({ body, result: 8, lifetime: 30, epoch: 77, options: [] }),
  ]),
  run: (input) => {
    const decoded = decodeResponse(input);
    if (decoded.kind !== "response") return;
    const encoded = encodeResponse(decoded.response);
    claim(encoded.length <= input.length, "nothing grows");
    claimSame(decoded, decodeResponse(encoded));
    const { body } = decoded.response;
    if ("externalAddress" in body) claimAddress(body.externalAddress);
  },
};

const pcpRequest: Target = {
  name: "pcp-request",
  share: 10,
  maxLength,
  seeds: bodies.map((body) =>
    encodeRequest({ body, lifetime: 7200, clientAddress: "192.168.1.5", options }),
  ),
  run: (input) => {
    const error = encodeErrorResponse(input, { result: 3, lifetime: 30, epoch: 1 });
    claim(error.length <= 1100 && error.length % 4 === 0, "an error is a PCP message");
    claim(decodeResponse(error).kind === "response", "an error is a response");
    const decoded = decodeRequest(input);
    if (decoded.kind !== "request") return;
    claimAddress(decoded.request.clientAddress);
    claimSame(decoded, decodeRequest(encodeRequest(decoded.request)));
  },
};

const natPmp: Target = {
  name: "natpmp",
  share: 14,
  maxLength: 128,
  seeds: [
    "0000",
    "0001 0000 1b58 1b59 00001c20",
    "00 80 0000 000000ba 34030405",
    "00 82 0000 00000005 1b58 1b59 00001c20",
    "00 81 0004 00000005 1b58 0000 00000000",
    "00 82 0002 00000005",
    "00 80 0003",
    "00 ff 0005 00000005",
    "02 80 00 01 00000000",
  ].map(fromHex),
  run: (input) => {
    const request = decodeNatPmpRequest(input);
    const sent = request && orRefusal(() => encodeNatPmpRequest(request), RangeError);
    if (sent === null) claim(request === null || isForAll(request), "only port 0 is refused");
    else claimSame(request, decodeNatPmpRequest(sent));
    const decoded = decodeNatPmpResponse(input);
    if (decoded.kind !== "response") return;
    const again = decodeNatPmpResponse(encodeNatPmpResponse(decoded.response));
    claim(again.kind === "response", "a response stays one");
    if (decoded.response.kind === "address") claimAddress(decoded.response.externalAddress);
    if (decoded.response.kind !== "error") claimSame(decoded, again);
    else {
      claim(again.response.kind === "error", "an error stays one");
      claimSame(decoded.response.result, again.response.result);
      claimSame(decoded.response.to, again.response.to);
    }
  },
};

/** Port 0 stands for all of the PC's mappings (RFC 6886 §3.4). */
function isForAll(request: NatPmpRequest): boolean {
  return request.kind === "map" && request.internalPort === 0;
}

export const portControlTargets: readonly Target[] = [pcpResponse, pcpRequest, natPmp];
