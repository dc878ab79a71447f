/** Contract of every store for messages that users save for later, and their reminders. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, withLobby } from '../support/records.ts';

const MAX = 5;

export function testSavedMessages(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: saved messages`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const save = (user: User, id: string, savedAtMs: number, remindAtMs?: number) => {
      const message = { messageId: id as MessageId, roomId: lobby.id, savedAtMs, remindAtMs };
      return store.saved.saveMessage(user.id, message, MAX);
    };
    const list = async (user: User, reminded = false) => {
      const rows = await store.saved.listSaved(user.id, { after: undefined, limit: 9, reminded });
      return rows.map(({ messageId }) => messageId);
    };

    test('are listed for each user, the last saved first, in pages', async () => {
      await save(alice, 'm1', NOON_MS);
      await save(alice, 'm2', NOON_MS + 1);
      await save(alice, 'm3', NOON_MS + 1);
      await save(bob, 'm1', NOON_MS);

      assert.deepEqual(await list(alice), ['m3', 'm2', 'm1']);
      assert.deepEqual(await list(bob), ['m1']);
      const page = { limit: 9, reminded: false };
      const after = { atMs: NOON_MS + 1, id: 'm3' };
      const [first, second] = await store.saved.listSaved(alice.id, { ...page, after });
      assert.deepEqual([first?.messageId, second?.messageId], ['m2', 'm1']);
      assert.deepEqual(second, {
        ...{ messageId: 'm1', roomId: lobby.id, savedAtMs: NOON_MS },
        ...{ remindAtMs: undefined, remindedAtMs: undefined },
      });
    });

    test('keep their time when they are saved again, and replace the reminder', async () => {
      await save(alice, 'm1', NOON_MS, NOON_MS + 10);
      const again = await save(alice, 'm1', NOON_MS + 5);
      assert.deepEqual([again?.savedAtMs, again?.remindAtMs], [NOON_MS, undefined]);
      assert.equal(await store.saved.hasDueReminder(NOON_MS + 100), false);
    });

    test('have a limit, which saving again does not reach', async () => {
      for (let n = 0; n < MAX; n += 1) assert(await save(alice, `m${n}`, NOON_MS));
      assert.equal(await save(alice, 'more', NOON_MS), undefined);
      assert(await save(alice, 'm0', NOON_MS));
      await store.saved.deleteSaved(alice.id, ['m0', 'unknown'] as MessageId[]);
      assert(await save(alice, 'more', NOON_MS));
      assert(await save(bob, 'm1', NOON_MS));
    });

    test('remind once, in the order of their times', async () => {
      await save(alice, 'late', NOON_MS, NOON_MS + 20);
      await save(alice, 'early', NOON_MS, NOON_MS + 10);
      await save(bob, 'later', NOON_MS, NOON_MS + 30);
      assert.equal(await store.saved.hasDueReminder(NOON_MS + 9), false);
      assert.equal(await store.saved.hasDueReminder(NOON_MS + 10), true);

      const nowMs = NOON_MS + 20;
      const first = await store.saved.takeDueReminders({ nowMs, limit: 1 });
      assert.deepEqual(first, [
        { userId: alice.id, messageId: 'early', roomId: lobby.id, remindedAtMs: nowMs },
      ]);
      const both = await Promise.all([
        store.saved.takeDueReminders({ nowMs, limit: 9 }),
        store.saved.takeDueReminders({ nowMs, limit: 9 }),
      ]);
      assert.deepEqual(
        both.flat().map(({ messageId }) => messageId),
        ['late'],
      );
      assert.deepEqual(await list(alice, true), ['late', 'early']);
      await save(alice, 'late', NOON_MS);
      assert.deepEqual(await list(alice, true), ['early']);
      assert.deepEqual(await list(bob, true), []);
    });

    test('end with the account', async () => {
      await save(alice, 'm1', NOON_MS, NOON_MS + 10);
      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const deletion = { userId: alice.id, ...names, messages: 'keep', removalId: 'x' } as const;
      await store.removals.deleteAccount(deletion, BY);
      assert.deepEqual(await list(alice), []);
      assert.equal(await store.saved.hasDueReminder(NOON_MS + 100), false);
    });
  });
}
