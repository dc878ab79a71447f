/** Contract of every store for a password change and concurrent logins. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { OPERATOR } from '../../src/model/audit.ts';
import type { PasswordChange, Session } from '../../src/model/session.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, ownedBy, room, session, user } from '../support/records.ts';

const RESET = { tokenDigest: 'digest', creator: OPERATOR, expiresAtMs: NOON_MS + 9 } as const;

export function testPasswordChange(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: password change`, () => {
    let store: Store;
    let alice: User;
    beforeEach(async () => {
      store = await openEmpty();
      alice = user('alice');
      await store.accounts.insertUser(alice, 'old');
    });
    afterEach(() => store.close());

    const logIn = async (passwordHash = 'old', who = alice): Promise<Session> => {
      const stored = session({ userId: who.id });
      assert.equal(await store.sessions.insertSession(stored, passwordHash), true);
      return stored;
    };
    const change = (by: Session, over: Partial<PasswordChange> = {}) =>
      store.sessions.changePassword({
        userId: alice.id,
        sessionKey: by.key,
        successor: session({ userId: alice.id }),
        fromHash: 'old',
        toHash: 'new',
        ...over,
      });
    const hash = async () => (await store.accounts.findCredentials('alice'))?.passwordHash;
    const isThere = async ({ key }: Session) =>
      (await store.sessions.findSession(key)) !== undefined;

    test('ends all sessions of the user, starts the given one, and ends no others', async () => {
      const bob = user('bob');
      await store.accounts.insertUser(bob, 'old');
      const [here, there, elsewhere] = [await logIn(), await logIn(), await logIn()];
      const other = await logIn('old', bob);

      const successor = session({ userId: alice.id, userAgent: 'the same client' });
      const changed = await change(here, { successor });

      assert(changed.kind === 'changed');
      assert.deepEqual([...changed.endedKeys].sort(), [here.key, there.key, elsewhere.key].sort());
      const started = await store.sessions.findSession(successor.key);
      assert.deepEqual(started?.session, successor);
      assert.equal(await hash(), 'new');
      for (const gone of [here, there, elsewhere]) assert.equal(await isThere(gone), false);
      assert.equal(await isThere(other), true);
      assert.equal((await store.accounts.findCredentials('bob'))?.passwordHash, 'old');
    });

    test('by an operator ends all sessions of the user, and no others', async () => {
      const bob = user('bob');
      await store.accounts.insertUser(bob, 'old');
      const [here, there] = [await logIn(), await logIn()];
      const other = await logIn('old', bob);
      const { cursor } = await store.sessions.listEndedSessions(undefined);

      const endedKeys = await store.sessions.setPassword(alice.id, 'new', BY);

      assert.deepEqual([...endedKeys].sort(), [here.key, there.key].sort());
      assert.equal(await hash(), 'new');
      for (const gone of [here, there]) assert.equal(await isThere(gone), false);
      assert.equal(await isThere(other), true);
      const { keys } = await store.sessions.listEndedSessions(cursor);
      for (const { key } of [here, there]) assert(keys.includes(key));
    });

    test('by a link ends all sessions of the user, once, until it expires', async () => {
      const bob = user('bob');
      await store.accounts.insertUser(bob, 'old');
      const [here, other] = [await logIn(), await logIn('old', bob)];
      const reset = { ...RESET, userId: alice.id };
      await store.accounts.insertPasswordReset(reset, BY);
      const by = { ...BY, actor: alice.id, atMs: RESET.expiresAtMs };
      const take = (atMs: number) =>
        store.accounts.takePasswordReset(RESET.tokenDigest, 'new', { ...by, atMs });

      assert.deepEqual(await store.accounts.findPasswordReset(RESET.tokenDigest), reset);
      assert.equal(await take(RESET.expiresAtMs), undefined);
      assert.equal(await hash(), 'old');
      const both = await Promise.all([take(NOON_MS), take(NOON_MS)]);

      assert.deepEqual(
        both.filter((keys) => keys !== undefined),
        [[here.key]],
      );
      assert.deepEqual([await hash(), await isThere(other)], ['new', true]);
      assert.equal(await store.accounts.findPasswordReset(RESET.tokenDigest), undefined);
      const entries = await store.audit.listAudit({ limit: 2 });
      assert.deepEqual(
        entries.map(({ actor, action, target }) => [actor, action, target]),
        [
          [alice.id, 'password.reset', alice.id],
          [BY.actor, 'reset.create', alice.id],
        ],
      );
    });

    test('deletes a link of the user, as another link does', async () => {
      const insert = (tokenDigest: string) =>
        store.accounts.insertPasswordReset({ ...RESET, userId: alice.id, tokenDigest }, BY);
      const find = (tokenDigest: string) => store.accounts.findPasswordReset(tokenDigest);
      for (const each of ['first', 'second']) await insert(each);
      assert.deepEqual(
        [await find('first'), (await find('second'))?.userId],
        [undefined, alice.id],
      );

      await change(await logIn());
      assert.equal(await find('second'), undefined);
      await insert('third');
      await store.sessions.setPassword(alice.id, 'newer', BY);

      assert.equal(await find('third'), undefined);
    });

    test('a mailed link ends with the address and the sign-in, and replaces none of an admin', async () => {
      const { accounts, sessions } = store;
      const proof = { kind: 'totp', sealed: 'sealed', step: 1, resealed: 'sealed' } as const;
      const insert = (userId: User['id'], tokenDigest: string, mailedTo?: string) =>
        accounts.insertPasswordReset({ ...RESET, userId, tokenDigest, mailedTo }, BY);
      const addFactor = async (id: User['id']) => {
        await accounts.startSecondFactor(id, 'sealed');
        assert.deepEqual(await accounts.confirmSecondFactor(id, proof, [], BY), []);
      };
      const addPasskey = (userId: User['id']) =>
        accounts.insertPasskey(
          {
            ...{ id: 'p', userId, credentialId: 'c', publicKey: 'k', counter: 0, transports: [] },
            ...{ name: '', createdAtMs: NOON_MS, lastUsedAtMs: undefined },
          },
          BY,
        );
      type Kind = 'address' | 'factor' | 'password' | 'mail';
      const replacing: readonly [Kind, (userId: User['id']) => Promise<unknown>][] = [
        ['address', (id) => accounts.setEmail(id, 'other@example.org', BY, undefined)],
        ['address', (id) => accounts.setEmail(id, undefined, BY, undefined)],
        ['factor', addFactor],
        ['factor', addPasskey],
        ['password', (id) => sessions.setPassword(id, 'newer', BY)],
        ['mail', (id) => insert(id, 'later', `${id}@example.org`)],
      ];
      for (const [index, [kind, replace]] of replacing.entries()) {
        const { id, ...rest } = user(`carol-${index}`);
        const mailedTo = `${id}@example.org`;
        await accounts.insertUser({ id, ...rest }, 'old', { confirmedEmail: mailedTo });
        const [mailed, byAdmin] = [`mailed ${index}`, `by admin ${index}`];
        await insert(id, byAdmin);
        assert.equal(await insert(id, 'elsewhere', 'another@example.org'), false);
        assert.equal(await insert(id, mailed, mailedTo), true);
        assert.equal((await accounts.findPasswordReset(mailed))?.mailedTo, mailedTo);

        await replace(id);

        const take = (digest: string) => accounts.takePasswordReset(digest, 'taken', BY);
        assert.deepEqual(
          [await accounts.findPasswordReset(mailed), await take(mailed)],
          [...[undefined, undefined]],
        );
        const other = await accounts.findPasswordReset(byAdmin);
        assert.equal(other?.precedesFactor, kind === 'factor' ? true : undefined);
        const isOver = kind === 'factor' || kind === 'password';
        assert.equal((await take(byAdmin)) === undefined, isOver, kind);
        if (kind !== 'factor') continue;
        // Made for a user who has lost the factor.
        await insert(id, byAdmin);
        assert.notEqual(await take(byAdmin), undefined);
      }
    });

    test('a change of the role keeps the sessions of the user, which have the new role', async () => {
      const here = await logIn();
      for (const role of ['admin', 'guest'] as const) {
        assert.equal(await store.sessions.setRole(alice.id, role, BY), 'changed');
        assert.equal(await store.sessions.setRole(alice.id, role, BY), 'unchanged');
        assert.equal((await store.sessions.findSession(here.key))?.user.role, role);
      }
      const found = await store.accounts.findCredentials('alice');
      assert.deepEqual([found?.user.role, found?.passwordHash], ['guest', 'old']);
    });

    test('an act without an effect on an account has no entry', async () => {
      const entries = async () => (await store.audit.listAudit({ limit: 50 })).length;
      const suspension = { untilMs: NOON_MS + 9, reason: 'Spam' };
      const acts = [
        () => store.sessions.setDisabled(alice.id, NOON_MS, BY),
        () => store.sessions.setDisabled(alice.id, NOON_MS, BY, suspension),
        () => store.sessions.setDisabled(alice.id, undefined, BY),
        () => store.sessions.setRole(alice.id, 'moderator', BY),
      ];
      for (const act of acts) {
        const before = await entries();
        await act();
        assert.equal(await entries(), before + 1);
        await act();
        assert.equal(await entries(), before + 1);
      }
    });

    test('a guest with a higher role becomes a member of the default rooms', async () => {
      const [guest, hall] = [user('guest', { role: 'guest' }), room('hall')];
      await store.accounts.insertUser(guest, 'old');
      await store.rooms.createRoom(hall, ownedBy(alice), NOON_MS);
      await store.rooms.changeRoom(hall.id, { isDefault: true }, BY);
      const roleIn = async () =>
        (await store.rooms.findRoom({ kind: 'id', id: hall.id }, guest.id))?.role;
      assert.equal(await roleIn(), undefined);
      await store.sessions.setRole(guest.id, 'moderator', BY);
      assert.equal(await roleIn(), 'member');
    });

    test('a disabled account loses its sessions, and gets no others until it is enabled', async () => {
      const bob = user('bob');
      await store.accounts.insertUser(bob, 'old');
      const [here, other] = [await logIn(), await logIn('old', bob)];

      const endedKeys = await store.sessions.setDisabled(alice.id, 1000, BY);
      const stored = await store.sessions.insertSession(session({ userId: alice.id }), 'old');

      assert.deepEqual([endedKeys, stored], [[here.key], false]);
      assert.deepEqual([await isThere(here), await isThere(other)], [false, true]);
      const found = await store.accounts.findCredentials('alice');
      assert.deepEqual(found, { user: { ...alice, disabledAtMs: 1000 }, passwordHash: 'old' });

      assert.deepEqual(await store.sessions.setDisabled(alice.id, undefined, BY), []);

      const suspension = { untilMs: 2000, reason: 'Spam' };
      await store.sessions.setDisabled(alice.id, 1000, BY, suspension);
      assert.equal(await store.sessions.endSuspension(alice.id, 1999), false);
      const [disabled] = await store.accounts.listUsers([alice.id]);
      assert.equal(disabled?.disabledUntilMs, 2000);
      assert.equal(await store.sessions.endSuspension(alice.id, 2000), true);
      const [enabled] = await store.accounts.listUsers([alice.id]);
      assert.equal(enabled?.disabledAtMs ?? enabled?.disabledReason, undefined);

      assert.deepEqual((await store.accounts.findCredentials('alice'))?.user, alice);
      await logIn();
    });

    test('the last enabled owner stays, of several who end each other too', async () => {
      const owners = [alice, user('bob'), user('carol')];
      for (const each of owners.slice(1)) await store.accounts.insertUser(each, 'old');
      const { sessions } = store;
      for (const { id } of owners) await sessions.setRole(id, 'owner', BY);

      const outcomes = await Promise.all([
        ...owners.slice(0, 2).map(({ id }) => sessions.setDisabled(id, 1000, BY)),
        ...owners.slice(2).map(({ id }) => sessions.setRole(id, 'member', BY)),
      ]);

      assert.equal(outcomes.filter((outcome) => outcome === 'last-owner').length, 1);
      const accounts = await store.accounts.listAccounts({ limit: 9 });
      const [left, ...others] = accounts
        .map((account) => account.user)
        .filter(({ role, disabledAtMs }) => role === 'owner' && disabledAtMs === undefined);
      assert(left !== undefined && others.length === 0);
      assert.equal(await sessions.setRole(left.id, 'admin', BY), 'last-owner');
      assert.equal(await sessions.setRole(left.id, 'owner', BY), 'unchanged');
    });

    test('the roles of actor and account are those of the transaction', async () => {
      const [owner, admin] = [user('owner', { role: 'owner' }), user('admin', { role: 'admin' })];
      for (const each of [owner, admin]) await store.accounts.insertUser(each, 'old');
      const { sessions, removals } = store;
      const as = ({ id: actor }: User) => ({ ...BY, actor });
      const [promoted, disabled] = await Promise.all([
        sessions.setRole(alice.id, 'owner', as(owner)),
        sessions.setDisabled(alice.id, 1000, as(admin)),
      ]);
      // Either order is a decision about what the other one has left.
      const [first] = await store.accounts.listUsers([alice.id]);
      const isPromoted = first?.role === 'owner';
      assert.deepEqual(
        [promoted, typeof disabled === 'string'],
        isPromoted ? ['changed', true] : ['disabled', false],
      );
      assert.equal(isPromoted && first.disabledAtMs !== undefined, false);

      await sessions.setDisabled(alice.id, undefined, BY);
      await sessions.setRole(alice.id, 'owner', BY);
      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const deletion = { userId: alice.id, ...names, messages: 'keep', removalId: 'x' } as const;
      for (const by of [as(admin), as(user('nobody'))]) {
        assert.equal(await sessions.setRole(alice.id, 'guest', by), 'forbidden');
        assert.equal(await sessions.setDisabled(alice.id, 1000, by), 'forbidden');
        assert.equal(await removals.deleteAccount(deletion, by), 'forbidden');
        assert.equal(await removals.insertPurge({ id: 'y', userId: alice.id }, by), 'forbidden');
        assert.equal(await sessions.deleteSessionsOf(alice.id, by), 'forbidden');
        assert.equal(await store.accounts.setDisplayName(alice, 'Renamed', by), false);
        assert.equal(
          await store.accounts.setAvatarUrl(alice.id, 'https://a.test/x.png', by),
          false,
        );
      }
      const [kept] = await store.accounts.listUsers([alice.id]);
      assert.deepEqual([kept?.displayName, kept?.avatarUrl], ['alice', undefined]);
      assert.equal(await sessions.setRole(user('nobody').id, 'guest', BY), 'absent');
    });

    test('accounts that are disabled or get another role are listed with ended sessions', async () => {
      const changed = async (change: () => Promise<unknown>) => {
        const { cursor } = await store.sessions.listEndedSessions(undefined);
        await change();
        const { keys, changedUserIds } = await store.sessions.listEndedSessions(cursor);
        return { keys, isListed: changedUserIds.includes(alice.id) };
      };
      // PostgreSQL may list them again, so that what is not listed comes first.
      const seen = { userId: alice.id, lastSeenAtMs: 5 };
      assert.equal((await changed(() => store.accounts.setLastSeen([seen]))).isListed, false);
      const here = await logIn();

      const { keys, isListed } = await changed(() =>
        store.sessions.setDisabled(alice.id, 1000, BY),
      );
      const role = await changed(() => store.sessions.setRole(alice.id, 'guest', BY));

      assert(isListed && role.isListed && keys.includes(here.key));
      assert(keys.every((key) => !key.includes(alice.id)));
    });

    test('does nothing if the password has changed meanwhile', async () => {
      const [here, there] = [await logIn(), await logIn()];

      assert.deepEqual(await change(here, { fromHash: 'older' }), { kind: 'other-password' });

      assert.equal(await hash(), 'old');
      assert.equal(await isThere(there), true);
    });

    test('does nothing for an ended session or that of another user', async () => {
      const bob = user('bob');
      await store.accounts.insertUser(bob, 'old');
      const [over, there] = [await logIn(), await logIn()];
      await store.sessions.deleteSession(over.key);

      for (const by of [over, await logIn('old', bob)]) {
        assert.deepEqual(await change(by), { kind: 'session-over' });
      }

      assert.equal(await hash(), 'old');
      assert.equal(await isThere(there), true);
    });

    test('is done once by a session, which it ends', async () => {
      const here = await logIn();
      const successor = session({ userId: alice.id });
      await change(here, { successor });
      const there = await logIn('new');

      assert.deepEqual(await change(here, { fromHash: 'new' }), { kind: 'session-over' });
      const again = await change(successor, { fromHash: 'new' });

      assert(again.kind === 'changed');
      assert.deepEqual([...again.endedKeys].sort(), [successor.key, there.key].sort());
    });

    test('succeeds for one of two concurrent sessions and ends the other', async () => {
      for (let round = 0; round < 5; round += 1) {
        const fromHash = await hash();
        assert(fromHash !== undefined);
        const makers = [await logIn(fromHash), await logIn(fromHash)];

        const outcomes = await Promise.all(
          makers.map((by, index) => change(by, { fromHash, toHash: `${round} ${index}` })),
        );

        const kinds = outcomes.map(({ kind }) => kind);
        assert.deepEqual([...kinds].sort(), ['changed', 'session-over']);
        const winner = kinds.indexOf('changed');
        assert.equal(await hash(), `${round} ${winner}`);
        const there = await Promise.all(makers.map(isThere));
        assert.deepEqual(there, [false, false]);
      }
    });

    test('succeeds once for two concurrent changes from one session', async () => {
      const here = await logIn();

      const outcomes = await Promise.all(['one', 'two'].map((toHash) => change(here, { toHash })));

      const kinds = outcomes.map(({ kind }) => kind);
      assert.deepEqual([...kinds].sort(), ['changed', 'session-over']);
      assert.equal(await hash(), ['one', 'two'][kinds.indexOf('changed')]);
    });

    for (const by of ['the user', 'an operator'] as const) {
      test(`by ${by} leaves no session of a concurrent login with the old password`, async () => {
        for (let round = 0; round < 5; round += 1) {
          const fromHash = await hash();
          assert(fromHash !== undefined);
          const here = await logIn(fromHash);
          const late = Array.from({ length: 8 }, () => session({ userId: alice.id }));
          const insert = (each: Session) => store.sessions.insertSession(each, fromHash);
          const toHash = `round ${round}`;

          const before = late.slice(0, 4).map(insert);
          const changing =
            by === 'the user'
              ? change(here, { fromHash, toHash })
              : store.sessions.setPassword(alice.id, toHash, BY);
          await Promise.all([...before, changing, ...late.slice(4).map(insert)]);

          assert.equal(await hash(), toHash);
          const there = await Promise.all(late.map(isThere));
          assert.deepEqual(there, Array(late.length).fill(false));
          assert.equal(await isThere(here), false);
        }
      });
    }
  });
}
