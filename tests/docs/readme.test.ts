/** The README's example works as described, against the real server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { TestServer } from '../../packages/server/test/support/running-server.ts';

const README = join(import.meta.dirname, '../../README.md');

test('the client in a few lines joins a room and has its message acknowledged', async (t) => {
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync(README, 'utf8'))?.[1];
  assert(example !== undefined, 'The README has no example');
  const server = await TestServer.start();
  t.after(() => server.close());

  const program = example.replaceAll('localhost:8080', server.host);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (line.includes('message_ack')) break;
  }

  assert(said.some((line) => line.includes('room_joined')));
});
