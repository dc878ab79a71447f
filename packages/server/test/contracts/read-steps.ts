import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { repetitions } from '../../../../tests/support/repetitions.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  change,
  command,
  createDirectRoom,
  NOON_MS,
  newRoomId,
  withLobby,
} from '../support/records.ts';

export function testReadSteps(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: read steps of a direct room`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    let between: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
      between = await createDirectRoom(store, [alice, bob]);
    });
    afterEach(() => store.close());

    const says = (who: User, minute: number, { id: roomId } = between) =>
      command({ roomId, userId: who.id, admittedAtMs: NOON_MS + minute * 60_000 });
    const reads = (who: User, sequence: number, minute: number, { id: roomId } = between) =>
      store.rooms.markRead(roomId, who.id, { sequence, atMs: NOON_MS + minute * 60_000 });
    /** For example `alice 3 at 7`: the position, and the minute. */
    const steps = async (from = 1, limit = 50, { id: roomId } = between): Promise<string[]> => {
      const found = await store.rooms.listReadSteps(roomId, { from, limit });
      const told = found.map(({ userId, sequence, readAtMs }) => {
        const who = userId === alice.id ? 'alice' : 'bob';
        return `${who} ${sequence} at ${(readAtMs - NOON_MS) / 60_000}`;
      });
      return told.filter((step) => step.startsWith('bob'));
    };

    test('are stored for each step of a reader, by marks and by replies', async () => {
      await store.log.commit([says(alice, 1), says(alice, 2), says(alice, 3)]);
      await reads(bob, 1, 4);
      await reads(bob, 2, 5);
      await store.log.commit([says(bob, 6)]);
      await store.log.commit([says(alice, 7)]);
      await reads(bob, 5, 8);

      assert.deepEqual(await steps(), ['bob 1 at 4', 'bob 2 at 5', 'bob 4 at 6', 'bob 5 at 8']);
    });

    test('are stored once per read message, and not if nothing was unread', async () => {
      const first = says(alice, 1);
      await store.log.commit([first]);
      const about = { roomId: between.id, userId: alice.id, messageId: first.messageId };
      await store.log.commit([change({ ...about, kind: 'pin' })]);
      for (const minute of [2, 3]) await reads(bob, 1, minute);
      await store.log.commit([says(bob, 4), says(bob, 5)]);
      await store.log.commit([says(bob, 6)]);

      // The last step is the current position.
      assert.deepEqual(await steps(), ['bob 1 at 2', 'bob 5 at 6']);
      assert.deepEqual(await steps(2), ['bob 5 at 6']);
      assert.deepEqual(await steps(6), []);
    });

    test('follow the order of the commands in a batch', async () => {
      const batch = [says(alice, 1), says(bob, 2), says(alice, 3), says(bob, 4), says(bob, 5)];
      await store.log.commit([...batch, says(alice, 6), says(bob, 7)]);

      assert.deepEqual(await steps(), ['bob 2 at 2', 'bob 4 at 4', 'bob 7 at 7']);
    });

    test('are listed from a position on, up to the limit', async () => {
      for (const minute of [1, 2, 3, 4]) {
        await store.log.commit([says(alice, minute)]);
        await reads(bob, minute, 10 + minute);
      }

      assert.deepEqual(await steps(2, 1), ['bob 2 at 12', 'bob 4 at 14']);
      assert.deepEqual(await steps(4, 1), ['bob 4 at 14']);
    });

    test('give the last message, the members and the first read of several rooms at once', async () => {
      const last = says(alice, 2);
      await store.log.commit([says(alice, 1), last, says(alice, 3, lobby)]);
      await reads(bob, 1, 4);
      await reads(bob, 2, 5);
      const { rooms, log } = store;
      const both = [between.id, lobby.id];

      const latest = await log.readLatest([...both, newRoomId()]);
      const readers = await rooms.listFirstReads([
        { roomId: between.id, sequence: 1 },
        { roomId: lobby.id, sequence: 9 },
      ]);
      const members = await rooms.listMembersOf(both, 1);

      const page = { before: undefined, after: undefined, limit: 1 };
      for (const roomId of both) {
        const [message] = (await log.readHistory({ roomId, ...page })).messages;
        assert.deepEqual(latest.get(roomId), message);
        assert.deepEqual(
          members.get(roomId),
          await rooms.listMembers(roomId, { after: undefined, limit: 1 }),
        );
      }
      assert.equal(latest.size, 2);
      assert.equal(latest.get(between.id)?.id, last.messageId);
      const ofBob = readers.get(between.id)?.find(({ userId }) => userId === bob.id);
      assert.deepEqual(ofBob, { userId: bob.id, sequence: 1, readAtMs: NOON_MS + 4 * 60_000 });
      assert.deepEqual(readers.get(lobby.id) ?? [], []);
    });

    test('are not stored in other rooms, which have only the position', async () => {
      await store.log.commit([says(alice, 1, lobby), says(alice, 2, lobby)]);
      for (const sequence of [1, 2]) await reads(bob, sequence, 3 + sequence, lobby);

      assert.deepEqual(await steps(1, 50, lobby), ['bob 2 at 5']);
    });

    test('are deleted by retention with the messages', async () => {
      for (const minute of [1, 2, 3]) {
        await store.log.commit([says(alice, minute)]);
        await reads(bob, minute, 10 + minute);
      }

      const beforeMs = NOON_MS + 3 * 60_000;
      await store.log.deleteMessagesOlderThan(between.id, { beforeMs, eventsMax: 10 });

      assert.deepEqual(await steps(), ['bob 3 at 13']);
    });

    test('are not stored for marks below the position, also if retention has deleted more', async () => {
      for (const minute of [1, 2, 3]) await store.log.commit([says(alice, minute)]);
      await reads(bob, 1, 4);
      const beforeMs = NOON_MS + 3 * 60_000;
      await store.log.deleteMessagesOlderThan(between.id, { beforeMs, eventsMax: 10 });

      for (const sequence of [0, 0, 1, 1]) {
        assert.equal((await reads(bob, sequence, 5))?.position.sequence, 1);
      }

      assert.deepEqual(await steps(0), ['bob 1 at 4']);
    });

    test('tell for every message when it was first read, for any sequence of actions', async () => {
      const action = fc.oneof(
        fc.record({
          kind: fc.constant('say' as const),
          authors: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        }),
        fc.record({ kind: fc.constant('read' as const), who: fc.boolean(), back: fc.nat(3) }),
      );
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 25 }), fc.nat(), async (actions, start) => {
          run += 1;
          const nameKey = `direct:${run}`;
          const here = await createDirectRoom(store, [alice, bob], { nameKey });
          const isAlice: boolean[] = []; // The authors by sequence.
          const readAt = new Map<number, number>();
          const note = (byAlice: boolean, sequence: number, minute: number) => {
            for (let each = 1; each <= sequence; each += 1) {
              if (isAlice[each - 1] !== byAlice && !readAt.has(each)) readAt.set(each, minute);
            }
          };
          let minute = 0;
          for (const each of actions) {
            minute += 1;
            if (each.kind === 'read') {
              const sequence = Math.max(0, isAlice.length - each.back);
              await reads(each.who ? alice : bob, sequence, minute, here);
              note(each.who, sequence, minute);
              continue;
            }
            const said = each.authors.map((byAlice) => {
              isAlice.push(byAlice);
              minute += 1;
              note(byAlice, isAlice.length, minute);
              return says(byAlice ? alice : bob, minute, here);
            });
            await store.log.commit(said);
          }
          if (isAlice.length === 0) return;
          // Any page, with as many steps as it has messages.
          const from = 1 + (start % isAlice.length);
          const limit = Math.min(3, isAlice.length - from + 1);
          const found = await store.rooms.listReadSteps(here.id, { from, limit });
          for (let each = from; each < from + limit; each += 1) {
            const reader = isAlice[each - 1] ? bob.id : alice.id;
            const step = found.find((one) => one.userId === reader && one.sequence >= each);
            const expected = readAt.get(each);
            const atMs = expected === undefined ? undefined : NOON_MS + expected * 60_000;
            assert.equal(step?.readAtMs, atMs, `message ${each} of ${isAlice.length}`);
          }
        }),
        { numRuns: repetitions(15, 40) },
      );
    });
  });
}
