import { describe, expect, test } from "vitest";
import { decodeResponse, encodeRequest } from "../engine/gateway/pcp/codec.ts";
import type { MapBody, Request, Response } from "../engine/gateway/pcp/messages.ts";
import { resultCodes as result } from "../engine/gateway/pcp/result-codes.ts";
import { PcpServer } from "./pcp-server.ts";

const client = { address: "192.0.2.10", port: 4000 };
const body: MapBody = {
  opcode: "map",
  nonce: new Uint8Array(12).fill(7),
  protocol: 6,
  internalPort: 80,
  externalPort: 8080,
  externalAddress: "0.0.0.0",
};
const request: Request = { body, lifetime: 600, clientAddress: client.address, options: [] };

const everything = new Set(["third-party", "filter", "port-set"] as const);

function start(taken: readonly number[] = [], knows?: typeof everything) {
  const closed: number[] = [];
  const server = new PcpServer({
    externalAddress: "203.0.113.7",
    startedAt: 0,
    maximumMappings: 2,
    ...(knows && { knows }),
    openPort: async ({ suggestedPort, exact }) => {
      if (exact && taken.includes(suggestedPort)) return null;
      const externalPort = taken.includes(suggestedPort) ? 40_000 : suggestedPort;
      return { externalPort, close: () => closed.push(externalPort) };
    },
  });
  const ask = async (bytes: Uint8Array, now = 0, from = client): Promise<Response> => {
    const reply = await server.handle(bytes, from, now);
    const decoded = decodeResponse(reply ?? new Uint8Array());
    if (decoded.kind !== "response") throw new Error(`answered ${decoded.kind}`);
    return decoded.response;
  };
  const map = (changes: Partial<Request>, now = 0, fields: Partial<MapBody> = {}) =>
    ask(encodeRequest({ ...request, body: { ...body, ...fields }, ...changes }), now);
  return { server, closed, ask, map };
}

