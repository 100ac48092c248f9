/** The one polite live region. */
import { useWindowStore } from "../store.ts";

export function LiveRegion() {
  const { text, count } = useWindowStore((state) => state.spoken);
  return (
    <output className="visually-hidden">
      {/* A new element each time, so that the same words said again are a change. */}
      <span key={count}>{text}</span>
    </output>
  );
}
