import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import fc from 'fast-check';
import type { StreamingMessage } from '../../src/core/messages/streaming-messages.ts';
import type { Member, Notice } from '../../src/core/rooms/room-state.ts';
import type { TimelineMessage } from '../../src/core/rooms/timeline.ts';
import {
  GROUP_MS,
  lastSequence,
  type TimelineRow,
  timelineRows,
  withStreaming,
} from '../../src/react/message-list/timeline-rows.ts';

const NOON_MS = new Date(2026, 0, 31, 12).getTime();

function sent(sequence: number, over: Partial<TimelineMessage> = {}): TimelineMessage {
  return {
    key: `m${sequence}`,
    userId: 'u-bob',
    sender: 'bob',
    content: `message ${sequence}`,
    attachments: [],
    sentAtMs: NOON_MS + sequence * 1_000,
    delivery: {
      kind: 'sent',
      // Ids are branded strings: the brand exists for the compiler only.
      id: `m${sequence}` as MessageId,
      sequence,
      reactions: [],
      isPinned: false,
    },
    ...over,
  };
}

function pending(key: string, over: Partial<TimelineMessage> = {}): TimelineMessage {
  // The rows use only the kind.
  const delivery = { kind: 'pending' } as TimelineMessage['delivery'];
  return { ...sent(0), key, userId: 'u-alice', sender: 'alice', delivery, ...over };
}

function notice(number: number, over: Partial<Notice> = {}): Notice {
  return {
    key: `${number}`,
    kind: 'joined',
    // Ids are branded strings: the brand exists for the compiler only.
    userId: `u${number}` as Notice['userId'],
    username: `user-${number}`,
    afterSequence: 0,
    atMs: NOON_MS,
    ...over,
  };
}

const rowsOf = (
  messages: readonly TimelineMessage[],
  notices: readonly Notice[] = [],
): TimelineRow[] =>
  timelineRows({ messages, notices, divider: undefined, hasOlder: false, threads: undefined });

const groupStarts = (rows: readonly TimelineRow[]): boolean[] =>
  rows.flatMap((row) => (row.kind === 'message' ? [row.startsGroup] : []));

const namesOf = (members: readonly Member[]): string[] => members.map(({ username }) => username);
const days = (rows: readonly TimelineRow[]): (number | undefined)[] => rows.map(({ day }) => day);

