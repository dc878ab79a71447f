/** ARCHITECTURE names every file that a message passes from the socket of its author to that of a reader. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';

const ARCHITECTURE = join(import.meta.dirname, '../../ARCHITECTURE.md');
const MESSAGES = 8;
/** A walk that becomes longer needs a reason. */
const FILES_MAX = 26;

test('ARCHITECTURE names each file that a message passes', async (t) => {
  const traceFile = join(temporaryDirectory(), 'trace');
  const server = spawn(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, 'trace-calls.ts'),
      join(import.meta.dirname, 'traced-server.ts'),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TRACE_FILE: traceFile } },
  );
  t.after(() => server.kill());
  const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
  const alice = await (await Account.signUp(url, 'alice')).connect();
  const bob = await (await Account.signUp(url, 'bob')).connect();
  const { roomId } = await alice.joinRoom({ roomName: 'lobby' });
  await bob.joinRoom({ roomId });

  // Only what every message passes counts: the first ones also prepare statements, for example.
  let passed: readonly string[] | undefined;
  for (let count = 0; count < MESSAGES; count += 1) {
    writeFileSync(traceFile, '');
    const received = bob.next('chat_message');
    await alice.sendMessage({ roomId, content: `${count}` });
    await received;
    const lines = readFileSync(traceFile, 'utf8').split('\n').filter(Boolean);
    const files = new Set(lines.flatMap((line) => JSON.parse(line) as string[]));
    passed = (passed ?? [...files]).filter((file) => files.has(file));
  }

  const text = readFileSync(ARCHITECTURE, 'utf8');
  const walk = /## The life of a message\n([\s\S]*?)\n## /.exec(text)?.[1] ?? '';
  const names = new Set([...walk.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name]) => name ?? ''));
  const isNamed = (file: string) => [...names].some((name) => `/${file}`.endsWith(`/${name}`));
  const sources = [...(passed ?? [])];
  assert(sources.includes('server/src/domain/event-log/commit-queue.ts'), 'Nothing was traced');
  assert.deepEqual(
    sources.filter((file) => !isNamed(file)),
    [],
  );
  assert.ok(sources.length <= FILES_MAX, sources.sort().join('\n'));
  alice.close();
  bob.close();
});
