/** When an item with the focus goes away (a server becomes an exposure), the focus goes to what took its place. */
import { type RefObject, useLayoutEffect } from "react";

/**
 * Hands the focus to the first of `selectors` that is on the page when `ref`'s element leaves it while it holds
 * the focus. Without this the focus falls to the body, and keyboard users start over.
 */
export function useFocusHandover(
  ref: RefObject<HTMLElement | null>,
  selectors: readonly string[],
): void {
  const joined = selectors.join("\n");
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      if (element === null || !element.contains(document.activeElement)) return;
      // The element leaves the page right after this; what takes its place is there after the commit.
      queueMicrotask(() => {
        for (const selector of joined.split("\n")) {
          const target = document.querySelector<HTMLElement>(selector);
          if (target === null) continue;
          target.focus();
          if (document.activeElement === target) return;
        }
      });
    };
  }, [ref, joined]);
}
