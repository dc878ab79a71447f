/** Splits long lists into requests of a bounded size. */

export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Maps items in order, a limited number at once. */
export async function inSteps<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const chunk of chunksOf(items, concurrency)) {
    results.push(...(await Promise.all(chunk.map(map))));
  }
  return results;
}
