/** Order of the test files, which of them share a process, and how many processes run at a time. */
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
 * Folders whose files share a process. They test functions and objects with simulated surroundings,
 * in less time than it takes to start a process and to import the modules.
 */
const SHARED = [
  'client/test/core',
  'protocol/test',
  'server/test/domain',
  'websocket/test/protocol',
].map((folder) => `packages/${folder}/`);

/** Files that share a process; files without others are alone in it. */
export function inProcesses(files: readonly string[]): string[][] {
  const processOf = (path: string): string =>
    SHARED.find((folder) => path.startsWith(folder)) ?? path;
  return Object.values(Object.groupBy(files, processOf)).map((paths = []) => paths);
}

/**
 * Runs as many items from the start of the list in parallel as there are processors, and one from
 * its end, which uses the processors while the others wait for timers and other processes.
 */
export async function runAll<T>(
  items: readonly T[],
  run: (item: T) => Promise<void>,
  processors = availableParallelism(),
): Promise<void> {
  const pending = [...items];
  const work = async (next: () => T | undefined): Promise<void> => {
    for (let item = next(); item !== undefined; item = next()) await run(item);
  };
  await Promise.all([
    ...Array.from({ length: processors }, () => work(() => pending.shift())),
    work(() => pending.pop()),
  ]);
}
