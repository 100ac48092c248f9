/** Structural sharing: a snapshot from IPC is all new objects; what did not change keeps its identity, so that memo holds. */

/** `next`, with each item that equals the one of the same key in `previous` replaced by it; `previous` itself when all are. */
export function keepUnchanged<T>(
  previous: readonly T[],
  next: readonly T[],
  keyOf: (item: T) => string,
): readonly T[] {
  const known = new Map(previous.map((item) => [keyOf(item), item]));
  const kept = next.map((item) => {
    const old = known.get(keyOf(item));
    return old !== undefined && isSame(old, item) ? old : item;
  });
  const unmoved =
    kept.length === previous.length && kept.every((item, at) => item === previous[at]);
  return unmoved ? previous : kept;
}

/** Equality of plain data whose keys come in the same order, as those of two snapshots do. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
