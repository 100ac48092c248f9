/** The page of the sample web server: one small document without scripts or outside parts. */

/** `visitor` and `host` come from the network; both are escaped. */
export function samplePage(visitor: string, host: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>It works</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5a6675; --paper: #f4f6f9; --card: #fff; --line: #dfe5ec; --good: #13795b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf3; --soft: #9aa7b6; --paper: #12161c; --card: #1a2028; --line: #2b343f; --good: #4cc79e; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
main { width: min(32rem, 100%); padding: 2.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
svg { display: block; width: 3.5rem; height: 3.5rem; color: var(--good); }
h1 { margin: 1rem 0 .25rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; }
p { margin: 0; color: var(--soft); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .4rem 1.25rem; margin: 1.75rem 0 0; padding-top: 1.5rem; border-top: 1px solid var(--line); }
dt { color: var(--soft); }
dd { margin: 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m7.5 12.3 3 3 6-6.3"/></svg>
<h1>It works.</h1>
<p>This page came through your public endpoint.</p>
<dl>
<dt>Endpoint</dt><dd>${escapeHtml(host)}</dd>
<dt>Visitor</dt><dd>${escapeHtml(visitor)}</dd>
</dl>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