describe("PcpServer", () => {
  test("grants within its lifetimes, and tells its epoch", async () => {
    const { map } = start();
    const fields = { externalPort: 8080, externalAddress: "203.0.113.7" };
    expect(await map({}, 5000)).toMatchObject({ lifetime: 600, epoch: 5, body: fields });
    expect(await map({ lifetime: 1 })).toMatchObject({ lifetime: 30 });
    expect(await map({ lifetime: 1e6 })).toMatchObject({ lifetime: 7200 });
  });

  test("a renewal keeps port and mapping; the end closes it once", async () => {
    const { server, closed, map } = start([8080]);
    expect(await map({})).toMatchObject({ body: { externalPort: 40_000 } });
    expect(await map({}, 500_000)).toMatchObject({ body: { externalPort: 40_000 } });
    server.expire(1_099_999);
    expect(closed).toEqual([]);
    server.expire(1_100_000);
    expect(closed).toEqual([40_000]);
  });

  test("deletes for the right nonce alone; what is absent is deleted already", async () => {
    const { server, closed, map } = start();
    expect(await map({ lifetime: 0 })).toMatchObject({ result: result.SUCCESS, lifetime: 0 });
    await map({});
    const other = { nonce: new Uint8Array(12) };
    const refused = { result: result.NOT_AUTHORIZED, lifetime: 500 };
    expect(await map({ lifetime: 0 }, 100_000, other)).toMatchObject(refused);
    expect(await map({}, 100_000, other)).toMatchObject(refused);
    expect(server.mappings).toHaveLength(1);
    expect(await map({ lifetime: 0 })).toMatchObject({ result: result.SUCCESS, lifetime: 0 });
    expect(closed).toEqual([8080]);
  });

  test("PREFER_FAILURE fails rather than give another port", async () => {
    const { map } = start([8080]);
    const exact = { options: [{ name: "prefer-failure" }] } as const;
    expect(await map(exact)).toMatchObject({ result: result.CANNOT_PROVIDE_EXTERNAL });
    expect(await map(exact, 0, { externalPort: 9000 })).toMatchObject({
      ...exact,
      result: result.SUCCESS,
      body: { externalPort: 9000 },
    });
    expect(await map({ ...exact, lifetime: 0 })).toMatchObject({ result: result.MALFORMED_OPTION });
  });

  test("PREFER_FAILURE with another address than its own, or without a port", async () => {
    const { map } = start();
    const exact = { options: [{ name: "prefer-failure" }] } as const;
    const asked = async (fields: Partial<MapBody>) => (await map(exact, 0, fields)).result;
    expect(await asked({ externalAddress: "203.0.113.8" })).toBe(result.CANNOT_PROVIDE_EXTERNAL);
    expect(await asked({ externalPort: 0 })).toBe(result.MALFORMED_OPTION);
    expect(await asked({ externalAddress: "203.0.113.7" })).toBe(result.SUCCESS);
  });

  test("PORT_SET opens ports in a row, as many as are free, and closes them all", async () => {
    const { server, closed, map } = start([8083], everything);
    const set = { name: "port-set", size: 5, firstInternalPort: 80, parity: false } as const;
    expect(await map({ options: [set] })).toMatchObject({
      result: result.SUCCESS,
      body: { internalPort: 80, externalPort: 8080 },
      options: [{ ...set, size: 3 }],
    });
    expect(server.mappings).toMatchObject([{ externalPort: 8080, count: 3 }]);
    await map({ lifetime: 0, options: [set] });
    expect(closed).toEqual([8080, 8081, 8082]);
    expect(await map({ options: [set] }, 0, { externalPort: 8082 })).toMatchObject({
      result: result.SUCCESS,
      options: [],
    });
    const elsewhere = { ...set, firstInternalPort: 81 };
    expect((await map({ options: [elsewhere] })).result).toBe(result.MALFORMED_OPTION);
  });

  test("THIRD_PARTY opens the other host, and refuses the own address", async () => {
    const { server, map } = start([], everything);
    const other = { options: [{ name: "third-party", address: "192.0.2.20" }] } as const;
    expect(await map(other)).toMatchObject({ result: result.SUCCESS, ...other });
    expect(server.mappings).toMatchObject([{ internal: { address: "192.0.2.20", port: 80 } }]);
    const own = { options: [{ name: "third-party", address: client.address }] } as const;
    expect((await map(own)).result).toBe(result.MALFORMED_REQUEST);
    await map({ ...other, lifetime: 0 });
    expect(server.mappings).toEqual([]);
  });

  test("what it does not do, it says", async () => {
    const { ask, map } = start();
    const code = (response: Response): number => response.result;
    expect(code(await map({ clientAddress: "192.0.2.11" }))).toBe(result.ADDRESS_MISMATCH);
    expect(code(await map({}, 0, { protocol: 0, internalPort: 0 }))).toBe(result.UNSUPP_PROTOCOL);
    expect(code(await map({}, 0, { protocol: 132 }))).toBe(result.UNSUPP_PROTOCOL);
    const thirdParty = { name: "third-party", address: "192.0.2.11" } as const;
    expect(code(await map({ options: [thirdParty] }))).toBe(result.UNSUPP_OPTION);
    const mandatory = { name: "unknown", code: 99, data: new Uint8Array(3) } as const;
    expect(code(await map({ options: [mandatory] }))).toBe(result.UNSUPP_OPTION);
    expect(code(await map({ options: [{ ...mandatory, code: 131 }] }))).toBe(result.SUCCESS);
    const peer = { ...body, opcode: "peer", remotePort: 1, remoteAddress: "192.0.2.99" } as const;
    expect(code(await ask(encodeRequest({ ...request, body: peer })))).toBe(result.UNSUPP_OPCODE);
    const bytes = encodeRequest(request);
    expect(code(await ask(bytes.slice(0, 40)))).toBe(result.MALFORMED_REQUEST);
    expect(code(await ask(Uint8Array.from([...bytes, 1, 0, 0, 0])))).toBe(result.MALFORMED_OPTION);
    expect(code(await ask(Uint8Array.from([1, ...bytes.slice(1)])))).toBe(result.UNSUPP_VERSION);
  });

  test("its table has an end", async () => {
    const { map } = start();
    await map({}, 0, { internalPort: 1 });
    await map({}, 0, { internalPort: 2 });
    expect(await map({}, 0, { internalPort: 3 })).toMatchObject({ result: result.NO_RESOURCES });
    expect(await map({}, 0, { internalPort: 2 })).toMatchObject({ result: result.SUCCESS });
  });

  test("two copies of one request open one port", async () => {
    const { server, map } = start();
    await Promise.all([map({}), map({}), map({})]);
    expect(server.mappings).toHaveLength(1);
  });

  test("a reset closes all and starts the epoch again", async () => {
    const { server, closed, map } = start();
    await map({}, 90_000);
    server.reset(100_000);
    expect(closed).toEqual([8080]);
    expect(server.epoch(103_500)).toBe(3);
  });

  test("answers nothing to what is no request", async () => {
    const { server } = start();
    expect(await server.handle(new Uint8Array(1), client, 0)).toBeNull();
    expect(await server.handle(Uint8Array.of(2, 0x81, 0, 0), client, 0)).toBeNull();
  });
});
