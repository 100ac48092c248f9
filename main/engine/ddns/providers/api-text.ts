/** Values of records as APIs write them: nearly the text of zone files, each in its own way. */
import { parseRecordText } from "../wire/presentation.ts";
import type { RecordData, RecordType } from "../wire/rdata.ts";
import { WireError } from "../wire/reader.ts";

const parsedTypes = new Set<string>(["A", "AAAA", "CNAME", "SRV", "TXT", "HTTPS", "SVCB", "NS"]);

/** Null for what is no record of a type we know; others' records are none of our business. */
export function readValue(type: string, value: string): RecordData | null {
  if (!parsedTypes.has(type)) return null;
  try {
    // Many APIs leave out the quotes around a text.
    if (type === "TXT" && !value.startsWith('"')) return { type: "TXT", strings: [value] };
    return parseRecordText(type as Exclude<RecordType, "SOA">, value);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** The value of a text record as one string, without quotes. */
export function plainText(data: RecordData): string | null {
  return data.type === "TXT" ? data.strings.join("") : null;
}

/** Zone file text whose host names end in a dot, for APIs that take others as relative. */
export function absoluteText(data: RecordData, text: (data: RecordData) => string): string {
  switch (data.type) {
    case "SRV":
    case "NS":
    case "CNAME":
      return text({ ...data, target: dotted(data.target) });
    case "HTTPS":
    case "SVCB":
      return text({ ...data, target: dotted(data.target) });
    default:
      return text(data);
  }
}

function dotted(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}
