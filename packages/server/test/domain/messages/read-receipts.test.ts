import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';

const READERS_LISTED_MAX = 100;

describe('the readers of a message', () => {
  for (const othersCount of [1, READERS_LISTED_MAX]) {
    test(`include an author who has left, among ${othersCount} others`, async () => {
      const harness = new ChatHarness();
      const { chat } = harness;
      const alice = await harness.connect('alice');
      const { room } = await alice.join('lobby');
      const { sequence } = await alice.send('hello');
      const others = Array.from({ length: othersCount }, (_, index) => `reader-${index}`);
      for (const name of others) {
        const reader = await harness.connect(name);
        await reader.join('lobby');
        await chat.readReceipts.markRead(reader.connection, { roomId: room.id, sequence });
      }
      const { user } = alice.connection;
      await chat.memberships.end(user, { roomId: room.id, subjectId: user.id, reason: 'left' });

      const message = { sequence, userId: user.id };
      const page = { roomId: room.id, messages: [message] };
      const readers = (await chat.readReceipts.findReaders(user, page))(message);

      assert.equal(readers.length, Math.min(othersCount + 1, READERS_LISTED_MAX));
      assert.equal(readers.filter((id) => id === user.id).length, 1);
    });
  }
});
