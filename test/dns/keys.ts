/** TSIG keys for tests. */
import type { TsigAlgorithm, TsigKey } from "../../main/engine/ddns/wire/tsig.ts";

export interface LabKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  /** Base64. */
  readonly secret: string;
  readonly mayUpdate?: boolean;
}

export function labKey(name: string, algorithm: TsigAlgorithm = "hmac-sha256"): LabKey {
  return {
    name,
    algorithm,
    secret: Buffer.from(`the secret of ${name}, long enough`).toString("base64"),
  };
}

/** As `tsig-keygen` prints it. */
export function formatBindKey({ name, algorithm, secret }: LabKey): string {
  return `key "${name}" {\n\talgorithm ${algorithm};\n\tsecret "${secret}";\n};\n`;
}

export function tsigKey({ name, algorithm, secret }: LabKey): TsigKey {
  return { name, algorithm, secret: Uint8Array.from(Buffer.from(secret, "base64")) };
}
