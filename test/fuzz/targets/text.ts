/** Bytes as the product turns them into text before it parses. */

export function utf8(input: Uint8Array): string {
  return new TextDecoder().decode(input);
}

export function latin1(input: Uint8Array): string {
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString("latin1");
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}
