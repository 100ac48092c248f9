/**
 * The little XML that UPnP devices send: elements and text. No DTD, no entities of the document's own, no
 * attributes, no namespaces (prefixes are cut off); bounded in size, depth and number; lenient where routers are
 * sloppy. One pass, linear in time, no recursion. A whole XML library would be the larger risk here.
 */

export interface XmlElement {
  /** Local name. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Its own text, trimmed, with references resolved. */
  readonly text: string;
}

type XmlProblem = "too-large" | "too-deep" | "too-many" | "dtd" | "no-root" | "not-closed";
export type ParsedXml =
  | { readonly kind: "document"; readonly root: XmlElement }
  | { readonly kind: "invalid"; readonly problem: XmlProblem };

const MAX_LENGTH = 262_144;
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 8000;

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  readonly text: string[];
}

/** Parses `source`. Stray or crossed end tags are forgiven, a missing end of the root is not. */
export function parseXml(source: string): ParsedXml {
  if (source.length > MAX_LENGTH) return invalid("too-large");
  const stack: OpenElement[] = [];
  let root: XmlElement | null = null;
  let elements = 0;
  let at = 0;

  function close(): void {
    const open = stack.pop();
    if (open === undefined) return;
    const element = { name: open.name, children: open.children, text: open.text.join("").trim() };
    const parent = stack.at(-1);
    if (parent === undefined) root ??= element;
    else parent.children.push(element);
  }

  while (at < source.length && root === null) {
    const start = source.indexOf("<", at);
    const text = source.slice(at, start === -1 ? source.length : start);
    stack.at(-1)?.text.push(resolveReferences(text));
    if (start === -1) break;
    if (source.startsWith("<!--", start)) {
      at = after(source, "-->", start + 4);
    } else if (source.startsWith("<![CDATA[", start)) {
      const end = source.indexOf("]]>", start + 9);
      stack.at(-1)?.text.push(source.slice(start + 9, end === -1 ? source.length : end));
      at = end === -1 ? source.length : end + 3;
    } else if (source.startsWith("<!", start)) {
      // A DOCTYPE brings entities, external files and exponential growth; no device needs one.
      return invalid("dtd");
    } else if (source.startsWith("<?", start)) {
      at = after(source, "?>", start + 2);
    } else {
      const end = endOfTag(source, start + 1);
      if (end === -1) break;
      const tag = source.slice(start + 1, end);
      at = end + 1;
      if (tag.startsWith("/")) {
        const name = localName(tag.slice(1));
        const index = stack.findLastIndex((open) => open.name === name);
        // A stray end tag closes nothing; a crossed one closes what it encloses.
        if (index !== -1) while (stack.length > index) close();
        continue;
      }
      elements += 1;
      if (elements > MAX_ELEMENTS) return invalid("too-many");
      if (stack.length >= MAX_DEPTH) return invalid("too-deep");
      stack.push({ name: localName(tag), children: [], text: [] });
      if (tag.endsWith("/")) close();
    }
  }
  if (root !== null) return { kind: "document", root };
  return invalid(elements === 0 ? "no-root" : "not-closed");
}

/** The text of the direct child called `name`; empty when there is none. */
export function childText(element: XmlElement, name: string): string {
  return child(element, name)?.text ?? "";
}

export function child(element: XmlElement, name: string): XmlElement | null {
  return element.children.find((inner) => inner.name === name) ?? null;
}

/** The first element called `name` at any depth, itself included. */
export function descendant(element: XmlElement, name: string): XmlElement | null {
  if (element.name === name) return element;
  for (const inner of element.children) {
    const found = descendant(inner, name);
    if (found !== null) return found;
  }
  return null;
}

/** `text` as it is written into a document. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function invalid(problem: XmlProblem): ParsedXml {
  return { kind: "invalid", problem };
}

function after(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end === -1 ? source.length : end + mark.length;
}

/** Where the tag ends that began before `from`; a quoted `>` does not end it. */
function endOfTag(source: string, from: number): number {
  let quote = "";
  for (let at = from; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return at;
    else if (character === '"' || character === "'") quote = character;
  }
  return -1;
}

function localName(tag: string): string {
  const name = /^[^\s/]*/.exec(tag)?.[0] ?? "";
  return name.slice(name.lastIndexOf(":") + 1);
}

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Unknown references and bare ampersands, which some routers send in URLs, stay as they are. */
function resolveReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi,
    (whole, hex, decimal, name) => {
      if (typeof name === "string") return named[name.toLowerCase()] ?? whole;
      const code = typeof hex === "string" ? Number.parseInt(hex, 16) : Number(decimal);
      const allowed = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
      return allowed ? String.fromCodePoint(code) : whole;
    },
  );
}
