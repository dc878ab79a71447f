import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { PAGE_BYTES_MAX } from '../../src/model/page-bytes.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, commitMessage, withLobby } from '../support/records.ts';

/** Characters of a long text: about 40 KB in UTF-8. */
const LONG = 10_000;
/** Bytes counted for a message of such a text. */
const COUNTED = 300 + 2 + 4 * LONG;

export function testPageBytes(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: sizes of pages`, () => {
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

    const send = (content: string): Promise<MessageId> =>
      commitMessage(log, { roomId: lobby.id, userId: alice.id, content });
    const sendLong = async (count: number) => {
      for (let index = 0; index < count; index += 1) await send('𝒶'.repeat(LONG));
    };
    const read = (lastSequence: number | undefined, bytesMax: number) =>
      log.readRoom({
        roomId: lobby.id,
        userId: alice.id,
        position:
          lastSequence === undefined
            ? undefined
            : { lastSequence, epoch: undefined, lastId: undefined },
        historyCount: 50,
        catchUpMax: 1000,
        bytesMax,
      });

    test('replaces a catch-up beyond the bound by the newest messages that fit', async () => {
      await sendLong(5);

      const state = await read(0, 100_000);

      assert.equal(state?.truncated, true);
      assert.deepEqual(
        state?.history.map(({ sequence }) => sequence),
        [4, 5],
      );
    });

    test('catches up with what fits exactly', async () => {
      await sendLong(2);

      const exact = await read(0, 2 * COUNTED);
      const less = await read(0, 2 * COUNTED - 1);

      assert.deepEqual([exact?.truncated, less?.truncated], [false, true]);
      assert.equal(exact?.history.length, 2);
    });

    for (const [title, content, bytes] of [
      ['quotes', '"'.repeat(LONG), 2 * LONG],
      ['backslashes and line ends', '\\\n'.repeat(LONG / 2), 2 * LONG],
      ['control characters', `a${'\u0001'.repeat(LONG)}`, 1 + 6 * LONG],
      ['characters that JSON does not escape', '\u007F\u2028é', 6],
    ] as const) {
      test(`counts ${title} as they are on the wire`, async () => {
        await send(content);
        await send(content);

        const exact = await read(0, 2 * (300 + 2 + bytes));
        const less = await read(0, 2 * (300 + 2 + bytes) - 1);

        assert.deepEqual([exact?.truncated, less?.truncated], [false, true]);
      });
    }

    test('counts the texts of edits in a catch-up, and not those behind a pin', async () => {
      const messageId = await send('short');
      const mentions = { everyone: false, names: [] };
      const edit = { kind: 'edit', messageId, content: 'x'.repeat(LONG) } as const;
      for (let index = 0; index < 5; index += 1) {
        await log.commit([change({ ...edit, roomId: lobby.id, userId: alice.id, mentions })]);
      }
      const edits = await read(1, 40_000);
      for (const kind of ['pin', 'unpin', 'pin', 'unpin', 'pin'] as const) {
        await log.commit([change({ kind, messageId, roomId: lobby.id, userId: alice.id })]);
      }
      const pins = await read(6, 40_000);

      assert.deepEqual([edits?.truncated, pins?.truncated], [true, false]);
      assert.equal(pins?.events.length, 5);
    });

    test('opens a room whose only message exceeds the bound', async () => {
      await sendLong(1);

      const state = await read(undefined, 1000);

      assert.equal(state?.history.length, 1);
    });

    test('ends a page of history at its size, and continues behind it', async () => {
      await sendLong(40);
      const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 200 };

      const newest = await log.readHistory(page);
      const older = await log.readHistory({ ...page, before: newest.messages[0]?.sequence });
      const oldest = await log.readHistory({ ...page, before: older.messages[0]?.sequence });

      const fitting = Math.floor(PAGE_BYTES_MAX / COUNTED);
      assert.deepEqual(
        [newest, older, oldest].map(({ messages, hasMore }) => [messages.length, hasMore]),
        [
          [fitting, true],
          [fitting, true],
          [40 - 2 * fitting, false],
        ],
      );
      assert.deepEqual(
        [...oldest.messages, ...older.messages, ...newest.messages].map(({ sequence }) => sequence),
        Array.from({ length: 40 }, (_, index) => index + 1),
      );
    });

    test('ends a page of events at its size', async () => {
      await sendLong(30);

      const { events } = await log.readEvents(lobby.id, 0, 500);
      const rest = await log.readEvents(lobby.id, events.length, 500);

      assert.equal(events.length, Math.floor(PAGE_BYTES_MAX / COUNTED));
      assert.equal(events.length + rest.events.length, 30);
    });
  });
}
