/** Files that no message has are deleted, also by another run of the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryFileStorage } from '../../support/memory-file-storage.ts';
import { memoryPartialFiles } from '../../support/memory-partial-files.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;

test('files that no message took go after a day, those of a deleted message at once', async () => {
  const bytes = new Map<string, Buffer>();
  const clock = new FakeClock();
  const fileStorage = memoryFileStorage(bytes);
  const first = new ChatHarness({ clock, fileStorage });
  const alice = await first.connect('alice');
  const { id: roomId } = (await alice.join('lobby')).room;
  const upload = async (): Promise<string> => {
    async function* parts() {
      yield { name: 'a', body: chunks() };
    }
    async function* chunks() {
      yield Buffer.from('x');
    }
    const [file] = await first.chat.uploads.receive(await first.userOf('alice'), parts());
    return file?.id ?? assert.fail();
  };
  const [kept, deleted, waiting] = [await upload(), await upload(), await upload()];
  for (const fileId of [kept, deleted]) await alice.send('look', { attachments: [{ fileId }] });
  const { messages } = await first.store.log.readHistory({
    ...{ roomId, before: undefined, after: undefined, limit: 9 },
  });
  await alice.change(roomId, messages[1]?.id ?? assert.fail(), { kind: 'deletion' });
  assert.deepEqual([...bytes.keys()].sort(), [kept, deleted, waiting].sort());

  await first.chat.begin();
  await first.settle();
  assert.deepEqual([...bytes.keys()].sort(), [kept, waiting].sort());
  const late = await upload();
  await alice.send('look', { attachments: [{ fileId: late }] });
  const { messages: now } = await first.store.log.readHistory({
    ...{ roomId, before: undefined, after: undefined, limit: 9 },
  });
  await alice.change(roomId, now.at(-1)?.id ?? assert.fail(), { kind: 'deletion' });
  await first.settle();
  assert.ok(bytes.has(late));
  clock.advance(MINUTE_MS);
  await first.settle();
  assert.deepEqual([...bytes.keys()].sort(), [kept, waiting].sort());
  clock.stall(23 * HOUR_MS);
  await first.settle();
  assert.deepEqual([...bytes.keys()].sort(), [kept, waiting].sort());

  // The next run of the server.
  clock.stall(3 * HOUR_MS);
  const second = new ChatHarness({ clock, fileStorage, store: first.store });
  await second.chat.begin();
  await second.settle();
  assert.deepEqual([...bytes.keys()], [kept]);
  assert.equal(await second.store.files.readFileBytes(), 1);
});

test('what uploads have left on this machine goes also if other processes run the units', async () => {
  const clock = new FakeClock();
  const partialFiles = memoryPartialFiles();
  const harness = new ChatHarness({ clock, partialFiles, settings: { units: [] } });
  const { id } = await harness.userOf('alice');
  const file = { id: 'a', name: 'a', size: 9, expiresAtMs: clock.nowMs() + HOUR_MS };
  await partialFiles.begin(id, file);

  await harness.chat.begin();
  await harness.settle();
  assert.equal((await partialFiles.list(id)).length, 1);
  clock.stall(2 * HOUR_MS);
  await harness.settle();
  assert.deepEqual(await partialFiles.list(id), []);
});
