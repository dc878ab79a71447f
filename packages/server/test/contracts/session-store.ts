import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { User } from '../../src/model/user.ts';
import type { SessionStore } from '../../src/ports/session-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, session, user } from '../support/records.ts';

export function testSessionStore(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: session store`, () => {
    let store: Store;
    let sessions: SessionStore;
    let alice: User;
    beforeEach(async () => {
      store = await openEmpty();
      sessions = store.sessions;
      alice = user('alice');
      await store.accounts.insertUser(alice, 'hash');
    });
    afterEach(() => store.close());

    test('finds a session by its key, with its user', async () => {
      const stored = session({ userId: alice.id });

      await sessions.insertSession(stored, 'hash');

      assert.deepEqual(await sessions.findSession(stored.key), { session: stored, user: alice });
    });

    test('finds no session of another key', async () => {
      await sessions.insertSession(session({ userId: alice.id }), 'hash');

      assert.equal(await sessions.findSession('another'), undefined);
    });

    test('lists the unexpired sessions of one user, the latest login first', async () => {
      const bob = user('bob');
      await store.accounts.insertUser(bob, 'hash');
      const at = (ms: number, userId = alice.id) => {
        const times = { createdAtMs: NOON_MS + ms, expiresAtMs: NOON_MS + 1000 + ms };
        return session({ userId, ...times });
      };
      const [expired, early, late, middle] = [at(0), at(1), at(3), at(2)];
      for (const each of [expired, early, late, middle, at(4, bob.id)]) {
        await sessions.insertSession(each, 'hash');
      }

      const list = (limit: number, fromMs?: number) =>
        sessions.listSessions(alice.id, { nowMs: NOON_MS + 1000, limit, fromMs });

      assert.deepEqual(await list(10), [late, middle, early]);
      assert.deepEqual(await list(1), [late]);
      assert.deepEqual(await list(10, NOON_MS + 2), [middle, early]);
      assert.deepEqual(await list(1, NOON_MS + 2), [middle]);
    });

    test('moves activity and expiry forward', async () => {
      const stored = session({ userId: alice.id });
      await sessions.insertSession(stored, 'hash');
      const touch = { lastActivityAtMs: NOON_MS + 5, expiresAtMs: NOON_MS + 5000 };

      await sessions.touchSessions([{ key: stored.key, ...touch }]);

      const found = await sessions.findSession(stored.key);
      assert.deepEqual(found?.session, { ...stored, ...touch });
    });

    test('keeps a later activity, which another node has saved', async () => {
      const stored = session({ userId: alice.id });
      await sessions.insertSession(stored, 'hash');
      const touchAt = (ms: number) => {
        const times = { lastActivityAtMs: NOON_MS + ms, expiresAtMs: NOON_MS + ms + 5000 };
        return { key: stored.key, ...times };
      };

      await sessions.touchSessions([touchAt(2000)]);
      await sessions.touchSessions([touchAt(1000)]);

      const found = await sessions.findSession(stored.key);
      assert.deepEqual(found?.session, { ...stored, ...touchAt(2000) });
    });

    test('does not restore a deleted session', async () => {
      const stored = session({ userId: alice.id });
      await sessions.insertSession(stored, 'hash');
      await sessions.deleteSession(stored.key);

      await sessions.touchSessions([stored]);

      assert.equal(await sessions.findSession(stored.key), undefined);
    });

    test('reports whether a deleted session existed', async () => {
      const stored = session({ userId: alice.id });
      await sessions.insertSession(stored, 'hash');

      assert.equal(await sessions.deleteSession(stored.key), true);
      assert.equal(await sessions.deleteSession(stored.key), false);
    });

    test('deletes all sessions of one user only', async () => {
      const bob = user('bob');
      await store.accounts.insertUser(bob, 'hash');
      const [first, second] = [session({ userId: alice.id }), session({ userId: alice.id })];
      const other = session({ userId: bob.id });
      for (const each of [first, second, other]) await sessions.insertSession(each, 'hash');

      const deleted = await sessions.deleteSessionsOf(alice.id, BY);
      assert(deleted !== 'forbidden');

      assert.deepEqual(deleted.sort(), [first.key, second.key].sort());
      assert.equal(await sessions.findSession(first.key), undefined);
      assert.notEqual(await sessions.findSession(other.key), undefined);
    });

    test('stores no session if the password has changed meanwhile', async () => {
      const late = session({ userId: alice.id });

      assert.equal(await sessions.insertSession(late, 'an older hash'), false);
      assert.equal(await sessions.findSession(late.key), undefined);
    });

    test('deletes expired sessions exactly at their expiry', async () => {
      await sessions.insertSession(session({ userId: alice.id, expiresAtMs: NOON_MS }), 'hash');
      const later = session({ userId: alice.id, expiresAtMs: NOON_MS + 1 });
      await sessions.insertSession(later, 'hash');

      assert.equal(await sessions.deleteExpiredSessions(NOON_MS), 1);
      assert.notEqual(await sessions.findSession(later.key), undefined);
    });

    test('deletes many expired sessions in steps, between which others may write', async () => {
      const expired = Array.from({ length: 251 }, () =>
        session({ userId: alice.id, expiresAtMs: NOON_MS }),
      );
      // A few at once: more would wait for the connections of the database longer than it allows.
      for (let first = 0; first < expired.length; first += 20) {
        const some = expired.slice(first, first + 20);
        await Promise.all(some.map((each) => sessions.insertSession(each, 'hash')));
      }

      const steps = [];
      do steps.push(await sessions.deleteExpiredSessions(NOON_MS));
      while (steps.at(-1) !== 0);

      assert.deepEqual(steps, [250, 1, 0]);
    });

    test('lists the sessions that have ended since a cursor, however they ended', async () => {
      const stored = Array.from({ length: 5 }, () => session({ userId: alice.id }));
      const [before, deleted, kept, changed, expired] = stored;
      assert(before && deleted && kept && changed && expired);
      for (const each of [before, deleted, changed]) {
        await sessions.insertSession(each, 'hash');
      }
      await sessions.deleteSession(before.key);
      const first = await sessions.listEndedSessions(undefined);

      await sessions.deleteSession(deleted.key);
      const change = { userId: alice.id, sessionKey: changed.key, successor: kept };
      await sessions.changePassword({ ...change, fromHash: 'hash', toHash: 'new' });
      await sessions.insertSession({ ...expired, expiresAtMs: NOON_MS }, 'new');
      await sessions.deleteExpiredSessions(NOON_MS);
      const second = await sessions.listEndedSessions(first.cursor);
      await sessions.deleteSessionsOf(alice.id, BY);
      const third = await sessions.listEndedSessions(second.cursor);

      assert.deepEqual(first.keys, []);
      for (const { key } of [deleted, changed, expired]) assert(second.keys.includes(key));
      assert(!second.keys.includes(kept.key));
      assert(third.keys.includes(kept.key));
    });

    test('keeps the latest revocations when old ones are deleted', async () => {
      const { cursor } = await sessions.listEndedSessions(undefined);
      const stored = session({ userId: alice.id });
      await sessions.insertSession(stored, 'hash');
      await sessions.deleteSession(stored.key);

      assert.equal(await sessions.deleteOldRevocations(), 0);
      assert((await sessions.listEndedSessions(cursor)).keys.includes(stored.key));
    });
  });
}
