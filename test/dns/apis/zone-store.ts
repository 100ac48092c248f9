/** The records of one zone as a fake provider keeps them: values in zone file text, host names without a final dot. */
import type { ProviderAnswer, ProviderCall } from "../fake-provider.ts";

export interface StoredRecord {
  id: number;
  name: string;
  type: string;
  ttl: number;
  value: string;
}

/** A provider's API over one zone. */
export interface FakeApi {
  readonly id: string;
  readonly secret: string;
  readonly zone: string;
  readonly store: ZoneStore;
  readonly types: readonly string[];
  /** Seconds. */
  readonly leastTtl: number;
  /** `host location`, sorted; absent where the provider has no redirects. */
  redirects?(): readonly string[];
  /** Whether the secret may set redirects; it may. */
  mayRedirect?(may: boolean): void;
  handle(call: ProviderCall): ProviderAnswer;
}

export class ZoneStore {
  records: StoredRecord[] = [];
  #nextId = 100;

  add(name: string, type: string, ttl: number, value: string): StoredRecord {
    this.#nextId += 1;
    const record = { id: this.#nextId, name, type, ttl, value };
    this.records.push(record);
    return record;
  }

  find(id: string | number): StoredRecord | undefined {
    return this.records.find((record) => record.id === Number(id));
  }

  remove(id: string | number): void {
    this.records = this.records.filter((record) => record.id !== Number(id));
  }

  removeSet(name: string, type: string): void {
    this.records = this.records.filter((one) => one.name !== name || one.type !== type);
  }

  set(name: string, type: string): readonly StoredRecord[] {
    return this.records.filter((one) => one.name === name && one.type === type);
  }

  /** `name type value`, sorted. */
  dump(): readonly string[] {
    return this.records.map(({ name, type, value }) => `${name} ${type} ${value}`).toSorted();
  }
}

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The flat fields of a JSON body. */
export function bodyOf(call: ProviderCall): Fields {
  return JSON.parse(call.body || "{}") as Fields;
}

export function withoutDots(value: string): string {
  return value.replaceAll(/\.(?=\s|$)/g, (dot, at: number) =>
    at > 0 && value[at - 1] !== " " ? "" : dot,
  );
}

export function unquoted(value: string): string {
  return value.replace(/^"(.*)"$/s, "$1");
}
