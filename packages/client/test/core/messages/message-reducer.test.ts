import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LoggedEvent, MessageId, UserId } from '@parley/protocol';
import type { Message, Reaction } from '../../../src/core/messages/message.ts';
import { reduceMessages } from '../../../src/core/messages/message-reducer.ts';
import { ALICE_ID, BOB_ID, LOBBY, message, range } from '../../fakes/builders.ts';

const place = { roomId: LOBBY, messageId: 'm1' as MessageId, sequence: 2 };

function react(emoji: string, userId: UserId, count: number): LoggedEvent {
  return { type: 'reaction_added', payload: { ...place, emoji, userId, count } };
}

function unreact(emoji: string, userId: UserId, count: number): LoggedEvent {
  return { type: 'reaction_removed', payload: { ...place, emoji, userId, count } };
}

function after(...events: LoggedEvent[]): Message | undefined {
  return events.reduce(reduceMessages, [message(1)])[0];
}

describe('a message', () => {
  test('has its reactions in the order of the emoji, users in the order of reacting', () => {
    const reactions = after(react('b', ALICE_ID, 1), react('a', BOB_ID, 1), react('b', BOB_ID, 2));

    assert.deepEqual(reactions?.reactions, [
      { emoji: 'a', userIds: [BOB_ID], count: 1 },
      { emoji: 'b', userIds: [ALICE_ID, BOB_ID], count: 2 },
    ] satisfies Reaction[]);
  });

  test('loses a reaction that its last user removes', () => {
    const changed = after(
      react('a', ALICE_ID, 1),
      react('a', BOB_ID, 2),
      unreact('a', ALICE_ID, 1),
      react('b', ALICE_ID, 1),
      unreact('b', ALICE_ID, 0),
    );

    assert.deepEqual(changed?.reactions, [{ emoji: 'a', userIds: [BOB_ID], count: 1 }]);
  });

  test('loses the other votes of a user with a vote in a poll with one choice', () => {
    const others = [
      { emoji: 'b', count: 1 },
      { emoji: 'c', count: 0 },
    ];
    const vote: LoggedEvent = {
      type: 'reaction_added',
      payload: { ...place, emoji: 'a', userId: ALICE_ID, count: 1, others },
    };
    const before = [react('b', ALICE_ID, 1), react('b', BOB_ID, 2), react('c', ALICE_ID, 1)];

    for (const events of [[vote], [vote, vote]]) {
      assert.deepEqual(after(...before, ...events)?.reactions, [
        { emoji: 'a', userIds: [ALICE_ID], count: 1 },
        { emoji: 'b', userIds: [BOB_ID], count: 1 },
      ] satisfies Reaction[]);
    }
  });

  test('is the same after an event that arrives twice', () => {
    const [once, twice] = [react('a', ALICE_ID, 1)].flatMap((event) => [
      after(event),
      after(event, event),
    ]);

    assert.deepEqual(twice, once);
  });

  for (const [people, named] of [
    [99, 99],
    [100, 100],
    [101, 100],
  ] as const) {
    test(`names ${named} of ${people} users who react, and counts all`, () => {
      const events = range(1, people).map((n) => react('a', `u-${n}` as UserId, n));

      const [reaction] = after(...events)?.reactions ?? [];

      assert.equal(reaction?.userIds.length, named);
      assert.equal(reaction?.count, people);
    });
  }

  test('is pinned until it is unpinned', () => {
    const pin = { type: 'message_pinned', payload: { ...place, userId: BOB_ID } } as const;
    const unpin = { type: 'message_unpinned', payload: { ...place, userId: BOB_ID } } as const;

    assert.equal(after(pin)?.isPinned, true);
    assert.equal(after(pin, unpin)?.isPinned, false);
  });

  test('keeps no content when it is deleted', () => {
    const changed = after(
      react('a', ALICE_ID, 1),
      { type: 'message_pinned', payload: { ...place, userId: BOB_ID } },
      { type: 'message_deleted', payload: { ...place, userId: BOB_ID } },
    );

    assert.deepEqual([changed?.content, changed?.reactions, changed?.isPinned], ['', [], false]);
  });

  test('is not changed by events of other messages', () => {
    const messages = [message(1), message(2)];
    const other = { ...place, messageId: 'm9' as MessageId, userId: BOB_ID };

    const changed = reduceMessages(messages, react('a', BOB_ID, 1));

    assert.equal(changed[1], messages[1]);
    assert.equal(reduceMessages(messages, { type: 'message_pinned', payload: other }), messages);
  });
});
