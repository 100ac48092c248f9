/**
 * A server's icon as the window may show it. Two forms are taken, each with its own measures checked: PNG (W3C, PNG
 * §5.2 and §11.2.1) and ICO, whose pictures are bitmaps or PNG. SVG is none of them: it is a program.
 */

/** Bytes; a picture of 64 × 64 has fewer. */
export const iconLimit = 32_768;
/** Pixels to each side. */
const largest = 256;
/** Pictures in one ICO. */
const mostPictures = 16;

const pngStart = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** `data:` URI of an icon; null when the bytes are none that is shown. */
export function iconOf(bytes: Uint8Array): string | null {
  if (bytes.length > iconLimit) return null;
  const type = isPng(bytes) ? "image/png" : isIco(bytes) ? "image/x-icon" : null;
  return type && `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
}

/** The same for a `data:` URI that a server gave; it is written anew. */
export function iconOfDataUri(uri: unknown): string | null {
  // Longer ones, line breaks included, hold more than may be shown.
  if (typeof uri !== "string" || uri.length > 2 * iconLimit) return null;
  const base64 = /^data:image\/(?:png|x-icon|vnd\.microsoft\.icon);base64,([\w+/=\s]*)$/.exec(uri);
  return base64 && iconOf(Buffer.from(base64[1] ?? "", "base64"));
}

function isPng(bytes: Uint8Array): boolean {
  if (bytes.length < 33 || pngStart.some((byte, at) => byte !== bytes[at])) return false;
  const view = viewOf(bytes);
  // The first chunk is the header: its length, its name, width and height.
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49_48_44_52) return false;
  return isMeasure(view.getUint32(16)) && isMeasure(view.getUint32(20));
}

function isIco(bytes: Uint8Array): boolean {
  if (bytes.length < 6) return false;
  const view = viewOf(bytes);
  const count = view.getUint16(4, true);
  if (view.getUint32(0, true) !== 0x1_00_00 || count === 0 || count > mostPictures) return false;
  if (bytes.length < 6 + 16 * count) return false;
  return Array.from({ length: count }, (_, at) => 6 + 16 * at).every((entry) => {
    const [size, start] = [view.getUint32(entry + 8, true), view.getUint32(entry + 12, true)];
    return start + size <= bytes.length && isPicture(bytes.subarray(start, start + size));
  });
}

/** What the directory says of its measures may be another thing than what is drawn. */
function isPicture(bytes: Uint8Array): boolean {
  if (isPng(bytes)) return true;
  if (bytes.length < 40) return false;
  const view = viewOf(bytes);
  // BITMAPINFOHEADER; its height counts picture and mask.
  return (
    view.getUint32(0, true) === 40 &&
    isMeasure(view.getInt32(4, true)) &&
    isMeasure(view.getInt32(8, true) / 2)
  );
}

function isMeasure(pixels: number): boolean {
  return pixels >= 1 && pixels <= largest;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
