/** Uploads that go on are there for a day, and are stored once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryPartialFiles } from '../../support/memory-partial-files.ts';

const HOUR_MS = 60 * 60 * 1000;

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test('uploads go on after a restart, expire after a day, and are collected then', async () => {
  const clock = new FakeClock();
  const partialFiles = memoryPartialFiles();
  const first = new ChatHarness({ clock, partialFiles });
  const alice = await first.userOf('alice');
  const { resumableUploads: before } = first.chat;
  const { id } = await before.begin(alice, { name: 'a', size: 6 });
  const { id: finished } = await before.begin(alice, { name: 'b', size: 3 });
  await before.append(alice, id, { offset: 0, body: bytesOf('abc') });

  const second = new ChatHarness({ clock, partialFiles, store: first.store });
  await second.chat.begin();
  clock.stall(23 * HOUR_MS);
  await second.settle();
  const { resumableUploads: uploads } = second.chat;
  assert.equal((await uploads.find(alice, id)).offset, 3);
  await uploads.append(alice, finished, { offset: 0, body: bytesOf('xyz') });
  clock.stall(HOUR_MS);

  await assert.rejects(uploads.find(alice, id), { code: 'NOT_FOUND' });
  const rest = { offset: 3, body: bytesOf('def') };
  await assert.rejects(uploads.append(alice, id, rest), { code: 'NOT_FOUND' });
  await second.settle();
  clock.stall(HOUR_MS);
  await second.settle();
  assert.deepEqual(await partialFiles.list(alice.id), []);
  await second.chat.close();
});

test('a repeated end gives the same file, and counts its bytes once', async () => {
  const harness = new ChatHarness();
  const alice = await harness.userOf('alice');
  const { resumableUploads: uploads } = harness.chat;
  const { id } = await uploads.begin(alice, { name: 'a', size: 3 });

  const end = () => uploads.append(alice, id, { offset: 3, body: bytesOf('') });
  const { stored } = await uploads.append(alice, id, { offset: 0, body: bytesOf('abc') });
  const again = await Promise.all([end(), end()]);

  assert.ok(stored !== undefined);
  assert.deepEqual(
    again.map((each) => each.stored?.id),
    [stored.id, stored.id],
  );
  assert.equal(await harness.store.files.readFileBytes(), 3);
});

test('complete uploads give way before those that are not', async () => {
  const clock = new FakeClock();
  const harness = new ChatHarness({ clock });
  const alice = await harness.userOf('alice');
  const { resumableUploads: uploads } = harness.chat;
  const { id } = await uploads.begin(alice, { name: 'a', size: 6 });
  await uploads.append(alice, id, { offset: 0, body: bytesOf('abc') });
  for (let count = 0; count < 12; count += 1) {
    clock.advance(1000);
    const { id: next } = await uploads.begin(alice, { name: 'b', size: 1 });
    await uploads.append(alice, next, { offset: 0, body: bytesOf('x') });
  }

  assert.equal((await uploads.find(alice, id)).offset, 3);
});

test('bytes of unfinished uploads take space from those of all users', async () => {
  const harness = new ChatHarness({ settings: { allFilesBytesMax: 10, userFilesPercent: 0 } });
  const [alice, bob] = [await harness.userOf('alice'), await harness.userOf('bob')];
  const { resumableUploads: uploads } = harness.chat;
  const { id } = await uploads.begin(alice, { name: 'a', size: 6 });
  const { id: other } = await uploads.begin(bob, { name: 'b', size: 6 });
  await uploads.append(alice, id, { offset: 0, body: bytesOf('abcde') });

  const begin = () => uploads.begin(bob, { name: 'c', size: 6 });
  const send = () => uploads.append(bob, other, { offset: 0, body: bytesOf('123456') });
  await assert.rejects(begin(), { code: 'UNAVAILABLE' });
  await assert.rejects(send(), { code: 'UNAVAILABLE' });
  await uploads.remove(alice, id);
  assert.ok((await send()).stored !== undefined);
});

test('the pieces of a body do not stay in memory until its end', async () => {
  const harness = new ChatHarness();
  const alice = await harness.userOf('alice');
  const { resumableUploads: uploads } = harness.chat;
  const { id } = await uploads.begin(alice, { name: 'a', size: 9 });
  const sent: WeakRef<Uint8Array>[] = [];
  const send = (): Uint8Array => {
    const piece = Uint8Array.of(sent.length);
    sent.push(new WeakRef(piece));
    return piece;
  };
  let kept: number | undefined;
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < 9; count += 1) {
      yield send();
      await nextTurn();
    }
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    // The last ones are still on their way.
    kept = sent.slice(0, 5).filter((piece) => piece.deref() !== undefined).length;
  }

  await uploads.append(alice, id, { offset: 0, body: body() });

  assert.equal(kept, 0);
});
