/** A map whose entries are looked at by turns. */

export class RotatingMap<V> extends Map<string, V> {
  /** The entry looked at longest ago, which goes to the end; null when there is none. */
  next(): readonly [name: string, value: V] | null {
    const entry = this.entries().next().value;
    if (entry === undefined) return null;
    this.delete(entry[0]);
    this.set(...entry);
    return entry;
  }
}
