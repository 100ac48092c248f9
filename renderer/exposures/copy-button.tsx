/** Puts an exposure's public endpoint on the clipboard and says so. */
import { useEffect, useState } from "react";
import { refOf } from "../../shared/endpoint.ts";
import type { Exposure } from "../../shared/snapshot.ts";
import { run, say } from "../store.ts";
import { CheckIcon, CopyIcon } from "../ui/icons.tsx";

/** Milliseconds for which the button says “Copied”. */
const SHOWN = 2000;

export interface CopyButtonProps {
  readonly exposure: Exposure;
  readonly endpoint: string;
  /** For the endpoint over IPv6 that stands beside the first. */
  readonly ipv6?: boolean;
  /** For the one on this server, which was named beside the first. */
  readonly gateway?: string;
  /** Without the word, where room is scarce. */
  readonly small?: boolean;
}

export function CopyButton(props: CopyButtonProps) {
  const { exposure, endpoint, ipv6 = false, gateway, small = false } = props;
  const [copied, setCopied] = useState<string | null>(null);
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);
  const done = copied === endpoint;
  const copy = async (): Promise<void> => {
    const way = gateway === undefined ? ipv6 && { ipv6 } : { gateway };
    if (!(await run("copyEndpoint", { ...refOf(exposure), ...way }))) return;
    setCopied(endpoint);
    say(`Copied ${endpoint}`);
  };
  const word = done ? "Copied" : "Copy";
  return (
    <button
      type="button"
      className={small ? "button icon-button" : "button copy-button"}
      aria-label={`${word} ${endpoint}`}
      onClick={() => void copy()}
    >
      {done ? <CheckIcon /> : <CopyIcon />}
      {!small && word}
    </button>
  );
}
