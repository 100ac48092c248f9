/** Ports as people type them. */
export type PortText =
  | { readonly ok: true; readonly port: number | null }
  | { readonly ok: false; readonly error: string };

/** Reads `8080`; empty text is null where `optional`. */
export function readPort(text: string, optional: boolean): PortText {
  const trimmed = text.trim();
  if (trimmed === "") {
    return optional ? { ok: true, port: null } : { ok: false, error: "Enter a port number." };
  }
  const port = /^\d{1,5}$/.test(trimmed) ? Number(trimmed) : 0;
  return port >= 1 && port <= 65535
    ? { ok: true, port }
    : { ok: false, error: "A port is a whole number from 1 to 65535." };
}
