/** Homeport's own icons: 20 units square, drawn with the colour of the text. Decorative; words stand beside them. */
import type { ReactNode } from "react";

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export function CheckCircleIcon() {
  return (
    <Icon>
      <circle cx="10" cy="10" r="7.25" />
      <path d="m6.8 10.2 2.2 2.2 4.2-4.6" />
    </Icon>
  );
}

export function HourglassIcon() {
  return (
    <Icon>
      <path d="M5.5 3h9M5.5 17h9M6.5 3v2.5c0 2 3.5 3 3.5 4.5s-3.5 2.5-3.5 4.5V17M13.5 3v2.5c0 2-3.5 3-3.5 4.5s3.5 2.5 3.5 4.5V17" />
    </Icon>
  );
}

export function WarningIcon() {
  return (
    <Icon>
      <path d="M10 3.2 17.6 16.5H2.4L10 3.2ZM10 8v4M10 14.2v.1" />
    </Icon>
  );
}

export function FailedIcon() {
  return (
    <Icon>
      <path d="M7 2.75h6L17.25 7v6L13 17.25H7L2.75 13V7L7 2.75Z" />
      <path d="m7.5 7.5 5 5m0-5-5 5" />
    </Icon>
  );
}

export function ClosingIcon() {
  return (
    <Icon>
      <circle cx="10" cy="10" r="7.25" strokeDasharray="3 2.3" />
      <path d="M7 10h6" />
    </Icon>
  );
}

export function IdleIcon() {
  return (
    <Icon>
      <circle cx="10" cy="10" r="7.25" />
      <path d="M8.2 7.5v5M11.8 7.5v5" />
    </Icon>
  );
}

export function InfoIcon() {
  return (
    <Icon>
      <circle cx="10" cy="10" r="7.25" />
      <path d="M10 9.3v4.2M10 6.5v.1" />
    </Icon>
  );
}

export function CopyIcon() {
  return (
    <Icon>
      <rect x="7" y="7" width="9.5" height="9.5" rx="2" />
      <path d="M13 7V5.5a2 2 0 0 0-2-2H5.5a2 2 0 0 0-2 2V11a2 2 0 0 0 2 2H7" />
    </Icon>
  );
}

export function CheckIcon() {
  return (
    <Icon>
      <path d="m4 10.5 4 4 8-9" />
    </Icon>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="m5 5 10 10M15 5 5 15" />
    </Icon>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M10 4v12M4 10h12" />
    </Icon>
  );
}

export function WaitingIcon() {
  return (
    <Icon>
      <path d="M7.5 5.5v9M12.5 5.5v9" />
      <circle cx="10" cy="10" r="7.5" />
    </Icon>
  );
}

export function ChevronIcon() {
  return (
    <Icon>
      <path d="m7.5 5 5 5-5 5" />
    </Icon>
  );
}

export function SettingsIcon() {
  return (
    <Icon>
      <path d="M3 6h5.5M13 6h4M3 14h3.5M11 14h6" />
      <circle cx="10.75" cy="6" r="2.1" />
      <circle cx="8.75" cy="14" r="2.1" />
    </Icon>
  );
}

export function RouterIcon() {
  return (
    <Icon>
      <rect x="2.75" y="10.5" width="14.5" height="5.75" rx="1.75" />
      <path d="M5.8 13.4h.1M8.8 13.4h.1M14 10.5V7" />
      <path d="M11.6 6.3a3.4 3.4 0 0 1 4.8 0M9.9 4.3a5.8 5.8 0 0 1 8.2 0" />
    </Icon>
  );
}

export function LockIcon() {
  return (
    <Icon>
      <rect x="4.25" y="9" width="11.5" height="8" rx="2" />
      <path d="M6.75 9V6.5a3.25 3.25 0 0 1 6.5 0V9" />
    </Icon>
  );
}

export function NetworkIcon() {
  return (
    <Icon>
      <rect x="7.25" y="2.75" width="5.5" height="4.5" rx="1.2" />
      <rect x="2.25" y="12.75" width="5.5" height="4.5" rx="1.2" />
      <rect x="12.25" y="12.75" width="5.5" height="4.5" rx="1.2" />
      <path d="M10 7.25V10M5 12.75V10h10v2.75" />
    </Icon>
  );
}

/** The app's mark, as in assets/icon.svg: a roof over an anchor whose ring is the open port. */
export function HomeportMark() {
  return (
    <svg className="mark" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <rect className="mark-ground" width="64" height="64" rx="15" />
      <path d="M11.5 29.5 32 12l20.5 17.5" />
      <circle className="mark-ring" cx="32" cy="28.5" r="4.5" />
      <path d="M32 34v18.5M14.5 39.5C15.5 47.5 22.5 53 32 53s16.5-5.5 17.5-13.5" />
    </svg>
  );
}
