import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { findSequenceAt, readAround } from '../../src/domain/messages/history-around.ts';
import { PAGE_BYTES_MAX } from '../../src/model/page-bytes.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, commitMessage, NOON_MS, withLobby } from '../support/records.ts';

export function testHistoryAround(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: pages around a position`, () => {
    let store: Store;
    let log: EventLog;
    let alice: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      log = store.log;
      ({ alice, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    /** Messages a minute apart; each is followed by a pin, so that every second sequence has none. */
    const sendPinned = async (count: number) => {
      const by = { roomId: lobby.id, userId: alice.id };
      for (let index = 0; index < count; index += 1) {
        const admittedAtMs = NOON_MS + index * 60_000;
        const messageId = await commitMessage(log, { ...by, admittedAtMs });
        await log.commit([change({ ...by, kind: 'pin', messageId }, { admittedAtMs })]);
      }
    };
    const around = async (sequence: number, limit: number) => {
      const { messages, ...ends } = await readAround(log, { roomId: lobby.id, sequence, limit });
      return { ...ends, sequences: messages.map((message) => message.sequence) };
    };

    test('has half of the messages before the position, and half from it on', async () => {
      await sendPinned(6);

      assert.deepEqual(await around(5, 4), {
        sequences: [1, 3, 5, 7],
        hasMore: false,
        hasNewer: true,
        anchorSequence: 5,
      });
      assert.deepEqual(await around(8, 3), {
        sequences: [7, 9, 11],
        hasMore: true,
        hasNewer: false,
        anchorSequence: 9,
      });
      assert.deepEqual(await around(7, 1), {
        sequences: [7],
        hasMore: true,
        hasNewer: true,
        anchorSequence: 7,
      });
    });

    test('ends at the newest message behind the end of the log, and is empty in an empty room', async () => {
      assert.deepEqual(await around(9, 4), { sequences: [], hasMore: false, hasNewer: false });
      await sendPinned(2);

      assert.deepEqual(await around(99, 4), {
        sequences: [1, 3],
        hasMore: false,
        hasNewer: false,
        anchorSequence: 3,
      });
    });

    test('ends at the size of a page in both directions', async () => {
      const content = '𝒶'.repeat(10_000);
      for (let index = 0; index < 40; index += 1) {
        await commitMessage(log, { roomId: lobby.id, userId: alice.id, content });
      }

      const { sequences, ...ends } = await around(20, 200);

      const half = Math.floor(PAGE_BYTES_MAX / 2 / (300 + 40_000));
      assert.deepEqual(
        sequences,
        Array.from({ length: 2 * half }, (_, index) => 20 - half + index),
      );
      assert.deepEqual(ends, { hasMore: true, hasNewer: true, anchorSequence: 20 });
    });

    test('finds the first message of a time and later', async () => {
      await sendPinned(5);
      const at = (offsetMs: number) =>
        findSequenceAt(log, { roomId: lobby.id, timeMs: NOON_MS + offsetMs });
      const anchor = async (offsetMs: number) =>
        (await around(await at(offsetMs), 2)).anchorSequence;

      assert.equal(await anchor(-1), 1);
      assert.equal(await anchor(0), 1);
      assert.equal(await anchor(1), 3);
      assert.equal(await anchor(2 * 60_000), 5);
      assert.equal(await anchor(4 * 60_000), 9);
      assert.equal(await anchor(4 * 60_000 + 1), 9, 'the newest, since none is later');
    });
  });
}
