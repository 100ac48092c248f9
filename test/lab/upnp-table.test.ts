/** The table of a real router in one answer, as our reader understands it. */
import { describe, expect, test } from "vitest";
import { readEntry, readPortListing } from "../../main/engine/gateway/upnp/igd/port-entry.ts";
import {
  actionHeader,
  decodeActionAnswer,
  encodeAction,
  type SoapAnswer,
  type SoapArguments,
} from "../../main/engine/gateway/upnp/device/soap.ts";
import type { Lab } from "./lab.mjs";
import { until } from "./until.mjs";
import { noLab, useLab, whyNoLab } from "./use-lab.ts";

const type = "urn:schemas-upnp-org:service:WANIPConnection:2";
const url = "http://192.168.77.1:5000/ctl/IPConn";
/** Sends standard input as an action to the router; what comes back is one line of status, then the body. */
const post = `
  const [url, header, body] = process.argv.slice(1);
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "text/xml", soapaction: header },
    body,
  });
  console.log(answer.status);
  console.log(await answer.text());
`;

async function invoke(lab: Lab, action: string, values: SoapArguments): Promise<SoapAnswer> {
  const words = [url, actionHeader(type, action), encodeAction(type, action, values)];
  const { stdout } = await lab.exec("pc", process.execPath, [
    "--input-type=module",
    "-e",
    post,
    "--",
    ...words,
  ]);
  const [status, ...body] = stdout.split("\n");
  return decodeActionAnswer(body.join("\n"), Number(status), action);
}

function listing(lab: Lab, protocol: string): Promise<SoapAnswer> {
  return invoke(lab, "GetListOfPortMappings", [
    ["NewStartPort", 0],
    ["NewEndPort", 65_535],
    ["NewProtocol", protocol],
    ["NewManage", 1],
    ["NewNumberOfPorts", 501],
  ]);
}

describe.skipIf(noLab)(`miniupnpd${whyNoLab}`, () => {
  const home = useLab({ protocols: ["upnp"] });

  test("tells by GetListOfPortMappings what it tells entry by entry", async () => {
    const homeport = home.start("--verbose", "--expose", "tcp/8080", "--expose", "tcp/8081");
    await homeport.mapped("tcp", 8080);
    await homeport.mapped("tcp", 8081);
    // What it declares of itself is read, and has both in it: the action used below, and its longest lease, a week.
    await until("the SCPD is read", () => homeport.stderr.includes("upnp scpd"));
    expect(homeport.stderr).toMatch(/upnp scpd actions=1\d longestLease=604800/);
    const answer = await listing(home.lab, "TCP");
    if (answer.kind !== "values") throw new Error(JSON.stringify(answer));
    const entries = readPortListing(answer.values["NewPortListing"] ?? "");
    const single = [];
    for (const index of [0, 1]) {
      const told = await invoke(home.lab, "GetGenericPortMappingEntry", [
        ["NewPortMappingIndex", index],
      ]);
      if (told.kind === "values") single.push(readEntry(told.values));
    }
    // Their leases run on between the questions.
    const still = (entry: object | null): object => ({ ...entry, lease: null });
    expect(entries?.map(still)).toEqual(single.map(still));
    expect(entries?.map(({ description }) => description).toSorted()).toEqual([
      "Homeport TCP 8080",
      "Homeport TCP 8081",
    ]);
    expect(entries?.every(({ lease }) => lease !== null && lease > 7000)).toBe(true);
    // Nothing in the range is an empty list to it, and not the error of the specification.
    const empty = await listing(home.lab, "UDP");
    if (empty.kind !== "values") throw new Error(JSON.stringify(empty));
    expect(readPortListing(empty.values["NewPortListing"] ?? "")).toEqual([]);
  });
});
