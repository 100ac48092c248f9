/** Puts a counter into each branch of a module, and collects its literals. Works on JavaScript, after the types are gone. */
import { relative } from "node:path";
import { parseAst, type Plugin } from "vite";

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

interface Instrumented {
  readonly code: string;
  readonly count: number;
}

/** Vite plugin that instruments what stands in one of `rooms` (folders of `root`). */
export function instrumentPlugin(root: string, rooms: readonly string[]): Plugin {
  return {
    name: "fuzz-instrument",
    enforce: "post",
    transform(code, id) {
      const path = relative(root, id.split("?", 1)[0] ?? "").replaceAll("\\", "/");
      if (!rooms.some((room) => path.startsWith(`${room}/`))) return null;
      return { code: instrument(code, path).code, map: null };
    },
  };
}

export function instrument(source: string, path: string): Instrumented {
  const before = new Map<number, string>();
  const behind = new Map<number, string>();
  const strings = new Set<string>();
  const numbers = new Set<number>();
  let count = 0;
  const tick = (): string => `__c[__f+${count++}]++`;
  const put = (at: number, text: string): void => {
    before.set(at, (before.get(at) ?? "") + text);
  };
  // Nodes are seen from the outside in, so that an inner one ends before the outer one.
  const wrap = (node: Node, open: string, end: string): void => {
    put(node.start, open);
    behind.set(node.end, end + (behind.get(node.end) ?? ""));
  };
  const expression = (node: unknown): void => {
    if (isNode(node)) wrap(node, `(${tick()},`, ")");
  };
  const statement = (node: unknown): void => {
    if (!isNode(node)) return;
    if (node.type === "BlockStatement") put(node.start + 1, `${tick()};`);
    else wrap(node, `{${tick()};`, "}");
  };
  const visit = (node: Node): void => {
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression":
        statement(node["body"]);
        break;
      case "ArrowFunctionExpression":
        (isNode(node["body"]) && node["body"].type === "BlockStatement" ? statement : expression)(
          node["body"],
        );
        break;
      case "IfStatement":
        statement(node["consequent"]);
        statement(node["alternate"]);
        break;
      case "ForStatement":
      case "ForOfStatement":
      case "ForInStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "CatchClause":
        statement(node["body"]);
        break;
      case "SwitchCase": {
        const [first] = node["consequent"] as readonly Node[];
        if (first !== undefined) put(first.start, `${tick()};`);
        break;
      }
      case "ConditionalExpression":
        expression(node["consequent"]);
        expression(node["alternate"]);
        break;
      case "LogicalExpression":
        expression(node["right"]);
        break;
      case "Literal":
        if (typeof node["value"] === "string") strings.add(node["value"]);
        if (typeof node["value"] === "number") numbers.add(node["value"]);
        break;
      case "TemplateElement":
        strings.add((node["value"] as { readonly cooked: string | null }).cooked ?? "");
        break;
      default:
    }
    // Paths of modules are no words of any language.
    if (node.type === "ImportDeclaration") return;
    for (const child of Object.values(node)) {
      for (const inner of Array.isArray(child) ? (child as unknown[]) : [child]) {
        if (isNode(inner)) visit(inner);
      }
    }
  };
  visit(parseAst(source) as unknown as Node);
  const places = [...new Set([...before.keys(), ...behind.keys()])].toSorted((a, b) => a - b);
  let code = "";
  let at = 0;
  for (const place of places) {
    code += source.slice(at, place) + (behind.get(place) ?? "") + (before.get(place) ?? "");
    at = place;
  }
  const facts = { path, count, strings: [...strings], numbers: [...numbers] };
  const head = `const __c=globalThis.fuzzCounters.values,__f=globalThis.fuzzCounters.register(${JSON.stringify(facts)});`;
  return { code: head + code + source.slice(at), count };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
