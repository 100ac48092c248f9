/** Host names as people type them. */
export type HostNameText =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly error: string };

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const hostName = new RegExp(`^(?:${label}\\.)+${label}$`);
/** Characters; labels are put before it, and a whole name has 253. */
const LONGEST = 200;

/** Reads `Home.Example.org.` as `home.example.org`, other scripts as `xn--…`, and `home` with `suffix` behind it. */
export function readHostName(text: string, suffix?: string): HostNameText {
  const typed = text.trim().replace(/\.$/, "");
  if (typed === "") return { ok: false, error: "Enter a name." };
  const whole = suffix !== undefined && !typed.includes(".") ? `${typed}.${suffix}` : typed;
  const name = toAscii(whole);
  if (name === null || !hostName.test(name) || name.length > LONGEST || /\.[\d.]*$/.test(name)) {
    return { ok: false, error: "That is not a host name. It looks like home.example.org." };
  }
  return suffix === undefined || name.endsWith(`.${suffix}`)
    ? { ok: true, name }
    : { ok: false, error: `Names of this provider end in .${suffix}.` };
}

function toAscii(text: string): string | null {
  if (/[\s/:@?#\\%[\]]/.test(text)) return null;
  return URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`).hostname : null;
}
