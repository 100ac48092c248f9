/** What the user should know that belongs to no single exposure, and why the last command did not work. */
import type { Notice } from "../../shared/snapshot.ts";
import { run, setTrouble, useWindowStore } from "../store.ts";
import { Banner } from "../ui/banner.tsx";

const noNotices: readonly Notice[] = [];

export function Notices() {
  const notices = useWindowStore((state) => state.snapshot?.notices ?? noNotices);
  const trouble = useWindowStore((state) => state.trouble);
  return (
    <>
      {trouble !== null && (
        <Banner level="error" onDismiss={() => setTrouble(null)}>
          {trouble}
        </Banner>
      )}
      {notices.map(({ id, level, message }) => (
        <Banner key={id} level={level} onDismiss={() => void run("dismissNotice", { id })}>
          {message}
        </Banner>
      ))}
    </>
  );
}
