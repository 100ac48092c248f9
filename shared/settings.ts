/** What is kept between runs because the user chose it. Every key has a default; `{}` is a valid file. */
import { z } from "zod";

export const portSchema = z.number().int().min(1).max(65535);
export const transportSchema = z.enum(["tcp", "udp"]);
export const themeSchema = z.enum(["system", "light", "dark"]);
export const gatewayAddressSchema = z.union([z.ipv4(), z.ipv6()]);

/** The wish to expose a port; what came of it is in the Snapshot and the lease book. */
export const exposureIntentSchema = z.strictObject({
  transport: transportSchema,
  internalPort: portSchema,
  /** The external port to ask for; null lets the gateway choose (it is asked for the internal port). */
  externalPort: portSchema.nullable().default(null),
});
export type ExposureIntent = z.infer<typeof exposureIntentSchema>;

export const settingsSchema = z.object({
  theme: themeSchema.default("system"),
  /** Gateway to use instead of the default route's; null finds it. */
  gateway: gatewayAddressSchema.nullable().default(null),
  exposures: z.array(exposureIntentSchema).max(500).default([]),
});
export type Settings = z.infer<typeof settingsSchema>;

/** The part of the settings that the window may see and change. */
export type PublicSettings = Readonly<Pick<Settings, "theme" | "gateway">>;

export const defaultSettings: Settings = settingsSchema.parse({});

export interface ParsedSettings {
  readonly settings: Settings;
  /** What was invalid and replaced by its default, in words; empty when all was well. */
  readonly complaints: readonly string[];
}

/** Reads settings of any quality: each valid part is kept, each invalid one replaced by its default and named. */
export function parseSettings(raw: unknown): ParsedSettings {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return { settings: defaultSettings, complaints: ["the file holds no settings"] };
  }
  const complaints: string[] = [];
  const kept: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(settingsSchema.shape)) {
    const value: unknown = (raw as Record<string, unknown>)[key];
    const parsed = schema.safeParse(value);
    if (parsed.success) kept[key] = parsed.data;
    else if (key === "exposures" && Array.isArray(value)) kept[key] = keepValid(value, complaints);
    else complaints.push(`“${key}” is invalid`);
  }
  return { settings: settingsSchema.parse(kept), complaints };
}

function keepValid(values: readonly unknown[], complaints: string[]): ExposureIntent[] {
  const valid = values.flatMap((value) => exposureIntentSchema.safeParse(value).data ?? []);
  if (valid.length < values.length) {
    complaints.push(`${values.length - valid.length} of ${values.length} exposures are invalid`);
  }
  return valid.slice(0, 500);
}
