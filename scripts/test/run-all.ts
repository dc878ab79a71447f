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
 * Folders whose files share processes, a number of files each. They change nothing outside of their
 * own objects, and measure neither memory nor time: most of their time is the start of a process
 * and the import of the modules.
 */
const SHARED: Readonly<Record<string, number>> = {
  'packages/client/test/core/': 50,
  'packages/protocol/test/': 50,
  'packages/server/test/domain/': 200,
  'packages/server/test/gateways/': 12,
  'packages/server/test/http/': 14,
  'packages/web/test/': 50,
  'packages/websocket/test/protocol/': 50,
  'tests/browser/': 4,
};

/** Files that share a process; files without others are alone in it. */
export function inProcesses(files: readonly string[]): string[][] {
  const processes = Map.groupBy(
    files,
    (path) => Object.keys(SHARED).find((folder) => path.startsWith(folder)) ?? path,
  );
  return [...processes].flatMap(([folder, paths]) => inParts(paths, SHARED[folder] ?? 1));
}

/** Parts of almost equal length, which `max` limits. */
function inParts(paths: readonly string[], max: number): string[][] {
  const count = Math.ceil(paths.length / max);
  return Array.from({ length: count }, (_, part) =>
    paths.filter((_path, index) => index % count === part),
  );
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
