/** A real server continues while the pipe of its log is open, but not read. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';

const MESSAGES = 3000;
/** A message causes three lines; together they exceed the pipe and the queue by far. */
const BATCH = 100;

interface Entry {
  readonly event: string;
  readonly count?: number;
}

const parse = (line: string): Entry => JSON.parse(line) as Entry;

test('answers every message while its log is not read, then reports how many lines it dropped', async () => {
  const directory = temporaryDirectory();
  const pipe = join(directory, 'log');
  execFileSync('mkfifo', [pipe]);
  // Opened for both, so that the pipe has a reader, and opening it does not wait for a writer.
  const reader = new Socket({ fd: openSync(pipe, 'r+'), readable: true, writable: false });
  reader.pause();
  const server = await ParleyProcess.start(
    {
      PORT: await findFreePort(),
      DATA_DIR: directory,
      LOG_LEVEL: 'debug',
      MESSAGE_RATE_MAX: '0',
    },
    { logFile: pipe },
  );
  const alice = await (await Account.signUp(server.url, 'alice')).connect();
  const { roomId } = await alice.joinRoom({ roomName: 'lobby' });

  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    const send = () => alice.sendMessage({ roomId, content: 'x' });
    await Promise.all(Array.from({ length: BATCH }, send));
  }
  let text = '';
  for await (const chunk of reader.setEncoding('utf8')) {
    text += chunk;
    if (/"logger\.dropped"\}\n/.test(text)) break;
  }

  const entries = text.trim().split('\n').map(parse);
  const report = entries.find(({ event }) => event === 'logger.dropped');
  assert.equal(Number(report?.count) > MESSAGES / 10, true, `${report?.count}`);
  reader.destroy();
  alice.close();
  await server.stop();
});
