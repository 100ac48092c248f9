/** The picture that a server shows of itself; the name stands beside it, so nobody needs to hear of it. */
import "./server-icon.css";

export interface ServerIconProps {
  /** `data:` URI; null and undefined for none. */
  readonly icon: string | null | undefined;
}

export function ServerIcon({ icon }: ServerIconProps) {
  return icon ? <img className="server-icon" src={icon} alt="" draggable={false} /> : null;
}
