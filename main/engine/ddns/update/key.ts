/** TSIG keys as people have them: what `tsig-keygen` and `ddns-confgen` of BIND print, or the form of `nsupdate -y`. */
import { canonicalName, encodeName } from "../wire/name.ts";
import { type TsigAlgorithm, tsigAlgorithms, type TsigKey } from "../wire/tsig.ts";

export type ParsedKey =
  | { readonly kind: "key"; readonly key: TsigKey }
  /** Says what is wrong, without any of the text. */
  | { readonly kind: "invalid"; readonly reason: string };

const MAX_TEXT = 10_000;

/**
 * Reads the one key in `text`: a `key "name" { algorithm …; secret "…"; };` statement with anything around it, or
 * `[algorithm:]name:secret`, where BIND's own default is hmac-sha256 since 9.13 (hmac-md5 is refused).
 */
export function parseTsigKey(text: string): ParsedKey {
  if (text.length > MAX_TEXT) return invalid("the text is too long for a key");
  const bare = text
    .replaceAll(/\/\*[^]*?\*\//g, " ")
    .replaceAll(/^\s*(?:#|\/\/).*$/gm, " ")
    .trim();
  const statements = [...bare.matchAll(/\bkey\s+("?)([^\s"{};]+)\1\s*\{([^{}]*)\}/g)];
  if (statements.length > 1) return invalid("the text holds more than one key");
  const [statement] = statements;
  if (statement !== undefined) {
    const body = statement[3] ?? "";
    const algorithm = /(?:^|;|\s)algorithm\s+"?([\w.-]+?)\.?"?\s*;/i.exec(body)?.[1];
    const secret = /(?:^|;|\s)secret\s+"?([A-Za-z0-9+/=]*)"?\s*;/i.exec(body)?.[1];
    if (algorithm === undefined) return invalid("the key names no algorithm");
    if (secret === undefined) return invalid("the key has no secret");
    return assemble(statement[2] ?? "", algorithm, secret);
  }
  const short = /^(?:([\w-]+):)?([^\s:"{};]+):([A-Za-z0-9+/=]+)$/.exec(bare);
  if (short !== null) return assemble(short[2] ?? "", short[1] ?? "hmac-sha256", short[3] ?? "");
  return invalid('expected what tsig-keygen prints: key "name" { algorithm …; secret "…"; };');
}

function assemble(name: string, algorithmText: string, secretText: string): ParsedKey {
  const algorithm = algorithmText.toLowerCase();
  if (!isAlgorithm(algorithm)) {
    return invalid(`the algorithm is none of ${tsigAlgorithms.join(", ")}`);
  }
  try {
    encodeName(name);
  } catch {
    return invalid("the key's name is no domain name");
  }
  const secret = Buffer.from(secretText, "base64");
  if (secret.length === 0 || secret.toString("base64") !== secretText) {
    return invalid("the secret is not base64");
  }
  return {
    kind: "key",
    key: { name: canonicalName(name), algorithm, secret: Uint8Array.from(secret) },
  };
}

function isAlgorithm(text: string): text is TsigAlgorithm {
  return (tsigAlgorithms as readonly string[]).includes(text);
}

function invalid(reason: string): ParsedKey {
  return { kind: "invalid", reason };
}
