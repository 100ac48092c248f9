/** Puts an exposure's public endpoint on the clipboard and says so. */
import { useEffect, useState } from "react";
import type { ExposureRef } from "../../shared/contract.ts";
import { run, say } from "../store.ts";
import { CheckIcon, CopyIcon } from "../ui/icons.tsx";

/** Milliseconds for which the button says “Copied”. */
const SHOWN = 2000;

export function CopyButton({
  transport,
  internalPort,
  endpoint,
}: ExposureRef & { readonly endpoint: string }) {
  const [copied, setCopied] = useState<string | null>(null);
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);
  const done = copied === endpoint;
  const copy = async (): Promise<void> => {
    if (!(await run("copyEndpoint", { transport, internalPort }))) return;
    setCopied(endpoint);
    say(`Copied ${endpoint}`);
  };
  const word = done ? "Copied" : "Copy";
  return (
    <button
      type="button"
      className="button copy-button"
      aria-label={`${word} ${endpoint}`}
      onClick={() => void copy()}
    >
      {done ? <CheckIcon /> : <CopyIcon />}
      {word}
    </button>
  );
}
