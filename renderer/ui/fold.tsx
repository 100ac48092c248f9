/** A part of the page that is folded away until it is asked for; what is in it is made only then. */
import { type ReactNode, useState } from "react";
import "./fold.css";
import { ChevronIcon } from "./icons.tsx";

export interface FoldProps {
  readonly title: string;
  readonly className?: string;
  readonly children: () => ReactNode;
}

export function Fold({ title, className, children }: FoldProps) {
  const [unfolded, setUnfolded] = useState(false);
  return (
    <details
      className={className === undefined ? "fold" : `fold ${className}`}
      open={unfolded}
      onToggle={(event) => setUnfolded(event.currentTarget.open)}
    >
      <summary>
        <ChevronIcon />
        {title}
      </summary>
      {unfolded && children()}
    </details>
  );
}
