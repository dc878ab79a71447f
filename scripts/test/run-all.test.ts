import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inProcesses, runAll } from './run-all.ts';

test('files of the domain share a process, files that start processes have one each', () => {
  const [chat, room, store, cli] = [
    'packages/server/test/domain/store-calls.test.ts',
    'packages/server/test/domain/rooms/large-room.test.ts',
    'packages/server/test/stores/archive.test.ts',
    'packages/server/test/cli/cli.test.ts',
  ] as const;

  assert.deepEqual(inProcesses([chat, store, room, cli]), [[chat, room], [store], [cli]]);
});

test('files that look at the whole process are alone', () => {
  const [one, memory, other] = ['node/close', 'node/deflate/memory', 'node/tls/certificate'].map(
    (name) => `packages/websocket/test/${name}.test.ts`,
  );
  assert(one !== undefined && memory !== undefined && other !== undefined);

  assert.deepEqual(inProcesses([one, memory, other]), [[one, other], [memory]]);
});

test('many files of whole servers are spread over processes of almost equal length', () => {
  const files = Array.from({ length: 23 }, (_, n) => `packages/server/test/http/${n}.test.ts`);

  const processes = inProcesses(files);

  assert.deepEqual(
    processes.map((paths) => paths.length),
    [12, 11],
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
