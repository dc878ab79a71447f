/** Merges calls that arrive while an earlier one runs into the next call. */
export function coalesce<Item, Result>(
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
  itemsMax: number,
): (items: readonly Item[]) => Promise<Result[]> {
  interface Waiting {
    readonly items: readonly Item[];
    readonly resolve: (results: Result[]) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let isRunning = false;
  const takeNext = (): Waiting[] => {
    let count = 0;
    const end = waiting.findIndex(({ items }, index) => {
      count += items.length;
      return count > itemsMax && index > 0;
    });
    const next = end < 0 ? waiting : waiting.slice(0, end);
    waiting = waiting.slice(next.length);
    return next;
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const calls = takeNext();
      try {
        const results = await call(calls.flatMap(({ items }) => items));
        let from = 0;
        for (const { items, resolve } of calls) {
          resolve(results.slice(from, from + items.length));
          from += items.length;
        }
      } catch (error) {
        for (const { reject } of calls) reject(error);
      }
    }
    isRunning = false;
  };
  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject });
      if (!isRunning) queueMicrotask(() => isRunning || void run());
    });
}
