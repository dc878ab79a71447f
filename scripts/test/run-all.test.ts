import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder, inProcesses, runAll } from './run-all.ts';

test('whole systems stand at the start, stores and commands at the end', () => {
  const [cli, server, stores, web, script, browser] = [
    'packages/server/test/cli/cli.test.ts',
    'packages/server/test/http/ready.test.ts',
    'packages/server/test/stores/archive.test.ts',
    'packages/web/test/route.test.ts',
    'scripts/arguments.test.ts',
    'tests/browser/page.test.ts',
  ] as const;

  const order = inOrder([script, stores, browser, cli, web, server]);

  assert.deepEqual(order, [browser, server, web, script, cli, stores]);
});

test('files of the domain share a process, files that start processes have one each', () => {
  const [chat, room, store, cli] = [
    'packages/server/test/domain/store-calls.test.ts',
    'packages/server/test/domain/rooms/large-room.test.ts',
    'packages/server/test/stores/archive.test.ts',
    'packages/server/test/cli/cli.test.ts',
  ] as const;

  assert.deepEqual(inProcesses([chat, store, room, cli]), [[chat, room], [store], [cli]]);
});

test('many files of whole servers are spread over processes of almost equal length', () => {
  const files = Array.from({ length: 15 }, (_, n) => `packages/server/test/http/${n}.test.ts`);

  const processes = inProcesses(files);

  assert.deepEqual(
    processes.map((paths) => paths.length),
    [8, 7],
  );
  assert.deepEqual(new Set(processes.flat()), new Set(files));
});

test('runs each file once, one per processor from the start and one from the end', async () => {
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const run = (path: string): Promise<void> => {
    started.push(path);
    return new Promise((resolve) => finish.set(path, resolve));
  };
  const all = runAll(['a', 'b', 'c', 'd', 'e', 'f'], run, 2);
  assert.deepEqual(started, ['a', 'b', 'f']);

  for (const path of ['f', 'e', 'a']) {
    finish.get(path)?.();
    await new Promise(setImmediate);
  }
  assert.deepEqual(started, ['a', 'b', 'f', 'e', 'd', 'c']);

  for (const path of ['b', 'd', 'c']) finish.get(path)?.();
  await all;
  assert.equal(started.length, 6);
});
