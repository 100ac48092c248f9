/**
 * Update addresses as data. `{ipv4}` stands for a value, percent-encoded; `[…]` is left out where a value in it is not
 * known, and `[a|b]` is `b` then.
 */

const templateValues = [
  /** The whole name; several with commas where the provider takes them. */
  "host",
  /** The name without its zone, `@` for the zone itself. */
  "label",
  "zone",
  "ipv4",
  "ipv6",
  /** Both addresses with a comma, or the one there is. */
  "ips",
  /** The one address a request is for. */
  "ip",
  "user",
  "secret",
] as const;
export type TemplateValues = Partial<Readonly<Record<(typeof templateValues)[number], string>>>;

/** Null when a value outside brackets is not known. */
export function fillTemplate(template: string, values: TemplateValues): string | null {
  let known = true;
  const filled = template.replaceAll(/\[([^\]|]*)(?:\|([^\]]*))?\]/g, (_whole, first, second) => {
    const one = fillPart(String(first), values);
    return one ?? fillPart(String(second ?? ""), values) ?? "";
  });
  const whole = filled.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = valueOf(name, values);
    if (value === undefined) known = false;
    return encodeURIComponent(value ?? "");
  });
  return known ? whole : null;
}

/** What is wrong with a template that a user wrote; null when nothing is. */
export function templateMistake(template: string): string | null {
  for (const [, name = ""] of template.matchAll(/\{(\w*)\}/g)) {
    if (!(templateValues as readonly string[]).includes(name)) {
      return `{${name}} is none of ${templateValues.map((one) => `{${one}}`).join(", ")}`;
    }
  }
  const bare = template
    .replaceAll(/\[([^[\]|]*)(?:\|([^[\]|]*))?\]/g, "$1")
    .replaceAll(/\{\w+\}/g, "x");
  if (/[[\]{}|]/.test(bare)) return "a bracket without its partner";
  if (!URL.canParse(bare)) return "no address of a web site";
  const { protocol, username, password } = new URL(bare);
  if (protocol !== "https:" && protocol !== "http:")
    return "the address has to begin with https://";
  return username === "" && password === ""
    ? null
    : "user and password do not belong into the address";
}

function fillPart(part: string, values: TemplateValues): string | null {
  let known = true;
  const filled = part.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = valueOf(name, values);
    if (value === undefined) known = false;
    // Encoded here; braces cannot come back, since encodeURIComponent escapes them.
    return encodeURIComponent(value ?? "");
  });
  return known ? filled : null;
}

function valueOf(name: string, values: TemplateValues): string | undefined {
  return (templateValues as readonly string[]).includes(name)
    ? values[name as keyof TemplateValues]
    : undefined;
}
