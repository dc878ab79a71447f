/** Stored events whose commit was not answered reach those who do not have the room open. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeModel } from '../../support/fake-model.ts';
import { losingStore } from '../../support/losing-store.ts';

/** A harness on a store that commits, but whose answers are lost while the test says so. */
async function onLosingStore() {
  const { store, answers } = losingStore();
  const model = new FakeModel();
  const assistant = { model, mention: '@ai', firstPieceMs: 1000 };
  const harness = new ChatHarness({ store, assistant });
  await harness.chat.begin();
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room: lobby } = await alice.join('lobby');
  const elsewhere = await harness.connect('bob');
  await bob.join('lobby'); // Makes him a member; his other connection does not have it open.
  const lose = async (act: () => Promise<unknown>) => {
    answers.areLost = true;
    await assert.rejects(act, { code: 'UNAVAILABLE' });
    answers.areLost = false;
    await harness.settle();
  };
  const pass = async (ms: number) => {
    harness.clock.advance(ms);
    await harness.settle();
  };
  return { harness, model, alice, bob, elsewhere, lobby, lose, pass };
}

describe('a stored event whose commit was not answered', () => {
  test('shows in the unread counts of members elsewhere, once', async () => {
    const { alice, elsewhere, lose, pass } = await onLosingStore();

    await lose(() => alice.send('hello'));
    assert.deepEqual(elsewhere.ofKind('room-activity'), []);
    await pass(1_000);
    await pass(10_000);

    const counts = elsewhere.ofKind('room-activity').map(({ unreadCount }) => unreadCount);
    assert.deepEqual(counts, [1]);
  });

  test('shows when the command is repeated', async () => {
    const { alice, elsewhere, lose, pass } = await onLosingStore();

    await lose(() => alice.send('hello', { clientMessageId: 'c1' }));
    const again = alice.send('hello', { clientMessageId: 'c1' });
    await pass(20); // The stream reads the event that the acknowledgement stands for.
    assert.equal((await again).duplicate, true);

    assert.equal(elsewhere.ofKind('room-activity').length, 1);
  });

  test('opens a new conversation', async () => {
    const { alice, bob, lose, pass } = await onLosingStore();

    await lose(() => alice.sendTo('bob', 'psst'));
    assert.deepEqual(bob.messages, []);
    await pass(1_000);

    assert.deepEqual(bob.messages, ['psst']);
  });

  test('is answered by the assistant, once', async () => {
    const { harness, model, alice, bob, lose, pass } = await onLosingStore();

    await lose(() => alice.send('@ai?', { clientMessageId: 'c1' }));
    await pass(1_000);
    const again = alice.send('@ai?', { clientMessageId: 'c1' });
    await pass(20);
    await again;
    model.asked().say('yes');
    model.asked().end();
    await harness.settle();

    assert.equal(model.answers.length, 1);
    assert.deepEqual(bob.messages, ['@ai?', 'yes']);
  });

  test('informs a removed user on every connection', async () => {
    const { harness, alice, elsewhere, lobby, lose, pass } = await onLosingStore();
    const { id: subjectId } = elsewhere.connection.user;

    await lose(() =>
      harness.chat.memberships.end(alice.connection.user, {
        roomId: lobby.id,
        subjectId,
        reason: 'removed',
      }),
    );
    await pass(1_000);

    assert.deepEqual(
      elsewhere.ofKind('room-left').map(({ reason }) => reason),
      ['removed'],
    );
  });
});
