import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { NOON_MS } from '../../support/records.ts';

describe('a message of a direct room', () => {
  test('shows when it was first read', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { chat, clock } = harness;
    const startMs = clock.nowMs();
    const { roomId } = await alice.sendTo('bob', '1');
    await harness.settle();
    for (const content of ['2', '3']) await alice.send(content, { roomId });
    await harness.settle();
    const readBy = ({ connection }: Client, sequence: number) => {
      clock.advance(1000);
      return chat.readReceipts.markRead(connection, { roomId, sequence });
    };
    const position = { lastSequence: 0, epoch: undefined, lastId: undefined };
    const shown = async ({ connection }: Client, limit?: number) => {
      const page = { roomId, before: undefined, after: undefined, limit };
      const { messages, readAtMsOf } = await chat.directRoomReader.readHistory(
        connection.user,
        page,
      );
      return messages.map((message) => secondsOf(readAtMsOf(message)));
    };
    const missed = async ({ connection }: Client) => {
      const seconds: (number | undefined)[] = [];
      await chat.directRoomSubscriber.subscribe(
        connection,
        { roomId, position },
        (subscription) => {
          const { messages, readAtMsOf } = subscription;
          seconds.push(...messages.map((message) => secondsOf(readAtMsOf(message))));
        },
      );
      return seconds;
    };
    const listed = async ({ connection }: Client) => {
      const { items } = await chat.roomLists.listConversations(connection.user);
      const [conversation] = items;
      return secondsOf(conversation?.lastReadAtMs);
    };
    const secondsOf = (atMs: number | undefined) => atMs && (atMs - startMs) / 1000;
    assert.deepEqual(await shown(alice), [undefined, undefined, undefined]);

    await readBy(bob, 2);
    await readBy(bob, 1);
    assert.deepEqual(await shown(alice), [1, 1, undefined]);
    clock.advance(1000);
    await bob.send('4', { roomId }); // Replying implies reading.
    await readBy(alice, 4);
    await alice.send('5', { roomId });

    const expected = [1, 1, 3, 4, undefined];
    assert.deepEqual(await shown(alice), expected);
    assert.deepEqual(await shown(alice, 2), expected.slice(-2));
    assert.deepEqual(await missed(bob), expected);
    assert.equal(await listed(alice), undefined);
    await readBy(bob, 5);
    assert.equal(await listed(bob), 5);
  });

  test('shows no read time after retention has deleted the data', async () => {
    const harness = new ChatHarness();
    const [alice] = [await harness.connect('alice'), await harness.connect('bob')];
    const { roomId } = await alice.sendTo('bob', '1');
    const cut = { beforeMs: NOON_MS * 2, eventsMax: 10 };
    await harness.store.log.deleteMessagesOlderThan(roomId, cut);

    const page = { roomId, before: undefined, after: undefined, limit: undefined };
    const { messages } = await harness.chat.directRoomReader.readHistory(
      alice.connection.user,
      page,
    );

    assert.deepEqual(messages, []);
  });
});
