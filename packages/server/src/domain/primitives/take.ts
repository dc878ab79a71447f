/** Passes on the first items of a sequence, and reads no more of it. */
export function* take<T>(items: Iterable<T>, countMax: number): Iterable<T> {
  let count = 0;
  for (const item of items) {
    if (count >= countMax) return;
    count += 1;
    yield item;
  }
}
