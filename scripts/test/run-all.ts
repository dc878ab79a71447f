/** Test files that share a process, and how many processes run at a time. */
import { availableParallelism } from 'node:os';

/**
 * Folders whose files share processes, a number of files each. They change nothing outside of their
 * own objects, and measure neither memory nor time: most of their time is the start of a process
 * and the import of the modules.
 */
const SHARED: readonly (readonly [files: RegExp, max: number])[] = [
  [/^packages\/client\/test\/core\//, 100],
  [/^packages\/client\/test\//, 50],
  [/^packages\/protocol\/test\//, 50],
  [/^packages\/server\/test\/domain\//, 200],
  [/^packages\/server\/test\/gateways\//, 22],
  [/^packages\/server\/test\/http\//, 22],
  [/^packages\/server\/test\/(assistant|config|files|model|ops|previews|system|tokens)\//, 50],
  [/^packages\/web\/test\//, 50],
  [/^packages\/websocket\/test\/protocol\//, 50],
  [/^packages\/websocket\/test\/(conformance|frames|ws)\//, 50],
  [/^packages\/websocket\/test\/node\//, 50],
  [/^tests\/browser\//, 8],
];

/** Files of these folders that are alone: they measure memory, look at the whole process, or change it. */
const ALONE = new RegExp(
  [
    'packages/server/test/files/(killed-uploads|pictures-missing|s3-)',
    'packages/server/test/http/idle-sockets',
    'packages/websocket/test/.*/over-',
    'packages/websocket/test/node/admission/(descriptors|pressure)',
    'packages/websocket/test/node/deflate/memory',
    'packages/websocket/test/node/receive/(message-memory|socket-reader|unfinished-memory|young-)',
    'packages/websocket/test/node/send/(flush|send)-queue',
    'packages/websocket/test/node/transferred-memory',
    'packages/websocket/test/ws/(differences|open-send)',
  ].join('|'),
);

/** Files that share a process; files without others are alone in it. */
export function inProcesses(files: readonly string[]): string[][] {
  const processes = Map.groupBy(files, (path) =>
    ALONE.test(path) ? path : (SHARED.find(([shared]) => shared.test(path)) ?? path),
  );
  return [...processes].flatMap(([shared, paths]) =>
    typeof shared === 'string' ? [paths] : inParts(paths, shared[1]),
  );
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
