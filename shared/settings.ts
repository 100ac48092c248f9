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
