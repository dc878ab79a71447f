/** Pictures of users: which of them are kept, and what is said where there can be none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatError } from '@parley/protocol';
import { type FileStorage, PictureRefused } from '../../../src/ports/file-storage.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryFileStorage } from '../../support/memory-file-storage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function* parts() {
  yield { name: 'me', body: chunks() };
}
async function* chunks() {
  yield Buffer.from('x');
}

test('only the last picture of a user is kept, for as long as it is shown', async () => {
  const bytes = new Map<string, Buffer>();
  const clock = new FakeClock();
  const harness = new ChatHarness({ clock, fileStorage: memoryFileStorage(bytes) });
  await harness.chat.begin();
  const alice = await harness.userOf('alice');
  const { avatars } = harness.chat;
  const pass = async (ms: number): Promise<string[]> => {
    clock.stall(ms);
    await harness.settle();
    return [...bytes.keys()].map((id) => `/api/files/${id}`);
  };

  await avatars.set(alice, parts());
  const { avatarUrl } = await avatars.set(alice, parts());

  assert.deepEqual(await pass(3 * DAY_MS), [avatarUrl]);
  assert.equal(await harness.store.files.readFileBytes(), 1);
  await avatars.remove(alice);
  assert.deepEqual(await pass(DAY_MS), []);
  await harness.chat.close();
});

test('a picture that another application gives is not replaced', async () => {
  const bytes = new Map<string, Buffer>();
  const harness = new ChatHarness({ fileStorage: memoryFileStorage(bytes) });
  const alice = await harness.userOf('alice');
  await harness.store.accounts.setAvatarUrl(alice.id, 'https://app.example.org/alice.png');

  const { avatars } = harness.chat;
  await assert.rejects(avatars.set(alice, parts()), (error: ChatError) => {
    assert.deepEqual([error.code, error.details.field], ['FORBIDDEN', 'avatar']);
    return true;
  });
  await assert.rejects(avatars.remove(alice), { code: 'FORBIDDEN' });
});

test('a server that cannot decode pictures says so', async () => {
  const fileStorage: FileStorage = {
    ...memoryFileStorage(),
    receive: async () => {
      throw new PictureRefused('unsupported');
    },
  };
  const harness = new ChatHarness({ fileStorage });

  await assert.rejects(
    harness.chat.avatars.set(await harness.userOf('alice'), parts()),
    (error: ChatError) => {
      assert.equal(error.code, 'FORBIDDEN');
      assert.match(error.message, /cannot take pictures/);
      return true;
    },
  );
});
