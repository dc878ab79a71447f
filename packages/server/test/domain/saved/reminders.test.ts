/** Reminders of saved messages: told once to the connections of the user, and kept until they are seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('a reminder is told once when it is due, and listed until the message is saved again', async () => {
  const clock = new FakeClock();
  const harness = new ChatHarness({ clock });
  await harness.chat.begin();
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room } = await alice.join('lobby');
  await bob.join('lobby');
  const { messageId } = await bob.send('later', { roomId: room.id });
  await harness.settle();
  const { user } = alice.connection;
  const remindAt = new Date(clock.nowMs() + 60_000).toISOString();
  await harness.chat.savedMessages.save(user, { messageId, remindAt });

  const reminders = (client: typeof alice) =>
    client.received.filter(({ kind }) => kind === 'reminder');
  const pass = async (ms: number): Promise<void> => {
    // In steps of the search for due reminders.
    for (let passed = 0; passed < ms; passed += 5000) {
      clock.advance(5000);
      await harness.settle();
    }
  };
  await pass(50_000);
  assert.equal(reminders(alice).length, 0);
  await pass(20_000);
  assert.equal(reminders(alice).length, 1);
  await pass(60_000);
  assert.equal(reminders(alice).length, 1);
  assert.equal(reminders(bob).length, 0);

  const listed = async () =>
    (await harness.chat.savedMessages.list(user, { reminded: true })).items.length;
  assert.equal(await listed(), 1);
  await harness.chat.savedMessages.save(user, { messageId });
  assert.equal(await listed(), 0);
  await harness.chat.close();
});
