/** The window in a test: mounted as main.tsx does it, with a FakeBridge behind it. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { vi } from "vitest";
import type { Snapshot } from "../../shared/snapshot.ts";
import { App } from "../app.tsx";
import { connect, useWindowStore } from "../store.ts";
import { FakeBridge } from "./fake-bridge.ts";

const undo: (() => void)[] = [];

/** Opens the whole window on `snapshot`; null before the engine told one. */
export async function openWindow(snapshot: Snapshot | null): Promise<FakeBridge> {
  const fake = new FakeBridge(snapshot);
  vi.stubGlobal("homeport", fake.bridge);
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  undo.push(connect(fake.bridge), () => act(() => root.unmount()));
  await act(async () => root.render(<App />));
  return fake;
}

/** For `afterEach`: unmounts, disconnects and forgets. */
export function closeWindow(): void {
  for (const step of undo.splice(0).toReversed()) step();
  useWindowStore.setState(useWindowStore.getInitialState(), true);
  document.body.replaceChildren();
  vi.unstubAllGlobals();
}

export async function emit(fake: FakeBridge, snapshot: Snapshot): Promise<void> {
  await act(async () => fake.emit(snapshot));
}

/** The one element of `selector`; throws when there is none or more than one. */
export function only(selector: string, within: ParentNode = document): HTMLElement {
  const [element, ...others] = within.querySelectorAll<HTMLElement>(selector);
  if (element === undefined || others.length > 0) {
    throw new Error(
      `${others.length + (element === undefined ? 0 : 1)} elements match ${selector}`,
    );
  }
  return element;
}

/** Opens what is folded away, as a click on its summary would. */
export async function unfold(...folds: readonly HTMLElement[]): Promise<void> {
  await act(async () => {
    for (const fold of folds) {
      (fold as HTMLDetailsElement).open = true;
      fold.dispatchEvent(new Event("toggle"));
    }
  });
}

/** The accessible name of a button, as aria-label or text. */
function nameOf(element: Element): string {
  return (element.getAttribute("aria-label") ?? element.textContent ?? "").trim();
}

/** The one button called `name`. */
export function button(name: string, within: ParentNode = document): HTMLElement {
  const all = [...within.querySelectorAll<HTMLElement>("button")];
  const [found, ...others] = all.filter((element) => nameOf(element) === name);
  if (found === undefined || others.length > 0) {
    throw new Error(
      `${others.length} more than one “${name}” among: ${all.map(nameOf).join(", ")}`,
    );
  }
  return found;
}

export function hasButton(name: string): boolean {
  return [...document.querySelectorAll("button")].some((element) => nameOf(element) === name);
}

export async function press(name: string, within?: ParentNode): Promise<void> {
  const target = button(name, within);
  await act(async () => {
    target.focus();
    target.click();
    // Some views bring their data along when they are opened.
    await import("../servers/known-services.ts");
  });
}

/** Types `text` into the field that `label` names, over what it holds. */
export async function fill(label: string, text: string): Promise<void> {
  const field = fieldOf(label);
  await act(async () => {
    // Past React's own setter on the element, which would hide the change from it.
    const { prototype } =
      field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Reflect.set(prototype, "value", text, field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

export function fieldOf(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll("label")].find((it) => it.textContent === label);
  if (found === undefined) throw new Error(`no field “${label}”`);
  const field = found.htmlFor === "" ? found.querySelector("input") : null;
  return field ?? (only(`[id="${found.htmlFor}"]`) as HTMLInputElement);
}
