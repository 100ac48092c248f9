/** A message across the window. */
import type { ReactNode } from "react";
import "./banner.css";
import { CloseIcon, FailedIcon, InfoIcon, WarningIcon } from "./icons.tsx";

export interface BannerProps {
  readonly level: "info" | "warning" | "error";
  readonly children: ReactNode;
  readonly onDismiss?: (() => void) | undefined;
}

const icons = { info: InfoIcon, warning: WarningIcon, error: FailedIcon };

export function Banner({ level, children, onDismiss }: BannerProps) {
  const LevelIcon = icons[level];
  return (
    <div className={`banner banner-${level}`} role={level === "error" ? "alert" : undefined}>
      <LevelIcon />
      <p>{children}</p>
      {onDismiss && (
        <button
          type="button"
          className="button icon-button"
          aria-label="Dismiss"
          onClick={onDismiss}
        >
          <CloseIcon />
        </button>
      )}
    </div>
  );
}
