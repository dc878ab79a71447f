import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Epoch, MessageId } from '@parley/protocol';
import fc from 'fast-check';
import { beginPageLoad } from '../../../src/core/messages/changes-during-page-load.ts';
import { MESSAGES_PER_ROOM_MAX } from '../../../src/core/messages/message-window.ts';
import {
  applyLogged,
  applyMessage,
  applyOlderPage,
  applySnapshot,
  dropPruned,
  hasGap,
  logOfSnapshot,
  type RoomLog,
  resumePosition,
} from '../../../src/core/rooms/room-log.ts';
import {
  BOB_ID,
  EPOCH,
  LOBBY,
  message,
  messagePayload,
  range,
  snapshot,
} from '../../fakes/builders.ts';

const CATCH_UP = { isCatchUp: true };
const sequencesOf = (log: RoomLog): number[] => log.messages.map(({ sequence }) => sequence);

describe('room log', () => {
  test('starts at the head of the snapshot, knowing that there may be older pages', () => {
    const log = logOfSnapshot(snapshot([51, 52, 54], { headSequence: 55 }));

    assert.equal(log.position, 55);
    assert.deepEqual(sequencesOf(log), [51, 52, 54]);
    assert(log.hasOlder);
  });

  test('puts a change of a message in its place, so that it leaves no gap', () => {
    const about = { roomId: LOBBY, messageId: 'm1' as MessageId, userId: BOB_ID };
    const edit = { ...about, sequence: 2, content: 'edited', editedAt: '2026-01-31T12:00:09.000Z' };

    const edited = applyLogged(logOfSnapshot(snapshot([1])), {
      type: 'message_edited',
      payload: edit,
    });
    const deleted = applyLogged(edited, {
      type: 'message_deleted',
      payload: { ...about, sequence: 3 },
    });

    assert.deepEqual(
      [edited, deleted].map((log) => [log.position, log.messages[0]?.content]),
      [
        [2, 'edited'],
        [3, ''],
      ],
    );
    assert(!hasGap(applyMessage(deleted, message(4))));
  });

  test('applies the events of a snapshot to older messages', () => {
    const about = { roomId: LOBBY, messageId: 'm1' as MessageId, userId: BOB_ID };
    const event = { type: 'message_deleted', payload: { ...about, sequence: 2 } } as const;
    const missed = snapshot([3], { events: [event], headSequence: 3 });

    const log = applySnapshot(logOfSnapshot(snapshot([1])), missed, CATCH_UP);

    assert.deepEqual(
      log.messages.map(({ sequence, content }) => [sequence, content]),
      [
        [1, ''],
        [3, 'message 3'],
      ],
    );
  });

  test('knows that there is nothing before the first message of a room', () => {
    assert.equal(logOfSnapshot(snapshot([1, 2])).hasOlder, false);
    assert.equal(logOfSnapshot(snapshot([])).hasOlder, false);
  });

  test('moves its position with each message in turn', () => {
    let log = logOfSnapshot(snapshot([1]));
    log = applyMessage(log, message(2));
    log = applyMessage(log, message(3));

    assert.equal(log.position, 3);
    assert.deepEqual(sequencesOf(log), [1, 2, 3]);
    assert.equal(hasGap(log), false);
  });

  test('shows a message once, however often it arrives', () => {
    let log = logOfSnapshot(snapshot([1, 2]));
    for (const sequence of [2, 3, 3, 1, 2]) log = applyMessage(log, message(sequence));

    assert.deepEqual(sequencesOf(log), [1, 2, 3]);
  });

  test('detects a gap, keeps its position below it, and closes it in any order', () => {
    let log = logOfSnapshot(snapshot([1]));
    log = applyMessage(log, message(4));
    log = applyMessage(log, message(3));

    assert(hasGap(log));
    assert.equal(log.position, 1);
    assert.deepEqual(sequencesOf(log), [1, 3, 4]);

    log = applyMessage(log, message(2));
    assert.equal(hasGap(log), false);
    assert.equal(log.position, 4);
    assert.deepEqual(sequencesOf(log), [1, 2, 3, 4]);
  });

  test('closes a gap by a catch-up, also one left by an event that is not a message', () => {
    const holed = applyMessage(logOfSnapshot(snapshot([1])), message(4));

    const log = applySnapshot(holed, snapshot([2, 4], { headSequence: 4 }), CATCH_UP);

    assert.equal(hasGap(log), false);
    assert.equal(log.position, 4);
    assert.deepEqual(sequencesOf(log), [1, 2, 4]);
  });

  test('keeps events that arrived during the catch-up', () => {
    const log = [3, 4].reduce(
      (held, sequence) => applyMessage(held, message(sequence)),
      logOfSnapshot(snapshot([1, 2])),
    );

    const caughtUp = applySnapshot(log, snapshot([2, 3], { headSequence: 3 }), CATCH_UP);

    assert.equal(caughtUp.position, 4);
    assert.deepEqual(sequencesOf(caughtUp), [1, 2, 3, 4]);
  });

  test('drops its window when the server reports truncated', () => {
    const held = applyMessage(logOfSnapshot(snapshot(range(1, 5))), message(9));

    const log = applySnapshot(held, snapshot(range(900, 950), { truncated: true }), CATCH_UP);

    assert.deepEqual(sequencesOf(log), range(900, 950));
    assert.deepEqual(log.ahead, []);
    assert(log.hasOlder);
  });

  test('drops its window when the log is another one, even if it is shorter', () => {
    const held = logOfSnapshot(snapshot(range(1, 90)));

    const epoch = 'e2' as Epoch;
    const log = applySnapshot(held, snapshot([1, 2], { epoch, truncated: true }), CATCH_UP);

    assert.deepEqual(sequencesOf(log), [1, 2]);
    assert.equal(log.position, 2);
    assert.equal(log.epoch, epoch);
  });

  test('merges a second join that overlaps its window, and keeps the older pages', () => {
    const held = logOfSnapshot(snapshot(range(1, 60)));

    const log = applySnapshot(held, snapshot(range(51, 70)), { isCatchUp: false });

    assert.deepEqual(sequencesOf(log), range(1, 70));
  });

  test('replaces its window by a second join after a gap', () => {
    const held = logOfSnapshot(snapshot(range(1, 10)));

    const log = applySnapshot(held, snapshot(range(51, 70)), { isCatchUp: false });

    assert.deepEqual(sequencesOf(log), range(51, 70));
  });

  test('prepends an older page, and ends if the server has no more', () => {
    const held = logOfSnapshot(snapshot(range(51, 60)));

    const page = { before: 51, messages: range(1, 50).map((n) => message(n)), hasMore: false };
    const log = applyOlderPage(beginPageLoad(held), page);

    assert.deepEqual(sequencesOf(log), range(1, 60));
    assert.equal(log.hasOlder, false);
    assert.equal(log.position, 60);
  });

  test('drops an older page that was requested before the window was replaced', () => {
    const replaced = logOfSnapshot(snapshot(range(900, 950)));

    const page = { before: 51, messages: [message(49), message(50)], hasMore: true };

    assert.deepEqual(applyOlderPage(beginPageLoad(replaced), page), replaced);
    assert.deepEqual(applyOlderPage(replaced, { ...page, before: 900 }), replaced);
  });

  test('applies changes that arrived while an older page was loading to that page', () => {
    const about = (sequence: number, n: number) => ({
      roomId: LOBBY,
      messageId: `m${n}` as MessageId,
      userId: BOB_ID,
      sequence,
    });
    const edit = { ...about(61, 48), content: 'edited', editedAt: '2026-01-31T12:00:09.000Z' };
    const missed = { type: 'message_deleted', payload: about(63, 50) } as const;

    let log = beginPageLoad(logOfSnapshot(snapshot(range(51, 60))));
    log = applyLogged(log, { type: 'message_edited', payload: edit });
    log = applyLogged(log, { type: 'message_deleted', payload: about(62, 49) });
    log = applySnapshot(log, snapshot([], { events: [missed], headSequence: 63 }), CATCH_UP);
    const messages = range(47, 50).map((n) => message(n));
    log = applyOlderPage(log, { before: 51, messages, hasMore: true });

    assert.deepEqual(
      log.messages.slice(0, 4).map(({ content }) => content),
      ['message 47', 'edited', '', ''],
    );
    assert.equal(log.recent, undefined);
  });

  test('drops an older page after too many changes, and loads it again', () => {
    const payload = { roomId: LOBBY, messageId: 'm50' as MessageId, userId: BOB_ID };
    const held = beginPageLoad(logOfSnapshot(snapshot(range(51, 60))));

    const changed = range(61, 1_061).reduce(
      (log, sequence) =>
        applyLogged(log, { type: 'message_pinned', payload: { ...payload, sequence } }),
      held,
    );
    const log = applyOlderPage(changed, { before: 51, messages: [message(50)], hasMore: true });

    assert.deepEqual([log.messages[0]?.sequence, log.hasOlder], [51, true]);
  });

  test('ends paging when the server reports more but sends nothing', () => {
    const held = beginPageLoad(logOfSnapshot(snapshot([5, 6])));

    assert.equal(applyOlderPage(held, { before: 5, messages: [], hasMore: true }).hasOlder, false);
  });

  test('ignores a message below its window: an old duplicate leaves no gap', () => {
    const held = logOfSnapshot(snapshot(range(51, 60)));

    assert.deepEqual(sequencesOf(applyMessage(held, message(7))), range(51, 60));
  });

  test('removes messages that the server deleted, also from a page that is loading', () => {
    const held = beginPageLoad(logOfSnapshot(snapshot(range(51, 60))));

    const within = dropPruned(held, 55);
    const below = dropPruned(held, 40);
    const page = { before: 51, messages: [message(39), message(50)], hasMore: true };

    assert.deepEqual(
      [sequencesOf(within), within.hasOlder, within.position],
      [range(55, 60), false, 60],
    );
    assert.deepEqual([sequencesOf(below), below.hasOlder], [range(51, 60), true]);
    assert.deepEqual(sequencesOf(applyOlderPage(below, page)), range(51, 60));
    assert.deepEqual(sequencesOf(dropPruned(held, 61)), []);
  });

  test('removes messages that the server deleted while it was away', () => {
    const held = logOfSnapshot(snapshot(range(51, 60)));
    const resume = (firstSequence: number) => {
      const answer = { ...snapshot([61]), firstSequence };
      const log = applySnapshot(held, answer, { isCatchUp: true });
      return [sequencesOf(log), log.hasOlder];
    };

    assert.deepEqual(resume(55), [range(55, 61), false]);
    assert.deepEqual(resume(51), [range(51, 61), true]);
  });

  test('sends the last id only if the event at its position is a message', () => {
    const onMessage = logOfSnapshot(snapshot([1, 2]));
    const behindIt = logOfSnapshot(snapshot([1, 2], { headSequence: 3 }));

    assert.deepEqual(resumePosition(onMessage), {
      lastSequence: 2,
      epoch: EPOCH,
      lastId: 'm2' as MessageId,
    });
    assert.deepEqual(resumePosition(behindIt), { lastSequence: 3, epoch: EPOCH });
  });

  for (const [title, count, expected] of [
    ['keeps everything below its limit', MESSAGES_PER_ROOM_MAX - 1, MESSAGES_PER_ROOM_MAX - 1],
    ['keeps everything at its limit', MESSAGES_PER_ROOM_MAX, MESSAGES_PER_ROOM_MAX],
    ['drops the oldest above its limit', MESSAGES_PER_ROOM_MAX + 1, MESSAGES_PER_ROOM_MAX - 500],
  ] as const) {
    test(title, () => {
      const held = logOfSnapshot(snapshot(range(1, count - 1)));

      const log = applyMessage(held, message(count));

      assert.equal(log.messages.length, expected);
      assert.equal(log.messages.at(-1)?.sequence, count);
      assert.equal(log.hasOlder, expected < count);
    });
  }
});

