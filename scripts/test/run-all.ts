/** Order of the test files, and how many run at a time. */
import { availableParallelism } from 'node:os';

/**
 * Tests of whole systems first, those of stores and commands last: both take long, and the latter
 * wait for other processes most of the time. The short ones between them make an even end.
 */
const GROUPS = [/^tests\//, /^(?!packages\/server\/test\/(?:cli|stores)\/)/, /^/];

export function inOrder(files: readonly string[]): string[] {
  const groupOf = (path: string): number => GROUPS.findIndex((group) => group.test(path));
  return files.toSorted((a, b) => groupOf(a) - groupOf(b) || (a < b ? -1 : 1));
}

/**
 * Runs as many files from the start of the list in parallel as there are processors, and one from
 * its end, which uses the processors while the others wait for timers and other processes.
 */
export async function runAll(
  files: readonly string[],
  run: (path: string) => Promise<void>,
  processors = availableParallelism(),
): Promise<void> {
  const pending = [...files];
  const work = async (next: () => string | undefined): Promise<void> => {
    for (let path = next(); path !== undefined; path = next()) await run(path);
  };
  await Promise.all([
    ...Array.from({ length: processors }, () => work(() => pending.shift())),
    work(() => pending.pop()),
  ]);
}
