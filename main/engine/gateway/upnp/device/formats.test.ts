import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDescription } from "./description.ts";
import { isGatewaysOwn, readDeviceUrl } from "./location.ts";
import { actionHeader, decodeActionAnswer, encodeAction } from "./soap.ts";
import { decodeSearchAnswer, encodeSearch, searchTargets } from "./ssdp.ts";
import { childText, parseXml, type XmlElement } from "./xml.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Text that looks enough like the real thing to get past the first look. */
function mangled(words: readonly string[]): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })), { maxLength: 60 })
    .map((parts) => parts.join(""));
}

const xmlWords = [
  "<",
  ">",
  "</",
  "/>",
  "<!--",
  "-->",
  "<![CDATA[",
  "]]>",
  "<!DOCTYPE",
  "<?xml",
  "?>",
  "&amp;",
  "&#",
  ";",
  '"',
  "'",
  "<a>",
  "</a>",
  "<root>",
  "</root>",
  "<device>",
  "<serviceList>",
  "<service>",
  "<serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>",
  "<controlURL>/c</controlURL>",
  "</service>",
  "</serviceList>",
  "</device>",
  "<UPnPError>",
  "<errorCode>718</errorCode>",
  "<u:XResponse>",
  "</u:XResponse>",
];

describe("XML", () => {
  const text = (source: string): string | null => {
    const parsed = parseXml(source);
    return parsed.kind === "document" ? parsed.root.text : null;
  };

  test.each([
    ["<a>x</a>", "x"],
    ["<a> x\n</a>", "x"],
    ["<?xml version='1.0'?><!-- c --><p:a q='>'>x</p:a>", "x"],
    ["<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a>", "<&>\"'AB"],
    ["<a>&nbsp;&#0;&#xD800;&#x110000;&amp</a>", "&nbsp;&#0;&#xD800;&#x110000;&amp"],
    ["<a>?x=1&y=2</a>", "?x=1&y=2"],
    ["<a><![CDATA[<b>&amp;]]></a>", "<b>&amp;"],
    ["<a>x<b>y</b>z</a>", "xz"],
    ["<a/>", ""],
    ["<a>x</b></a>", "x"],
    ["<a>x</a>trailing", "x"],
  ])("%s", (source, expected) => expect(text(source)).toBe(expected));

  test.each([
    ["", "no-root"],
    ["text", "no-root"],
    ["<a>", "not-closed"],
    ["<a><b></a", "not-closed"],
    ["<!DOCTYPE a><a/>", "dtd"],
    ["<a><!ENTITY b 'c'></a>", "dtd"],
    ["<a>".repeat(40), "too-deep"],
    [`<a>${"<b/>".repeat(8001)}</a>`, "too-many"],
    [`<a>${"x".repeat(262_144)}</a>`, "too-large"],
  ])("%s is refused", (source, problem) =>
    expect(parseXml(source)).toEqual({ kind: "invalid", problem }),
  );

  test("whatever comes, it neither throws nor grows", () => {
    fc.assert(
      fc.property(mangled(xmlWords), (source) => {
        const parsed = parseXml(source);
        if (parsed.kind === "invalid") return;
        const size = (element: XmlElement): number =>
          element.name.length +
          element.text.length +
          element.children.reduce((sum, inner) => sum + size(inner), 0);
        expect(size(parsed.root) <= source.length).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test("what was written is read", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const body = encodeAction("urn:x", "X", [["New", value]]);
        const parsed = parseXml(body);
        const action =
          parsed.kind === "document" ? parsed.root.children[0]?.children[0] : undefined;
        expect(action && childText(action, "New")).toBe(value.trim());
      }),
    );
  });
});

describe("SSDP", () => {
  test("a search", () => {
    expect(new TextDecoder().decode(encodeSearch(searchTargets.igd1, "239.255.255.250:1900"))).toBe(
      "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n" +
        "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n" +
        'MAN: "ssdp:discover"\r\nMX: 1\r\n\r\n',
    );
  });

  test.each([
    ["HTTP/1.1 200 OK\r\nLocation: http://a/\r\nST: x\r\n\r\n", "http://a/"],
    ["HTTP/1.0 200\nLOCATION:http://a/", "http://a/"],
    ["HTTP/1.1 200 OK\r\nlocation: http://a/\r\nlocation: http://b/\r\n", "http://a/"],
    ["NOTIFY * HTTP/1.1\r\nLOCATION: http://a/\r\n\r\n", null],
    ["M-SEARCH * HTTP/1.1\r\nLOCATION: http://a/\r\n\r\n", null],
    ["HTTP/1.1 404 Not Found\r\nLOCATION: http://a/\r\n\r\n", null],
    ["HTTP/1.1 200 OK\r\nST: x\r\n\r\n", null],
    ["HTTP/1.1 200 OK\r\nLOCATION:\r\n\r\n", null],
    [`HTTP/1.1 200 OK\r\nLOCATION: http://${"a".repeat(1100)}/\r\n\r\n`, null],
    [`HTTP/1.1 200 OK\r\nLOCATION: http://a/\r\n${"x: y\r\n".repeat(80)}`, null],
    [`HTTP/1.1 200 OK\r\nLOCATION: http://a/\r\nx: ${"y".repeat(5000)}`, null],
  ])("answer %#", (text, location) =>
    expect(decodeSearchAnswer(bytes(text))?.location ?? null).toBe(location),
  );

  test("no bytes make it throw", () => {
    const words = ["HTTP/1.1 200 OK", "\r\n", "\n", ":", "LOCATION: ", "http://", "ST: ", "\0"];
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), mangled(words).map(bytes)), (datagram) => {
        const answer = decodeSearchAnswer(datagram);
        expect(answer === null || answer.location.length <= 1024).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("locations", () => {
  const link = { interface: "eth0", family: 4, address: "192.168.1.5", prefixLength: 24 } as const;
  const isOwn = (url: string, from = "192.168.1.1"): boolean => {
    const read = readDeviceUrl(url);
    return read !== null && isGatewaysOwn(read, from, "192.168.1.1", [link]);
  };

  test.each([
    ["http://192.168.1.1:5000/root.xml", undefined, true],
    ["http://192.168.1.1/", undefined, true],
    ["http://3232235777/", undefined, true],
    ["http://192.168.1.1:5000/", "192.168.1.2", true],
    ["http://192.168.1.1:5000/", "192.168.2.2", false],
    ["http://192.168.1.2/", undefined, false],
    ["http://192.168.1.2/", "192.168.1.2", false],
    ["http://192.168.1.2/", "192.168.1.3", false],
    ["http://192.168.1.5/", "192.168.1.5", false],
    ["http://192.168.2.1/", undefined, false],
    ["http://[::1]/", undefined, false],
    ["http://[fe80::1]/", undefined, false],
    ["http://localhost/", undefined, false],
    ["file:///etc/passwd", undefined, false],
    ["ftp://192.168.1.1/", undefined, false],
    ["http://192.168.1.1:99999/", undefined, false],
    ["http://a@192.168.1.1/", undefined, false],
    [`http://192.168.1.1/${"a".repeat(1100)}`, undefined, false],
    ["", undefined, false],
  ])("%s told by %s", (url, from, expected) => expect(isOwn(url, from)).toBe(expected));

  test("nothing makes it throw or lets another network in", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.ipV4().map((ip) => `http://${ip}/`),
        ),
        (url) => {
          const read = readDeviceUrl(url);
          if (read === null) return;
          const result = isGatewaysOwn(read, "192.168.1.1", "192.168.1.1", [link]);
          expect(result).toBe(read.host === "192.168.1.1");
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test("descriptions of any quality neither throw nor point to another host", () => {
  fc.assert(
    fc.property(mangled(xmlWords), (source) => {
      const description = parseDescription(source, "http://192.168.1.1:5000/root.xml");
      const hosts = (description?.services ?? []).map(
        ({ controlUrl }) => new URL(controlUrl).hostname,
      );
      expect(hosts.filter((host) => host !== "192.168.1.1")).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

describe("SOAP", () => {
  test("an action", () => {
    expect(actionHeader("urn:x:1", "Do")).toBe('"urn:x:1#Do"');
    expect(
      encodeAction("urn:x:1", "Do", [
        ["NewA", "a<b&c"],
        ["NewB", 0],
      ]),
    ).toContain('<u:Do xmlns:u="urn:x:1"><NewA>a&lt;b&amp;c</NewA><NewB>0</NewB></u:Do>');
  });

  const wrap = (inner: string): string =>
    `<s:Envelope xmlns:s="x"><s:Body>${inner}</s:Body></s:Envelope>`;
  const error =
    "<s:Fault><detail><UPnPError><errorCode>725</errorCode></UPnPError></detail></s:Fault>";

  test.each([
    [wrap("<u:DoResponse><NewA>1</NewA><NewA>2</NewA></u:DoResponse>"), 200, "values"],
    [wrap("<DoResponse/>"), 200, "values"],
    [wrap("<u:DoResponse/>"), 500, "nonsense"],
    [wrap("<u:OtherResponse/>"), 200, "nonsense"],
    [wrap(error), 500, "fault"],
    [wrap(error), 200, "fault"],
    [wrap("<s:Fault><faultcode>x</faultcode></s:Fault>"), 500, "nonsense"],
    [wrap(error.replace("725", "9".repeat(30))), 500, "nonsense"],
    ["", 500, "nonsense"],
    ["<html>", 200, "nonsense"],
  ])("%s with %i is %s", (body, status, kind) =>
    expect(decodeActionAnswer(body, status, "Do").kind).toBe(kind),
  );

  test("the first value of a name counts, and none is inherited", () => {
    const body = wrap("<u:DoResponse><NewA>1</NewA><NewA>2</NewA></u:DoResponse>");
    const answer = decodeActionAnswer(body, 200, "Do");
    if (answer.kind !== "values") throw new Error(answer.kind);
    expect(answer.values["NewA"]).toBe("1");
    expect(answer.values["toString"]).toBeUndefined();
  });

  test("a description of an error is one line of whole characters", () => {
    const told = `a\u0001b\u202ec\n${"x".repeat(193)}\u{1f600}`;
    const body = wrap(
      `<UPnPError><errorCode>501</errorCode><errorDescription>${told}</errorDescription></UPnPError>`,
    );
    expect(decodeActionAnswer(body, 500, "Do")).toEqual({
      kind: "fault",
      code: 501,
      description: `a b c ${"x".repeat(193)}`,
    });
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(mangled(xmlWords), fc.integer({ min: 0, max: 999 }), (body, status) => {
        const answer = decodeActionAnswer(body, status, "X");
        expect(answer.kind !== "fault" || Number.isInteger(answer.code)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
