import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { BY } from '../../support/records.ts';

const MINUTE_MS = 60_000;

test('people are found as soon as a suspension is over, without a request of theirs, and counted within a minute', async () => {
  const on = new ChatHarness();
  const [alice, bob] = [await on.connect('alice'), await on.connect('bob')];
  const { room } = await alice.join('lobby');
  await bob.join('lobby');
  const bobId = bob.connection.user.id;
  await on.chat.begin();
  await on.settle();
  const untilMs = on.clock.nowMs() + MINUTE_MS / 2;
  const suspension = { untilMs, reason: 'Spam' };
  await on.store.sessions.setDisabled(bobId, on.clock.nowMs(), BY, suspension);
  const read = async (byMs: number) => {
    on.clock.advance(byMs);
    await on.settle();
    const viewer = alice.connection.user;
    const page = { roomId: room.id, after: undefined, limit: 9 };
    const [found, listed, searched] = [
      (await on.chat.people.find(viewer, { text: 'bob' })).items.map(({ user }) => user.id),
      await on.chat.members.read(viewer, { ...page, q: undefined }),
      await on.chat.members.read(viewer, { ...page, q: 'bob' }),
    ];
    const ids = [listed, searched].map(({ members }) => members.map(({ userId }) => userId));
    return [...[found, ...ids].map((each) => each.includes(bobId)), listed.memberTotal];
  };

  assert.deepEqual(await read(MINUTE_MS / 2 - 1), [false, false, false, 1]);
  assert.deepEqual((await read(1)).slice(0, 3), [true, true, true]);
  assert.deepEqual(await read(MINUTE_MS), [true, true, true, 2]);
  const [entry] = await on.store.audit.listAudit({ action: 'user.enable', limit: 9 });
  assert.deepEqual([entry?.actor, entry?.target], ['server', bobId]);
  await on.chat.close();
});
