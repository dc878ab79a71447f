import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import { reduceRoom } from '../../../src/core/rooms/room-state.ts';
import {
  applyReportedUnread,
  type ReportedUnread,
  readSequenceAtOpening,
  unreadOf,
} from '../../../src/core/rooms/unread-state.ts';
import { ALICE_ID, LOBBY, openRoom, range, snapshot } from '../../fakes/builders.ts';
import { ALICE } from '../../fakes/scripted-server.ts';

const reported = (over: Partial<ReportedUnread>): ReportedUnread => ({
  unreadCount: 0,
  mentionCount: 0,
  firstUnreadSequence: undefined,
  headSequence: undefined,
  ...over,
});

describe('read position of a room that is opened', () => {
  for (const [title, known, expected] of [
    ['all of it, for a new membership', undefined, 9],
    ['before the first that is unread', reported({ unreadCount: 3, firstUnreadSequence: 5 }), 4],
    ['all of it, where nothing is unread', reported({}), 9],
    ['what there was when nothing was unread', reported({ headSequence: 8 }), 8],
    ['by the number of unread messages', reported({ unreadCount: 2, headSequence: 9 }), 6],
    ['by their number at that time', reported({ unreadCount: 2, headSequence: 8 }), 5],
    ['before all that came, where more are unread', reported({ unreadCount: 40 }), 3],
  ] as const) {
    test(title, () => {
      // Sequences 5 and 8 of the log are not messages.
      assert.equal(readSequenceAtOpening(known, snapshot([4, 6, 7, 9])), expected);
    });
  }

  test('nothing is unread in an empty room', () => {
    assert.equal(readSequenceAtOpening(reported({}), snapshot([])), 0);
  });
});

describe('unread messages', () => {
  test('of an open room are those above the position', () => {
    const room = openRoom([1, 2, 3, 5], { readSequence: 2 });

    assert.deepEqual(unreadOf(room, undefined, ALICE), { unreadCount: 2, mentionCount: 0 });
  });

  test('are not those that are deleted', () => {
    const room = openRoom([1, 2, 3, 4], { readSequence: 1 });
    const messages = room.log.messages.map((message) =>
      message.sequence === 3 ? { ...message, isDeleted: true as const } : message,
    );

    assert.equal(
      unreadOf({ ...room, log: { ...room.log, messages } }, undefined, ALICE).unreadCount,
      2,
    );
  });

  test('are only those after the last message of the user', () => {
    const room = openRoom([1, 2, 3], { readSequence: 0 });
    const messages = room.log.messages.map((message) =>
      message.sequence === 2 ? { ...message, userId: ALICE_ID } : message,
    );

    assert.equal(
      unreadOf({ ...room, log: { ...room.log, messages } }, undefined, ALICE).unreadCount,
      1,
    );
  });

  test('are replies only of threads that the user follows, or that mention the user', () => {
    const room = openRoom([1, 2, 3, 4], { readSequence: 1 });
    const messages = room.log.messages.map((message) => ({
      ...message,
      ...(message.sequence === 1 ? {} : { parentId: 'm1' as MessageId }),
      ...(message.sequence === 3 ? { content: '@alice' } : {}),
    }));
    const replies = { ...room, log: { ...room.log, messages } };
    assert.deepEqual(unreadOf(replies, undefined, ALICE), { unreadCount: 1, mentionCount: 1 });

    const about = { kind: 'thread_changed', messageId: 'm1' as MessageId } as const;
    const followed = reduceRoom(replies, { ...about, following: true });
    assert.deepEqual(unreadOf(followed, undefined, ALICE), { unreadCount: 3, mentionCount: 1 });
    const ended = reduceRoom(followed, { ...about, following: false });
    assert.deepEqual(unreadOf(ended, undefined, ALICE), { unreadCount: 1, mentionCount: 1 });
  });

  test('are replies that are also messages of the room', () => {
    const room = openRoom([1, 2, 3], { readSequence: 1 });
    const messages = room.log.messages.map((message) => ({
      ...message,
      parentId: 'm1' as MessageId,
      ...(message.sequence === 3 && { alsoToRoom: true as const }),
    }));
    const replies = { ...room, log: { ...room.log, messages } };
    assert.deepEqual(unreadOf(replies, undefined, ALICE), { unreadCount: 1, mentionCount: 0 });
  });

  test('include mentions of the user', () => {
    const room = openRoom([1, 2, 3], { readSequence: 1 });
    const messages = room.log.messages.map((message) => ({ ...message, content: 'oh, @alice' }));

    assert.deepEqual(unreadOf({ ...room, log: { ...room.log, messages } }, undefined, ALICE), {
      unreadCount: 2,
      mentionCount: 2,
    });
  });

  test('are as the server reported if they start before the window', () => {
    const room = openRoom([11, 12], { readSequence: 3 });
    const known = reported({ unreadCount: 9, mentionCount: 1 });

    assert.equal(unreadOf(room, known, ALICE).unreadCount, 9);
    // A report from before the newest message is less than the current count.
    assert.equal(unreadOf(room, reported({ unreadCount: 1 }), ALICE).unreadCount, 2);
  });

  test('of a room that is not open are as the server reported', () => {
    assert.equal(unreadOf(undefined, reported({ unreadCount: 4 }), ALICE).unreadCount, 4);
    assert.equal(unreadOf({ kind: 'joining', id: LOBBY }, undefined, ALICE).unreadCount, 0);
  });

  test('are kept for the last 2,000 reported rooms', () => {
    const news = range(1, 2_001).map(
      (n) => [`r${n}` as RoomId, reported({ unreadCount: n })] as const,
    );

    const state = applyReportedUnread(new Map(), news);

    assert.equal(state.size, 2_000);
    assert.equal(state.has('r1' as RoomId), false);
    assert(applyReportedUnread(state, [['r2' as RoomId, reported({})]]).has('r2' as RoomId));
  });
});