describe('room log, random histories', () => {
  /** A room of up to 40 events; `false` is an event that is not a message (an edit, a leave). */
  const roomArbitrary = fc
    .array(fc.boolean(), { maxLength: 39 })
    .map((isMessage) => [true, ...isMessage]);

  /** The server's answer to a resume from a position while its head was `head`. */
  function missed(isMessage: readonly boolean[], position: number, head: number) {
    const history = range(position + 1, head)
      .filter((sequence) => isMessage[sequence - 1])
      .map((sequence) => messagePayload(sequence));
    return snapshot([], { history, headSequence: head });
  }

  const stepArbitrary = fc.record({
    kind: fc.constantFrom('event' as const, 'resume' as const, 'older' as const),
    at: fc.nat(),
    head: fc.nat(),
  });

  test('any interleaving of events, repeats and resumes gives every message once, in order', () => {
    fc.assert(
      fc.property(roomArbitrary, fc.nat(), fc.array(stepArbitrary), (isMessage, start, steps) => {
        const last = isMessage.length;
        const joinedAt = start % (last + 1);
        // A join receives the newest five messages at that time.
        const joined = missed(isMessage, Math.max(0, joinedAt - 5), joinedAt);
        let log = logOfSnapshot(joined);

        for (const { kind, at, head } of steps) {
          const sequence = 1 + (at % last);
          if (kind === 'event' && isMessage[sequence - 1]) {
            log = applyMessage(log, message(sequence));
          } else if (kind === 'resume') {
            const upTo = log.position + (head % (last - log.position + 1));
            log = applySnapshot(log, missed(isMessage, log.position, upTo), CATCH_UP);
          }
          assertOrdered(log);
        }

        log = applySnapshot(log, missed(isMessage, log.position, last), CATCH_UP);
        const first = joined.history[0]?.sequence ?? joinedAt + 1;
        const expected = range(first, last).filter((sequence) => isMessage[sequence - 1]);
        assert.deepEqual(sequencesOf(log), expected);
        assert.equal(log.position, last);
        assert.deepEqual(log.ahead, []);
      }),
    );
  });

  test('a snapshot and the events after it equal a fresh snapshot with all older pages', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (before, after, pageSize) => {
          const total = before + after;
          let live = logOfSnapshot(snapshot(range(Math.max(1, before - pageSize + 1), before)));
          for (const sequence of range(before + 1, total)) {
            live = applyMessage(live, message(sequence));
          }
          const fresh = logOfSnapshot(snapshot(range(Math.max(1, total - pageSize + 1), total)));

          assert.deepEqual(readAll(live, pageSize), readAll(fresh, pageSize));
        },
      ),
    );
  });
});

function assertOrdered(log: RoomLog): void {
  const sequences = sequencesOf(log);
  const sorted = [...new Set(sequences)].sort((a, b) => a - b);
  assert.deepEqual(sequences, sorted);
}

/** Loads older pages until there are no more. */
function readAll(start: RoomLog, pageSize: number): RoomLog {
  let log = start;
  for (;;) {
    const before = log.messages[0]?.sequence;
    if (!log.hasOlder || before === undefined) return log;
    const first = Math.max(1, before - pageSize);
    const messages = range(first, before - 1).map((sequence) => message(sequence));
    log = applyOlderPage(beginPageLoad(log), { before, messages, hasMore: first > 1 });
  }
}
