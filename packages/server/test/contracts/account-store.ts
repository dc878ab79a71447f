import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import type { AttemptLimit } from '../../src/model/attempt-limits.ts';
import type { QueuedMail } from '../../src/model/mail.ts';
import { NO_PASSWORD, type User } from '../../src/model/user.ts';
import type { AccountStore } from '../../src/ports/account-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, newUserId, user } from '../support/records.ts';

export function testAccountStore(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: account store`, () => {
    let store: Store;
    let accounts: AccountStore;
    beforeEach(async () => {
      store = await openEmpty();
      accounts = store.accounts;
    });
    afterEach(() => store.close());

    test('finds an account by its name in any case, and keeps the name as entered', async () => {
      const alice = user('Alice');

      await accounts.insertUser(alice, 'the hash');

      assert.deepEqual(await accounts.findCredentials('aLICE'), {
        user: alice,
        passwordHash: 'the hash',
      });
    });

    test('finds no account of an unknown name', async () => {
      await accounts.insertUser(user('alice'), 'the hash');

      assert.equal(await accounts.findCredentials('alicia'), undefined);
    });

    test('rejects a name that is taken in another case, and keeps the first account', async () => {
      const alice = user('alice');
      await accounts.insertUser(alice, 'first');

      const answer = await accounts.insertUser(user('ALICE'), 'second');

      assert.equal(answer, 'taken');
      assert.equal((await accounts.findCredentials('alice'))?.passwordHash, 'first');
    });

    test('finds usernames that look like another one', async () => {
      const ledger = user('ledger');
      await accounts.insertUser(ledger, 'hash');

      const looks = ['Iedger', '1EDGER', 'iedger', 'LEDGER', 'ledgers'];
      const found = await Promise.all(looks.map((name) => accounts.hasLookAlike(name)));
      assert.deepEqual(found, [true, true, false, false, false]);
      assert.equal(await accounts.hasLookAlike('Iedger', ledger.id), false);
      await accounts.insertUser(user('modern_willow'), 'hash');
      for (const name of [
        'modem_willow',
        'rnodern_wiIlow',
        'Modern_vvillow',
        'modern_willow-_',
        'ledger_',
      ]) {
        assert.equal(await accounts.hasLookAlike(name), true, name);
      }
      for (const name of ['modern_willows', '_ledger', 'led-ger']) {
        assert.equal(await accounts.hasLookAlike(name), false, name);
      }
    });

    test('counts the former name of another user as one that looks alike', async () => {
      const anna = user('anna');
      await accounts.insertUser(anna, 'hash');
      await accounts.setUsername({ ...anna, username: 'berta' }, BY);
      const found = [
        await accounts.hasLookAlike('Anna'),
        await accounts.hasLookAlike('anna', anna.id),
      ];
      assert.deepEqual(found, [true, false]);
    });

    test('stores an account of another application closed, and with a confirmed address', async () => {
      const confirmedEmail = 'alice@example.org';
      const alice = user('alice', { disabledAtMs: NOON_MS });
      const bob = user('bob');

      assert.equal(await accounts.insertUser(alice, 'hash', { confirmedEmail }), 'stored');
      assert.equal(await accounts.insertUser(bob, 'hash', { confirmedEmail }), 'stored');

      assert.equal((await accounts.findCredentials('alice'))?.user.disabledAtMs, NOON_MS);
      assert.equal(await accounts.findEmailUser('ALICE@example.org'), alice.id);
      assert.equal(await accounts.findEmail(bob.id), undefined);
    });

    test('finds an account by its identity at a provider, which one account has', async () => {
      const identity = { issuer: 'https://login.example.org', subject: '42' };
      const [alice, bob] = [user('alice'), user('bob')];
      const linkOf = (owner: User) => ({ ...identity, userId: owner.id, createdAtMs: NOON_MS });

      assert.equal(await accounts.insertUser(alice, NO_PASSWORD, { identity }), 'stored');
      assert.equal(await accounts.insertUser(bob, NO_PASSWORD, { identity }), 'identity-taken');
      await accounts.insertUser(bob, 'hash');

      const found = await accounts.findIdentityCredentials(identity);
      assert.deepEqual(found, { user: alice, passwordHash: NO_PASSWORD });
      assert.equal(await accounts.linkIdentity(linkOf(bob), BY), false);
      assert.deepEqual(await accounts.listIdentities(bob.id), []);
      assert.deepEqual(await accounts.listIdentities(alice.id), [
        { ...linkOf(alice), createdAtMs: alice.createdAtMs },
      ]);
    });

    test('ends the link to an identity, but not the only way into an account', async () => {
      const [one, two] = ['https://one.example.org', 'https://two.example.org'] as const;
      const alice = user('alice');
      await accounts.insertUser(alice, NO_PASSWORD, { identity: { issuer: one, subject: '1' } });
      const link = (issuer: string) =>
        accounts.linkIdentity({ issuer, subject: '2', userId: alice.id, createdAtMs: NOON_MS }, BY);
      const unlink = (issuer: string) =>
        accounts.unlinkIdentity({ userId: alice.id, issuer }, [one, two], BY);
      assert.equal(await unlink(one), 'last');
      assert.equal(await link(one), false);
      assert.equal(await link(two), true);

      const results = await Promise.all([unlink(one), unlink(two)]);

      assert.deepEqual(results.toSorted(), ['deleted', 'last']);
      assert.equal(await unlink('https://unknown.example.org'), 'unknown');
    });

    test('lists all accounts by name in any case, page by page', async () => {
      const users = ['Zoe', 'alice', 'Bob', 'carol'].map((name) => user(name));
      for (const each of users) await accounts.insertUser(each, 'hash');
      const [zoe, alice, bob, carol] = users;
      if (bob !== undefined)
        await accounts.setLastSeen([{ userId: bob.id, lastSeenAtMs: NOON_MS }]);

      const first = await accounts.listAccounts({ limit: 3 });
      const rest = await accounts.listAccounts({ after: 'CAROL', limit: 3 });

      const account = (each: typeof bob, lastSeenAtMs?: number) => ({
        ...{ user: each, lastSeenAtMs, hasFactor: false, hasPasskey: false, isUnconfirmed: false },
      });
      assert.deepEqual(first, [account(alice), account(bob, NOON_MS), account(carol)]);
      assert.deepEqual(rest, [account(zoe)]);
    });

    test('lists the accounts with a word, also disabled ones, page by page', async () => {
      const users = ['ann-lee', 'bo-leeds', 'carl', 'dan-lee'].map((name) => user(name));
      for (const each of users) await accounts.insertUser(each, 'hash');
      await store.sessions.setDisabled(users[1]?.id as UserId, NOON_MS, BY);

      const names = async (page: Parameters<typeof accounts.listAccounts>[0]) =>
        (await accounts.listAccounts(page)).map((each) => each.user.username);

      assert.deepEqual(await names({ start: 'lee', limit: 2 }), ['ann-lee', 'bo-leeds']);
      assert.deepEqual(await names({ start: 'lee', after: 'bo-leeds', limit: 2 }), ['dan-lee']);
      assert.deepEqual(await names({ start: 'none', limit: 2 }), []);
    });

    test('keeps a former username for its user, and finds the user by it', async () => {
      const [alice, bob] = [user('alice'), user('bob')];
      for (const each of [alice, bob]) await accounts.insertUser(each, 'hash');
      const rename = (of: User, username: string) =>
        accounts.setUsername({ ...of, username, displayName: username }, BY);

      assert.equal(await rename(alice, 'Bob'), 'taken');
      assert.equal(await rename(alice, 'Alicia'), 'stored');
      assert.equal(await rename(bob, 'ALICE'), 'taken');
      assert.equal(await accounts.insertUser(user('alice'), 'hash'), 'taken');
      const renamed = await accounts.listRenamed(['Alice', 'nobody', 'bob']);
      assert.deepEqual(
        renamed.map(({ user: { id, username }, formerUsername }) => [id, username, formerUsername]),
        [[alice.id, 'Alicia', 'Alice']],
      );
      assert.equal((await accounts.findCredentials('alicia'))?.user.displayName, 'Alicia');
      assert.equal(await accounts.findCredentials('alice'), undefined);
      assert.equal((await accounts.listUsersByWord('alicia', 5, NOON_MS)).users.length, 1);

      assert.deepEqual(
        [await rename(alice, 'alice'), await rename(alice, 'alice')],
        ['stored', 'stored'],
      );
      assert.deepEqual(await accounts.listRenamed(['alice']), []);
      assert.equal((await accounts.listRenamed(['alicia'])).length, 1);
      const removalId = 'removal';
      const gone = { userId: alice.id, username: 'deleted-1', displayName: 'Gone' };
      await store.removals.deleteAccount({ ...gone, messages: 'keep', removalId }, BY);
      assert.deepEqual(await accounts.listRenamed(['alice', 'alicia']), []);
      assert.equal(await rename(bob, 'alicia'), 'taken');
    });

    test('keeps an e-mail address, which begins unconfirmed', async () => {
      const alice = user('alice');
      await accounts.insertUser(alice, 'hash');
      const set = (address?: string) => accounts.setEmail(alice.id, address, BY, undefined);

      assert.equal(await accounts.findEmail(alice.id), undefined);
      assert.deepEqual(
        [await set(), await set('a@example.org'), await set('a@example.org')],
        [false, true, false],
      );
      assert.deepEqual(await accounts.findEmail(alice.id), {
        address: 'a@example.org',
        isConfirmed: false,
      });
      assert.deepEqual([await set('b@example.org'), await set()], [true, true]);
      assert.equal(await accounts.findEmail(alice.id), undefined);
    });

    test('keeps a confirmed address until another one is confirmed', async () => {
      const alice = user('alice');
      const [old, next] = ['old@example.org', 'Next@example.org'];
      await accounts.insertUser(alice, 'hash', { confirmedEmail: old });
      const set = (address?: string, mailId?: string) =>
        accounts.setEmail(alice.id, address, BY, mailId);
      const state = async () => {
        const { address, pending } = (await accounts.findEmail(alice.id)) ?? {};
        return [address, pending, await accounts.findEmailUser(next)];
      };
      const token = (address: string) =>
        accounts.setEmailToken(alice.id, address, { digest: 'd', expiresAtMs: BY.atMs + 1 });
      const confirm = () => accounts.confirmEmail('d', { address: '', atMs: BY.atMs });

      const mistyped = await set('typo@example.org', 'm1');
      assert.deepEqual([mistyped, await set('typo@example.org', 'm2')], [true, false]);
      assert.deepEqual(await state(), [old, 'typo@example.org', undefined]);
      assert.equal(await set(next, 'm3'), true);
      assert.deepEqual([await token('typo@example.org'), await token(old)], [false, false]);
      assert.equal(await token(next), true);
      assert.equal(await set(old, 'm4'), true);
      assert.deepEqual([await state(), await confirm()], [[old, undefined, undefined], undefined]);

      assert.deepEqual([await set(next, 'm5'), await token(next)], [true, true]);
      assert.equal(await accounts.findEmailUser(old), alice.id);
      assert.deepEqual(await confirm(), { userId: alice.id, address: next, former: old });
      assert.deepEqual(await state(), [next, undefined, alice.id]);
      assert.equal(await accounts.findEmailUser(old), undefined);
      // Without mail, another address could not be confirmed.
      assert.equal(await set(old), true);
      assert.deepEqual(await accounts.findEmail(alice.id), { address: old, isConfirmed: false });
    });

    test('gives a queued mail to one of several calls, until it is deleted', async () => {
      const alice = user('alice');
      await accounts.insertUser(alice, 'hash');
      assert.equal(await accounts.setEmail(alice.id, 'a@example.org', BY, 'mail-1'), true);
      assert.equal(await accounts.setEmail(alice.id, 'a@example.org', BY, 'mail-2'), false);
      const nowMs = BY.atMs;
      const take = (atMs = nowMs) => accounts.takeMail({ nowMs: atMs, dueAtMs: atMs + 100 });

      const taken = await Promise.all([take(), take(), take()]);
      const mail = { id: 'mail-1', kind: 'confirm-email', userId: alice.id };
      assert.deepEqual(
        taken.filter((each) => each !== undefined),
        [{ ...mail, attempts: 1 }],
      );
      assert.deepEqual(await take(nowMs + 100), { ...mail, attempts: 2 });
      await accounts.delayMail('mail-1', nowMs + 500);
      assert.equal(await take(nowMs + 499), undefined);
      await accounts.deleteMail('mail-1');
      assert.equal(await take(nowMs + 999), undefined);
    });

    test('keeps the last of several mails that confirm an address', async () => {
      const [alice, bob] = [user('alice'), user('bob')];
      for (const each of [alice, bob]) await accounts.insertUser(each, 'hash');
      const queue = (id: string, { id: userId }: User, kind: 'confirm-email' | 'reset-password') =>
        accounts.queueMail({ id, kind, userId, atMs: BY.atMs });
      await queue('m1', alice, 'confirm-email');
      await queue('m2', alice, 'reset-password');
      await queue('m3', bob, 'confirm-email');
      await queue('m4', alice, 'confirm-email');

      const taken: (string | undefined)[] = [];
      for (let count = 0; count < 4; count += 1) {
        taken.push((await accounts.takeMail({ nowMs: BY.atMs, dueAtMs: BY.atMs + 1 }))?.id);
      }
      assert.deepEqual(taken, ['m2', 'm3', 'm4', undefined]);
    });

    test('lets urgent mail, and that of other users, overtake the mails of one user', async () => {
      const [alice, bob] = [user('alice'), user('bob')];
      for (const each of [alice, bob]) await accounts.insertUser(each, 'hash');
      const queue = (id: string, { id: userId }: User, kind: QueuedMail['kind']) =>
        accounts.queueMail({ id, kind, userId, atMs: BY.atMs });
      for (const id of ['i1', 'i2', 'i3']) await queue(id, alice, 'invite');
      await queue('i4', bob, 'invite');
      await queue('c1', alice, 'confirm-email');
      await queue('c2', bob, 'confirm-email');
      await queue('n1', bob, 'account-notice');
      await queue('r1', bob, 'reset-password');
      const take = async (nowMs: number) => {
        const taken: string[] = [];
        for (let count = 0; count < 9; count += 1) {
          const mail = await accounts.takeMail({ nowMs, dueAtMs: BY.atMs + 99_000 });
          if (mail !== undefined) taken.push(mail.id);
        }
        return taken;
      };

      assert.deepEqual(await take(BY.atMs), ['r1', 'n1', 'c1', 'c2', 'i1', 'i4']);
      assert.deepEqual(await take(BY.atMs + 5000), ['i2', 'i3']);
    });

    test('confirms an address once, for the first account that shows its token', async () => {
      const [alice, bob] = [user('alice'), user('bob')];
      for (const each of [alice, bob]) await accounts.insertUser(each, 'hash');
      const address = 'Both@example.org';
      const by = { address: '', atMs: BY.atMs };
      const token = async (of: User, digest: string, expiresAtMs = BY.atMs + 1) => {
        await accounts.setEmail(of.id, address, BY, undefined);
        return accounts.setEmailToken(of.id, address, { digest, expiresAtMs });
      };

      assert.equal(
        await accounts.setEmailToken(alice.id, address, { digest: 'd', expiresAtMs: 1 }),
        false,
      );
      assert.deepEqual([await token(alice, 'hers'), await token(bob, 'his')], [true, true]);
      assert.equal(await accounts.findEmailUser(address), undefined);
      assert.equal(await accounts.confirmEmail('unknown', by), undefined);
      assert.equal(await accounts.confirmEmail('hers', { ...by, atMs: BY.atMs + 1 }), undefined);
      assert.deepEqual(await accounts.confirmEmail('hers', by), {
        ...{ userId: alice.id, address, former: undefined },
      });
      assert.equal(await accounts.confirmEmail('hers', by), undefined);
      assert.equal(await accounts.confirmEmail('his', by), undefined);
      assert.equal(await accounts.findEmailUser('both@EXAMPLE.org'), alice.id);
    });

    test('makes one of several concurrent first accounts the owner', async () => {
      const bot = { issuer: '', subject: 'bot', passwordHash: NO_PASSWORD };
      await accounts.insertExternalUser(user('helper'), bot);
      assert.equal(await accounts.hasAccounts(), false);

      const people = ['alice', 'bob', 'carol'].map((name) => user(name));
      const answers = await Promise.all(
        people.map((each) => accounts.insertUser(each, 'hash', { first: 'may-be' })),
      );
      const late = await accounts.insertUser(user('dave'), 'hash', { first: 'may-be' });

      assert.deepEqual(answers.sort(), ['stored', 'stored', 'stored-as-owner']);
      assert.equal(late, 'stored');
      assert.equal(await accounts.hasAccounts(), true);
      const found = await accounts.listUsers(people.map(({ id }) => id));
      assert.deepEqual(found.map(({ role }) => role).sort(), ['member', 'member', 'owner']);
    });

    for (const [of, subject] of [
      ['another issuer', 'https://id.example.org'],
      ['a provider', undefined],
    ] as const) {
      test(`makes no user the owner after one of ${of}, also when that is deleted`, async () => {
        const first = user('first');
        const at = { issuer: subject ?? '', subject: '17', passwordHash: NO_PASSWORD };
        if (subject !== undefined) await accounts.insertExternalUser(first, at);
        else await accounts.insertUser(first, NO_PASSWORD);
        assert.equal(await accounts.hasAccounts(), true);
        const names = { username: 'deleted-1', displayName: 'Deleted', messages: 'keep' } as const;
        await store.removals.deleteAccount({ ...names, userId: first.id, removalId: 'r1' }, BY);

        assert.equal(await accounts.hasAccounts(), true);
        const how = { first: 'must-be' } as const;
        assert.equal(await accounts.insertUser(user('late'), 'hash', how), 'not-first');
      });
    }

    test('knows whether it is a demo, and which accounts are those of it', async () => {
      assert.equal(await accounts.findDemo(), undefined);
      for (const untilMs of [Number.MAX_SAFE_INTEGER, 17, undefined]) {
        await accounts.noteDemo(untilMs);
        assert.equal(await accounts.findDemo(), untilMs);
      }
    });

    test('stores an account that must be the first one on no server with accounts', async () => {
      const [alice, bob] = [user('alice'), user('bob')];
      const answers = await Promise.all(
        [alice, bob].map((each) => accounts.insertUser(each, 'hash', { first: 'must-be' })),
      );

      assert.deepEqual(answers.sort(), ['not-first', 'stored-as-owner']);
      assert.equal((await accounts.listUsers([alice.id, bob.id])).length, 1);
    });

    test('stores one of two accounts created concurrently with one name', async () => {
      const answers = await Promise.all([
        accounts.insertUser(user('alice'), 'one'),
        accounts.insertUser(user('Alice'), 'two'),
      ]);

      assert.deepEqual(answers.sort(), ['stored', 'taken']);
    });

    test('stores one of two accounts created concurrently with names that look the same', async () => {
      const isDistinct = true;
      const answers = await Promise.all([
        accounts.insertUser(user('ledger'), 'one', { isDistinct }),
        accounts.insertUser(user('Iedger'), 'two', { isDistinct }),
      ]);

      assert.deepEqual(answers.sort(), ['look-taken', 'stored']);
      assert.equal(await accounts.insertUser(user('1edger'), 'three'), 'stored');
    });

    test('gives one of two users who are renamed concurrently the name, or one that looks like it', async () => {
      const [alice, bob, carol] = [user('alice'), user('bob'), user('carol')];
      for (const each of [alice, bob, carol]) await accounts.insertUser(each, 'hash');
      const rename = (of: User, username: string) => accounts.setUsername({ ...of, username }, BY);

      const same = await Promise.all([rename(alice, 'ledger'), rename(bob, 'Ledger')]);
      assert.deepEqual(same.sort(), ['stored', 'taken']);
      const similar = await Promise.all([rename(alice, 'hello'), rename(bob, 'heIlo')]);
      assert.deepEqual(similar.sort(), ['look-taken', 'stored']);
      assert.equal(
        await accounts.insertUser(user('he1lo'), 'hash', { isDistinct: true }),
        'look-taken',
      );
    });

    test('keeps the name that a user gives up from those who register meanwhile', async () => {
      const alice = user('alice');
      await accounts.insertUser(alice, 'hash');

      const answers = await Promise.all([
        accounts.setUsername({ ...alice, username: 'alicia' }, BY),
        ...['one', 'two', 'three'].map((hash) => accounts.insertUser(user('alice'), hash)),
      ]);

      assert.deepEqual(answers, ['stored', 'taken', 'taken', 'taken']);
    });

    test('finds a user by id, and by name in any case', async () => {
      const alice = user('Alice');
      await accounts.insertUser(alice, 'hash');

      assert.deepEqual(await accounts.findUser({ kind: 'id', id: alice.id }), alice);
      assert.deepEqual(await accounts.findUser({ kind: 'username', username: 'aLICE' }), alice);
      assert.equal(await accounts.findUser({ kind: 'id', id: newUserId() }), undefined);
      assert.equal(await accounts.findUser({ kind: 'username', username: 'bob' }), undefined);
    });

    test('stores when a user was last seen', async () => {
      const alice = user('alice');
      await accounts.insertUser(alice, 'hash');
      assert.equal(await accounts.findLastSeen(alice.id), undefined);

      await accounts.setLastSeen([{ userId: alice.id, lastSeenAtMs: NOON_MS }]);

      assert.equal(await accounts.findLastSeen(alice.id), NOON_MS);
    });

    test('keeps the latest choice of how a user appears', async () => {
      const [alice, bob, carol] = [user('alice'), user('bob'), user('carol')];
      for (const each of [alice, bob, carol]) await accounts.insertUser(each, 'hash');
      const busy = { userId: alice.id, status: 'busy', statusText: 'On leave' } as const;
      const later = { ...busy, untilMs: NOON_MS + 5000, chosenAtMs: NOON_MS + 1 };
      const away = { status: 'away', statusText: undefined, untilMs: undefined } as const;
      const ofBob = { ...away, userId: bob.id, chosenAtMs: NOON_MS };

      await accounts.setChosenPresence({ ...busy, ...away, chosenAtMs: NOON_MS });
      await accounts.setChosenPresence(later);
      await accounts.setChosenPresence({ ...busy, ...away, chosenAtMs: NOON_MS });
      await accounts.setChosenPresence(ofBob);

      const found = await accounts.listChosenPresence([bob.id, carol.id, alice.id]);
      const byUser = Object.fromEntries(found.map((each) => [each.userId, each]));
      assert.deepEqual(byUser, { [alice.id]: later, [bob.id]: ofBob });
      assert.deepEqual(await accounts.listChosenPresence([]), []);
    });

    const window = (key: string, over: Partial<AttemptLimit> = {}): AttemptLimit => ({
      key,
      attemptsMax: 2,
      windowMs: 1000,
      ...over,
    });

    test('counts attempts within a window that starts with the first attempt', async () => {
      const limits = [window('key')];

      assert.equal(await accounts.countAttempt(limits, NOON_MS), 0);
      assert.equal(await accounts.countAttempt(limits, NOON_MS + 400), 0);

      assert.equal(await accounts.findAttemptWait(limits, NOON_MS + 400), 600);
      assert.equal(await accounts.countAttempt(limits, NOON_MS + 400), 600);
      assert.equal(await accounts.countAttempt(limits, NOON_MS + 1000), 0);
    });

    test('doubles the wait after each further attempt up to a maximum', async () => {
      const limits = [window('key', { windowMs: 60_000, delayMsMax: 3000 })];
      for (let free = 0; free < 2; free += 1) await accounts.countAttempt(limits, NOON_MS);

      let nowMs = NOON_MS;
      for (const waitMs of [1000, 2000, 3000, 3000]) {
        assert.equal(await accounts.countAttempt(limits, nowMs), waitMs);
        nowMs += waitMs;
        assert.equal(await accounts.countAttempt(limits, nowMs), 0);
      }
      assert.equal(await accounts.findAttemptWait(limits, nowMs + 60_000), 0);
    });

    test('counts nothing under any key if one limit is reached', async () => {
      const full = window('full', { attemptsMax: 1 });
      await accounts.countAttempt([full], NOON_MS);

      for (let tries = 0; tries < 5; tries += 1) {
        assert.equal(await accounts.countAttempt([window('other'), full], NOON_MS), 1000);
      }

      assert.equal(await accounts.deleteOldAttempts(NOON_MS + 1000), 1);
    });

    test('forgets attempts of a clock that was far ahead, not those of another node', async () => {
      const limits = [window('one'), window('two', { delayMsMax: 60_000, windowMs: 100_000 })];
      const day = 24 * 60 * 60 * 1000;
      for (let times = 0; times < 2; times += 1) {
        await accounts.countAttempt(limits, NOON_MS + day);
      }
      assert.equal(await accounts.findAttemptWait(limits, NOON_MS + day - 500), 1500);

      assert.equal(await accounts.findAttemptWait(limits, NOON_MS), 0);
      for (let times = 0; times < 2; times += 1) {
        assert.equal(await accounts.countAttempt(limits, NOON_MS), 0);
      }
      assert.equal(await accounts.countAttempt(limits, NOON_MS), 1000);
    });

    test('counts only as many concurrent attempts as the limit allows', async () => {
      const limits = [window('one', { attemptsMax: 7 }), window('two', { attemptsMax: 20 })];

      const waits = await Promise.all(
        Array.from({ length: 20 }, () => accounts.countAttempt(limits, NOON_MS)),
      );

      assert.equal(waits.filter((waitMs) => waitMs === 0).length, 7);
      assert.equal(await accounts.countAttempt([window('two', { attemptsMax: 8 })], NOON_MS), 0);
      assert.notEqual(await accounts.countAttempt([window('two', { attemptsMax: 8 })], NOON_MS), 0);
    });

    test('deletes attempts on request and after their window has ended', async () => {
      const limits = ['forgotten', 'old'].map((key) => window(key, { attemptsMax: 1 }));
      const recent = [window('new', { attemptsMax: 1, windowMs: 5000 })];
      await accounts.countAttempt([...limits, ...recent], NOON_MS);

      await accounts.forgetAttempts('forgotten');

      assert.equal(await accounts.countAttempt(limits.slice(0, 1), NOON_MS), 0);
      assert.equal(await accounts.deleteOldAttempts(NOON_MS + 1000), 2);
      assert.equal(await accounts.countAttempt(recent, NOON_MS + 1000), 4000);
    });
  });
}
