import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Epoch, MessageId } from '@parley/protocol';
import fc from 'fast-check';
import { repetitions } from '../../../../tests/support/repetitions.ts';
import { NO_FLAGS } from '../../src/model/message-flags.ts';
import type { Room } from '../../src/model/room.ts';
import type { Position } from '../../src/model/room-state.ts';
import type { User } from '../../src/model/user.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import { command, NOON_MS, newRoomId, ownedBy, room, user, withLobby } from '../support/records.ts';

export function testEventLog(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: event log`, () => {
    let store: Store;
    let log: EventLog;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      log = store.log;
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const newCommand = (content: string, clientMessageId?: string) =>
      command({
        roomId: lobby.id,
        userId: alice.id,
        content,
        ...(clientMessageId === undefined ? {} : { clientMessageId }),
      });
    const commitTexts = (...texts: string[]) => log.commit(texts.map((text) => newCommand(text)));
    const page = (over: { before?: number; after?: number; limit?: number } = {}) =>
      log.readHistory({
        roomId: lobby.id,
        before: over.before,
        after: over.after,
        limit: over.limit ?? 50,
      });
    const read = (position?: Partial<Position> & { lastSequence: number }) =>
      log.readRoom({
        roomId: lobby.id,
        userId: alice.id,
        position: position && { epoch: undefined, lastId: undefined, ...position },
        historyCount: 2,
        bytesMax: 1_000_000,
        catchUpMax: 3,
      });

    test('numbers a room 1, 2, 3 within a batch and over several', async () => {
      const first = await commitTexts('one', 'two');
      const second = await commitTexts('three');

      const sequences = [...first, ...second].map((outcome) =>
        outcome.kind === 'stored' ? [outcome.event.sequence, outcome.event.ordinal] : [],
      );
      assert.deepEqual(sequences, [
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
    });

    test('numbers each room separately', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);

      const outcomes = await log.commit([
        newCommand('here'),
        command({ roomId: ops.id, userId: alice.id }),
        newCommand('here again'),
      ]);

      assert.deepEqual(
        outcomes.map((outcome) => outcome.kind === 'stored' && outcome.event.sequence),
        [1, 1, 2],
      );
    });

    test('returns a message as it was stored', async () => {
      const sent = newCommand('Grüße 👋', 'c1');

      await log.commit([sent]);

      const { messages } = await page();
      assert.deepEqual(messages, [
        {
          id: sent.messageId,
          roomId: lobby.id,
          userId: alice.id,
          sender: 'alice',
          content: 'Grüße 👋',
          createdAtMs: NOON_MS,
          sequence: 1,
          clientMessageId: 'c1',
          editedAtMs: undefined,
          isDeleted: false,
          ...NO_FLAGS,
          reactions: [],
          attachments: [],
          replyCount: 0,
          reply: undefined,
        },
      ]);
    });

    test('returns the first result to a retry, and stores nothing', async () => {
      const [first] = await log.commit([newCommand('hello', 'c1')]);
      await commitTexts('between');

      const [again] = await log.commit([newCommand('hello', 'c1')]);

      assert(first?.kind === 'stored');
      assert.deepEqual(again, {
        kind: 'duplicate',
        epoch: first.event.epoch,
        messageId: (await page()).messages[0]?.id,
        sequence: first.event.sequence,
        createdAtMs: first.event.createdAtMs,
      });
      assert.equal((await page()).messages.length, 2);
    });

    test('recognizes a retry in the same batch as the first command', async () => {
      const outcomes = await log.commit([newCommand('hello', 'c1'), newCommand('hello', 'c1')]);

      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['stored', 'duplicate'],
      );
    });

    test('rejects another command with a used id, and stores nothing', async () => {
      await log.commit([newCommand('hello', 'c1')]);

      const [outcome] = await log.commit([newCommand('good bye', 'c1')]);

      assert.deepEqual(outcome, {
        kind: 'rejected',
        code: 'CONFLICT',
        field: 'clientMessageId',
      });
      assert.equal((await page()).messages.length, 1);
    });

    test('accepts the same id from another user and in another room as another message', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);

      const outcomes = await log.commit([
        newCommand('hello', 'c1'),
        command({ roomId: lobby.id, userId: bob.id, clientMessageId: 'c1' }),
        command({ roomId: ops.id, userId: alice.id, clientMessageId: 'c1' }),
      ]);

      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['stored', 'stored', 'stored'],
      );
    });

    test('rejects users who are not members and unknown rooms, without a gap in the sequence', async () => {
      const carol = user('carol');
      await store.accounts.insertUser(carol, 'hash');

      const outcomes = await log.commit([
        newCommand('one'),
        command({ roomId: lobby.id, userId: carol.id }),
        command({ roomId: newRoomId(), userId: alice.id }),
        newCommand('two'),
      ]);

      assert.deepEqual(outcomes[1], { kind: 'rejected', code: 'FORBIDDEN' });
      assert.deepEqual(outcomes[2], { kind: 'rejected', code: 'NOT_FOUND' });
      assert.deepEqual(
        (await page()).messages.map(({ sequence, content }) => [sequence, content]),
        [
          [1, 'one'],
          [2, 'two'],
        ],
      );
    });

    test('never decreases the time within a room', async () => {
      await log.commit([{ ...newCommand('late'), admittedAtMs: NOON_MS + 10 }]);

      const [outcome] = await log.commit([{ ...newCommand('early'), admittedAtMs: NOON_MS }]);

      assert.equal(outcome?.kind === 'stored' && outcome.event.createdAtMs, NOON_MS + 10);
    });

    test("moves only the sender's read position to the new message", async () => {
      await commitTexts('one', 'two');

      const [ofAlice] = await store.rooms.listRoomsOf(alice.id, 1);
      const [ofBob] = await store.rooms.listRoomsOf(bob.id, 1);
      assert.deepEqual(ofAlice?.membership?.read, { sequence: 2, ordinal: 2 });
      assert.deepEqual(ofBob?.membership?.read, { sequence: 0, ordinal: 0 });
    });

    test('pages in both directions without gap or overlap, oldest first', async () => {
      await commitTexts('1', '2', '3', '4', '5');

      const newest = await page({ limit: 2 });
      const older = await page({ limit: 2, before: 4 });
      const oldest = await page({ limit: 2, before: 2 });
      const newer = await page({ limit: 2, after: 2 });

      assert.deepEqual(
        newest.messages.map(({ content }) => content),
        ['4', '5'],
      );
      assert.deepEqual(
        older.messages.map(({ content }) => content),
        ['2', '3'],
      );
      assert.deepEqual(
        oldest.messages.map(({ content }) => content),
        ['1'],
      );
      assert.deepEqual(
        newer.messages.map(({ content }) => content),
        ['3', '4'],
      );
      assert.deepEqual(
        [newest, older, oldest, newer].map(({ hasMore }) => hasMore),
        [true, true, false, true],
      );
    });

    test('reports that there is no more if a page fits exactly', async () => {
      await commitTexts('1', '2');

      assert.equal((await page({ limit: 2 })).hasMore, false);
      assert.equal((await page({ limit: 1 })).hasMore, true);
      assert.equal((await page({ limit: 1, after: 1 })).hasMore, false);
    });

    test('returns texts with any characters as they were committed', async () => {
      const texts = [
        '"quotes" and \\ \\u0041',
        'line\nend\r\t\u0001\u001f\u007f',
        '\u2028 👩‍👩‍👧 é \ufeff',
      ];
      await commitTexts(...texts);

      const { messages } = await page({ limit: 3 });

      assert.deepEqual(
        messages.map(({ content }) => content),
        texts,
      );
    });

    test('returns an empty page for an unknown room', async () => {
      const found = await log.readHistory({
        roomId: newRoomId(),
        before: undefined,
        after: undefined,
        limit: 10,
      });

      assert.deepEqual(found, { messages: [], hasMore: false });
    });

    test('returns the newest page to a first join', async () => {
      await commitTexts('1', '2', '3');

      const state = await read();

      assert.equal(state?.head.sequence, 3);
      assert.equal(state?.truncated, false);
      assert.deepEqual(
        state?.history.map(({ content }) => content),
        ['2', '3'],
      );
    });

    test('returns only what was missed to a returning client', async () => {
      await commitTexts('1', '2', '3', '4');

      const state = await read({ lastSequence: 1 });

      assert.equal(state?.truncated, false);
      assert.deepEqual(
        state?.history.map(({ content }) => content),
        ['2', '3', '4'],
      );
    });

    test('returns nothing to a client that missed nothing', async () => {
      await commitTexts('1', '2');

      const state = await read({ lastSequence: 2 });

      assert.deepEqual(state?.history, []);
      assert.equal(state?.truncated, false);
    });

    const replaced: readonly [title: string, position: () => Parameters<typeof read>[0]][] = [
      ['is further behind than the cap', () => ({ lastSequence: 0 })],
      ['is ahead of the log', () => ({ lastSequence: 5 })],
      ['comes from another epoch', () => ({ lastSequence: 3, epoch: 'another' as Epoch })],
      ['has another message there', () => ({ lastSequence: 3, lastId: 'another' as MessageId })],
    ];
    for (const [title, position] of replaced) {
      test(`replaces the messages of a client that ${title}`, async () => {
        await commitTexts('1', '2', '3', '4');

        const state = await read(position());

        assert.equal(state?.truncated, true);
        assert.deepEqual(
          state?.history.map(({ content }) => content),
          ['3', '4'],
        );
      });
    }

    test('accepts a position with the right epoch and the right message', async () => {
      await commitTexts('1', '2');
      const epoch = (await read())?.head.epoch;
      const lastId = (await page()).messages[0]?.id;

      const state = await read({ lastSequence: 1, epoch, lastId });

      assert.equal(state?.truncated, false);
    });

    test('gives each room its own epoch, which stays the same', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      const epochOf = async (roomId: Room['id']) => {
        const state = await log.readRoom({
          roomId,
          userId: alice.id,
          position: undefined,
          historyCount: 0,
          bytesMax: 1_000_000,
          catchUpMax: 1,
        });
        return state?.head.epoch;
      };

      const before = await epochOf(lobby.id);
      await commitTexts('1');

      assert.equal(await epochOf(lobby.id), before);
      assert.notEqual(await epochOf(ops.id), before);
    });

    test('returns no state of a room that does not exist', async () => {
      await store.rooms.deleteRoom(lobby.id, 100);

      assert.equal(await read(), undefined);
    });

    test('reads the heads of rooms, and omits rooms that do not exist', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      await commitTexts('one', 'two');

      const heads = await log.readHeads([lobby.id, newRoomId(), ops.id]);

      const sequences = new Map(heads.map(({ roomId, head }) => [roomId, head.sequence]));
      assert.deepEqual(
        sequences,
        new Map([
          [lobby.id, 2],
          [ops.id, 0],
        ]),
      );
      const ofLobby = heads.find(({ roomId }) => roomId === lobby.id);
      assert.deepEqual(ofLobby?.head, (await read())?.head);
      assert.deepEqual(await log.readHeads([]), []);
    });

    test('compares heads: finds those that are not as known, and rooms that do not exist', async () => {
      const ops = room('ops');
      await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
      await commitTexts('one', 'two');
      const read = await log.readHeads([lobby.id, ops.id]);
      const [ofLobby, ofOps] = [lobby, ops].map(({ id }) => {
        const found = read.find(({ roomId }) => roomId === id);
        assert(found !== undefined);
        return found;
      }) as [(typeof read)[0], (typeof read)[0]];
      const missing = newRoomId();

      const same = await log.readMovedHeads([ofLobby, { roomId: missing, head: undefined }, ofOps]);
      assert.deepEqual(same, { moved: [], missing: [missing] });

      const { epoch } = ofLobby.head;
      const outdated = [
        undefined,
        { sequence: 1, epoch },
        { sequence: 2, epoch: 'another' as Epoch },
      ];
      for (const head of outdated) {
        const compared = await log.readMovedHeads([{ roomId: lobby.id, head }, ofOps]);
        assert.deepEqual(compared, { moved: [ofLobby], missing: [] });
      }
      assert.deepEqual(await log.readMovedHeads([]), { moved: [], missing: [] });
    });

    test('reads events after a sequence, in order', async () => {
      await commitTexts('1', '2', '3');

      const { events } = await log.readEvents(lobby.id, 1, 10);

      assert.deepEqual(
        events.map((event) => [
          event.sequence,
          event.ordinal,
          event.kind === 'message' && event.message.content,
        ]),
        [
          [2, 2, '2'],
          [3, 3, '3'],
        ],
      );
      assert.equal((await log.readEvents(lobby.id, 0, 2)).events.length, 2);
    });

    test('gives any schedule of concurrent writers 1, 2, 3 without gaps or repeats', async () => {
      const writers = fc.array(
        fc.record({ by: fc.constantFrom('alice', 'bob'), id: fc.integer({ min: 0, max: 9 }) }),
        { minLength: 1, maxLength: 12 },
      );
      const ops = fc.array(writers, { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(ops, async (batches) => {
          const here = room(`room-${newRoomId()}`);
          await store.rooms.createRoom(here, ownedBy(alice), NOON_MS);
          await store.rooms.addMember(here.id, bob.id, NOON_MS);

          const answers = await Promise.all(
            batches.map((batch) =>
              log.commit(
                batch.map(({ by, id }) =>
                  command({
                    roomId: here.id,
                    userId: by === 'alice' ? alice.id : bob.id,
                    clientMessageId: `c${id}`,
                  }),
                ),
              ),
            ),
          );

          const asked = new Set(batches.flat().map(({ by, id }) => `${by} ${id}`));
          const { messages } = await log.readHistory({
            roomId: here.id,
            before: undefined,
            after: undefined,
            limit: 200,
          });
          assert.deepEqual(
            messages.map(({ sequence }) => sequence),
            Array.from(asked, (_, index) => index + 1),
          );
          const stored = answers.flat().filter(({ kind }) => kind === 'stored');
          assert.equal(stored.length, asked.size);
        }),
        { numRuns: repetitions(15, 40) },
      );
    });
  });
}
