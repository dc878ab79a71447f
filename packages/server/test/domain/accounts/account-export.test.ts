/** The cost of exports for others; the tests of the route have their content. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExportedFile } from '../../../src/domain/accounts/export-reading.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { memoryFileStorage } from '../../support/memory-file-storage.ts';

const MESSAGES = 60;
const PAGE = 25;

test('exports read a small page of messages at a time, one for all of them', async () => {
  const harness = new ChatHarness({ fileStorage: memoryFileStorage(new Map()) });
  const clients = [await harness.connect('alice'), await harness.connect('bob')];
  for (const client of clients) await client.join('lobby');
  for (let index = 0; index < MESSAGES; index += 1) await clients[0]?.send(`note ${index}`);
  const { log } = harness.store;
  const readHistory = log.readHistory.bind(log);
  let atOnce = 0;
  let atOnceMax = 0;
  const limits: number[] = [];
  log.readHistory = async (page) => {
    atOnce += 1;
    atOnceMax = Math.max(atOnceMax, atOnce);
    limits.push(page.limit);
    await new Promise(setImmediate); // So that another read could begin.
    atOnce -= 1;
    return readHistory(page);
  };
  const read = async ({ connection: { user } }: Client): Promise<number> => {
    const identity = { user, sessionKey: '', expiresAtMs: Number.MAX_SAFE_INTEGER };
    let lines = 0;
    const reader = { network: '', end: () => {}, pack: messagesOf };
    for await (const piece of await harness.chat.accountExport.begin(identity, reader)) {
      lines += String(piece).split('\n').length - 1;
    }
    return lines;
  };

  const counts = await Promise.all(clients.map(read));

  assert.deepEqual(counts, [MESSAGES, 0]);
  assert.equal(atOnceMax, 1);
  assert.deepEqual(limits, Array(2 * Math.ceil(MESSAGES / PAGE)).fill(PAGE));
});

async function* messagesOf(files: AsyncIterable<ExportedFile>): AsyncGenerator<Uint8Array> {
  for await (const { name, pieces } of files) {
    for await (const piece of pieces) if (name.startsWith('messages/')) yield Buffer.from(piece);
  }
}