describe('timelineRows', () => {
  test('groups messages of one user', () => {
    const rows = rowsOf([sent(1), sent(2), sent(3, { userId: 'u-carol' }), sent(4)]);

    assert.deepEqual(groupStarts(rows), [true, false, true, true]);
  });

  for (const [title, gapMs, startsGroup] of [
    ['just under five minutes', GROUP_MS - 1, false],
    ['five minutes', GROUP_MS, true],
  ] as const) {
    test(`${startsGroup ? 'starts' : 'continues'} a group after ${title}`, () => {
      const rows = rowsOf([sent(1, { sentAtMs: NOON_MS }), sent(2, { sentAtMs: NOON_MS + gapMs })]);

      assert.deepEqual(groupStarts(rows), [true, startsGroup]);
    });
  }

  test('shows a day where it starts, and starts a group with it', () => {
    const beforeMidnight = new Date(2026, 0, 31, 23, 59, 59).getTime();
    const rows = rowsOf([
      sent(1, { sentAtMs: beforeMidnight }),
      sent(2, { sentAtMs: beforeMidnight + 2_000 }),
      sent(3, { sentAtMs: beforeMidnight + 3_000 }),
    ]);

    assert.deepEqual(days(rows), [
      new Date(2026, 0, 31).getTime(),
      new Date(2026, 1, 1).getTime(),
      undefined,
    ]);
    assert.deepEqual(groupStarts(rows), [true, true, false]);
  });

  test('never goes back a day if a clock is behind', () => {
    const afterMidnight = new Date(2026, 1, 1, 0, 0, 1).getTime();
    const rows = rowsOf([
      sent(1, { sentAtMs: afterMidnight }),
      pending('p', { sentAtMs: afterMidnight - 5_000 }),
    ]);

    assert.deepEqual(days(rows), [new Date(2026, 1, 1).getTime(), undefined]);
  });

  test('puts joins and leaves between the messages, consecutive ones in one line', () => {
    const rows = rowsOf(
      [sent(1), sent(2)],
      [
        notice(1, { afterSequence: 1 }),
        notice(2, { afterSequence: 1 }),
        notice(3, { afterSequence: 1, kind: 'left' }),
        notice(4, { afterSequence: 2 }),
      ],
    );

    assert.deepEqual(
      rows.map((row) =>
        row.kind === 'notice' ? [namesOf(row.joined), namesOf(row.left)] : row.key,
      ),
      ['m1', [['user-1', 'user-2'], ['user-3']], 'm2', [['user-4'], []]],
    );
    assert.deepEqual(groupStarts(rows), [true, true]);
  });

  test('shows only the last of consecutive joins and leaves of a user', () => {
    const userId = 'u1' as Notice['userId'];
    const [row] = rowsOf(
      [],
      [notice(1, { userId }), notice(2, { userId, username: 'user-1', kind: 'left' })],
    );

    assert(row?.kind === 'notice');
    assert.deepEqual(row.joined, []);
    assert.deepEqual(namesOf(row.left), ['user-1']);
  });

  test('shows who was removed in the same line', () => {
    const [row] = rowsOf([], [notice(1), notice(2, { kind: 'removed' })]);

    assert(row?.kind === 'notice');
    const names = [row.joined, row.left, row.removed].map(namesOf);
    assert.deepEqual(names, [['user-1'], [], ['user-2']]);
  });

  test('puts joins and leaves before outgoing messages', () => {
    const rows = rowsOf([sent(1), pending('p')], [notice(1, { afterSequence: 1 })]);

    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['message', 'notice', 'message'],
    );
  });

  test('leaves out the first message, with everything before it, while there are older ones', () => {
    const rows = timelineRows({
      messages: [sent(5), sent(6), sent(7)],
      notices: [notice(1, { afterSequence: 2 })],
      divider: undefined,
      hasOlder: true,
      threads: undefined,
    });

    assert.deepEqual(
      rows.map(({ key }) => key),
      ['m6', 'm7'],
    );
  });

  for (const [title, divider, firstUnread] of [
    ['nowhere, where nothing was unread', undefined, undefined],
    ['above the first message of a room that was never read', 0, 'm1'],
    ['above the first that was unread', 2, 'm3'],
    ['above the one behind what was read, where that was no message', 4, 'm5'],
  ] as const) {
    test(`the unread messages start ${title}`, () => {
      const messages = [sent(1), sent(2), sent(3), sent(5)];

      const input = { messages, notices: [], divider, hasOlder: false, threads: undefined };
      const rows = timelineRows(input);

      const unread = rows.filter((row) => row.kind === 'message' && row.isFirstUnread);
      assert.deepEqual(
        unread.map(({ key }) => key),
        firstUnread === undefined ? [] : [firstUnread],
      );
      assert(unread.every((row) => row.kind === 'message' && row.startsGroup));
    });
  }

  test('the last message up to a row has the read sequence', () => {
    const rows = rowsOf([sent(4), sent(6), pending('p')], [notice(1, { afterSequence: 5 })]);

    assert.deepEqual(
      [-1, 0, 1, 2, 3, 9].map((index) => lastSequence(rows, index)),
      [0, 4, 4, 6, 6, 6],
    );
  });

  test('puts messages in progress last, and shows none of another room', () => {
    const [lobby, ops] = ['r-lobby' as RoomId, 'r-ops' as RoomId];
    const streaming: readonly StreamingMessage[] = [lobby, ops].map((roomId, index) => ({
      roomId,
      draftId: `d${index}`,
      content: 'One',
      untilMs: 0,
    }));
    const rows = rowsOf([sent(1), pending('p')]);

    assert.deepEqual(
      withStreaming(rows, streaming, lobby).map(({ key }) => key),
      ['m1', 'p', 'streaming d0'],
    );
    assert.equal(withStreaming(rows, streaming, 'r-design' as RoomId), rows);
  });

  describe('with threads', () => {
    const parentId = 'm1' as MessageId;
    const foldedRows = (
      messages: readonly TimelineMessage[],
      { divider, newAfter }: { divider?: number; newAfter: number },
    ): TimelineRow[] =>
      timelineRows({
        messages,
        notices: [],
        divider,
        hasOlder: false,
        threads: { newAfter, selfId: 'u-alice' },
      });

    test('leaves replies to their thread, and counts them as read with the row before', () => {
      const reply = sent(2, { parentId, userId: 'u-carol' });
      const rows = foldedRows([sent(1), reply, sent(3)], { newAfter: 3 });

      assert.deepEqual(
        rows.map(({ key }) => key),
        ['m1', 'm3'],
      );
      assert.deepEqual(groupStarts(rows), [true, false]);
      assert.equal(lastSequence(rows, 0), 2);
    });

    test('shows replies that are also messages of the room like other messages', () => {
      const also = { parentId, userId: 'u-carol', alsoToRoom: true } as const;
      const rows = foldedRows([sent(1), sent(2, also), sent(3, also)], { newAfter: 2 });

      assert.deepEqual(
        rows.map(({ kind, key }) => [kind, key]),
        [
          ['message', 'm1'],
          ['message', 'm2'],
          ['message', 'm3'],
        ],
      );
    });

    test('shows new replies of others in one thread as one line', () => {
      const other = 'm2' as MessageId;
      const rows = foldedRows(
        [
          sent(1),
          sent(2),
          sent(3, { parentId }),
          sent(4, { parentId, userId: 'u-alice' }),
          sent(5, { parentId, userId: 'u-carol' }),
          sent(6, { parentId: other }),
          sent(7),
        ],
        { newAfter: 2, divider: 2 },
      );

      assert.deepEqual(
        rows.map((row) => (row.kind === 'replies' ? row.replies.map(({ key }) => key) : row.key)),
        ['m1', 'm2', ['m3', 'm5'], ['m6'], 'm7'],
      );
      assert.deepEqual(
        rows.map((row) => row.kind === 'replies' && row.isFirstUnread),
        [false, false, true, false, false],
      );
      assert.deepEqual(groupStarts(rows), [true, false, true]);
      assert.equal(lastSequence(rows, 2), 5);
    });

    test('shows a reply that was not sent', () => {
      // The rows use only the kind.
      const delivery = { kind: 'failed' } as TimelineMessage['delivery'];
      const rows = foldedRows([sent(1), pending('p', { parentId, delivery })], { newAfter: 1 });

      assert.deepEqual(
        rows.map(({ key }) => key),
        ['m1', 'p'],
      );
    });
  });

  test('prepending an older page changes no visible row', () => {
    const message = fc.record({
      userId: fc.constantFrom('u-bob', 'u-carol'),
      parentId: fc.constantFrom(undefined, undefined, 'm1' as MessageId, 'm2' as MessageId),
      gapMs: fc.integer({ min: 0, max: 12 * 60 * 60_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 2, maxLength: 40 }),
        fc.array(fc.nat({ max: 40 }), { maxLength: 5 }),
        fc.nat(),
        fc.option(fc.nat({ max: 40 }), { nil: undefined }),
        fc.option(fc.record({ newAfter: fc.nat({ max: 40 }), selfId: fc.constant('u-carol') }), {
          nil: undefined,
        }),
        (drafts, noticePlaces, cut, divider, threads) => {
          let sentAtMs = NOON_MS;
          const messages = drafts.map(({ userId, parentId, gapMs }, index) => {
            sentAtMs += gapMs;
            const reply = parentId === undefined ? {} : { parentId };
            return sent(index + 1, { userId, sentAtMs, ...reply });
          });
          const first = cut % messages.length;
          const notices = noticePlaces
            .filter((afterSequence) => afterSequence > first)
            .sort((a, b) => a - b)
            .map((afterSequence, index) => notice(index + 1, { afterSequence, atMs: sentAtMs }));

          const page = messages.slice(first);
          const shared = { notices, divider, threads };
          const before = timelineRows({ ...shared, messages: page, hasOlder: first > 0 });
          const after = timelineRows({ ...shared, messages, hasOlder: false });

          assert.deepEqual(after.slice(after.length - before.length), before);
        },
      ),
    );
  });
});
