/** Contract of every store for second factors, and for logins that need one. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { OPERATOR } from '../../src/model/audit.ts';
import type { CodeProof, FactorProof } from '../../src/model/second-factor.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, session, user } from '../support/records.ts';

const CODES = ['one', 'two'];

export function testSecondFactors(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: second factors`, () => {
    let store: Store;
    let alice: User;
    beforeEach(async () => {
      store = await openEmpty();
      alice = user('alice');
      await store.accounts.insertUser(alice, 'hash');
    });
    afterEach(() => store.close());

    const totp = (step: number, sealed = 'sealed') =>
      ({ kind: 'totp', sealed, step, resealed: 'sealed' }) as const;
    const recovery = (digest: string): CodeProof => ({ kind: 'recovery', digest });
    const confirm = async (step = 10, sessionKey?: string) =>
      (await store.accounts.confirmSecondFactor(alice.id, totp(step), CODES, BY, sessionKey)) !==
      undefined;
    const turnOn = async (sessionKey?: string): Promise<void> => {
      await store.accounts.startSecondFactor(alice.id, 'sealed');
      assert.equal(await confirm(10, sessionKey), true);
    };
    const logIn = (proof?: FactorProof) =>
      store.sessions.insertSession(session({ userId: alice.id }), 'hash', proof);
    const find = () => store.accounts.findSecondFactor(alice.id);
    const actions = async () =>
      (await store.audit.listAudit({ limit: 3 })).map(({ action }) => action);

    test('logins need none before it is confirmed, and the latest secret counts', async () => {
      assert.equal(await find(), undefined);
      assert.equal(await confirm(), false);
      assert.equal(await store.accounts.startSecondFactor(alice.id, 'earlier'), true);
      assert.equal(await store.accounts.startSecondFactor(alice.id, 'sealed'), true);

      assert.equal(await logIn(), true);
      assert.equal(await logIn(totp(9)), false);
      const earlier = totp(9, 'earlier');
      assert.equal(
        await store.accounts.confirmSecondFactor(alice.id, earlier, CODES, BY),
        undefined,
      );
      const started = await find();
      assert.equal(started?.isConfirmed, false);
      assert.equal(await confirm(), true);

      const found = await find();
      assert.deepEqual(
        { ...found, recoveryDigests: [...(found?.recoveryDigests ?? [])].sort() },
        {
          userId: alice.id,
          sealed: 'sealed',
          isConfirmed: true,
          lastStep: 10,
          recoveryDigests: CODES,
        },
      );
      assert.equal((await store.accounts.findAccount(alice.id))?.hasFactor, true);
      assert.deepEqual((await actions()).slice(0, 1), ['factor.add']);
      assert.equal(await store.accounts.startSecondFactor(alice.id, 'other'), false);
      assert.equal(await confirm(20), false);
    });

    test('no login succeeds without a proof, and each proof is accepted once', async () => {
      await turnOn();

      const results = [];
      for (const proof of [
        ...[
          undefined,
          totp(10),
          totp(11, 'other'),
          totp(11),
          totp(11),
          totp(10),
          totp(13),
          totp(12),
        ],
        ...[recovery('none'), recovery('one'), recovery('one'), recovery('two')],
      ]) {
        results.push(await logIn(proof));
      }

      const [no, yes] = [false, true];
      assert.deepEqual(results, [no, no, no, yes, no, no, yes, no, no, yes, no, yes]);
      assert.deepEqual([(await find())?.lastStep, (await find())?.recoveryDigests], [13, []]);
      const sessions = await store.sessions.listSessions(alice.id, { nowMs: NOON_MS, limit: 9 });
      assert.equal(sessions.length, 4);
      const [latest] = await store.audit.listAudit({ limit: 1 });
      assert.deepEqual([latest?.action, latest?.detail], ['login.accept', 'recovery']);
    });

    test('a session is proved under the conditions of a login', async () => {
      const login = session({ userId: alice.id });
      await store.sessions.insertSession(login, 'hash');
      const prove = (hash: string, proof?: FactorProof, key = login.key) =>
        store.sessions.proveSession({ key, userId: alice.id, atMs: NOON_MS }, hash, proof);
      const provedAtMs = async () =>
        (await store.sessions.findSession(login.key))?.session.provedAtMs;

      assert.deepEqual([await prove('other'), await provedAtMs()], [false, undefined]);
      assert.deepEqual([await prove('hash'), await provedAtMs()], [true, NOON_MS]);
      assert.equal(await prove('hash', undefined, 'unknown'), false);
      await turnOn(login.key);
      assert.deepEqual([await prove('hash'), await prove('hash', totp(11))], [false, true]);
      assert.deepEqual([await prove('hash', totp(11)), await logIn(totp(11))], [false, false]);
    });

    test('sessions that began without it end, but for the one that turns it on', async () => {
      await store.accounts.startSecondFactor(alice.id, 'sealed');
      const [here, there] = [session({ userId: alice.id }), session({ userId: alice.id })];
      for (const each of [here, there]) await store.sessions.insertSession(each, 'hash');

      const ended = await store.accounts.confirmSecondFactor(
        ...([alice.id, totp(10), CODES, BY, here.key] as const),
      );

      assert.deepEqual(ended, [there.key]);
      assert.equal(await store.sessions.findSession(there.key), undefined);
      assert.notEqual(await store.sessions.findSession(here.key), undefined);
    });

    test('new recovery codes replace the former ones, while it is on', async () => {
      const renew = (codes: readonly string[]) =>
        store.accounts.replaceRecoveryCodes(alice.id, codes, BY);
      await store.accounts.startSecondFactor(alice.id, 'sealed');
      assert.equal(await renew(['early']), false);
      assert.equal(await confirm(), true);
      assert.equal(await renew(['two', 'three']), true);

      assert.deepEqual((await actions()).slice(0, 2), ['factor.codes', 'factor.add']);
      const results = [];
      for (const code of ['early', 'one', 'two', 'three'])
        results.push(await logIn(recovery(code)));
      assert.deepEqual(results, [false, false, true, true]);
    });

    test('of concurrent logins with one proof, one succeeds', async () => {
      await turnOn();
      for (const proof of [totp(11), recovery('one')]) {
        const results = await Promise.all(Array.from({ length: 4 }, () => logIn(proof)));
        assert.equal(results.filter((isStored) => isStored).length, 1);
      }
    });

    test('a login that runs while it is confirmed is before it, or fails', async () => {
      for (let round = 0; round < 5; round += 1) {
        const other = user(`user${round}`);
        await store.accounts.insertUser(other, 'hash');
        await store.accounts.startSecondFactor(other.id, 'sealed');
        const insert = () => store.sessions.insertSession(session({ userId: other.id }), 'hash');

        const [, isConfirmed] = await Promise.all([
          insert(),
          store.accounts.confirmSecondFactor(other.id, totp(1), CODES, BY),
          insert(),
        ]);

        assert.notEqual(isConfirmed, undefined);
        assert.equal(await insert(), false);
      }
    });

    test('a proof is not used up by a login with another password', async () => {
      await turnOn();
      const wrong = await store.sessions.insertSession(
        session({ userId: alice.id }),
        'other',
        totp(11),
      );

      assert.deepEqual([wrong, await logIn(totp(11))], [false, true]);
    });

    test('ends with a proof, and can begin again', async () => {
      await turnOn();
      const remove = (proof: CodeProof) => store.accounts.removeSecondFactor(alice.id, proof, BY);

      assert.deepEqual([await remove(totp(10)), await remove(recovery('none'))], [false, false]);
      assert.equal(await logIn(), false);
      assert.equal(await remove(totp(11)), true);

      assert.deepEqual((await actions()).slice(0, 1), ['factor.remove']);
      assert.equal(await find(), undefined);
      assert.equal(await logIn(), true);
      await turnOn();
      assert.equal(await remove(recovery('two')), true);
      assert.equal(await remove(recovery('two')), false);
    });

    test('ends with a reset of the password, and not with a change', async () => {
      await turnOn();
      const here = session({ userId: alice.id });
      await store.sessions.insertSession(here, 'hash', totp(11));
      const changed = await store.sessions.changePassword({
        ...{ userId: alice.id, sessionKey: here.key, fromHash: 'hash', toHash: 'hash' },
        successor: session({ userId: alice.id }),
      });
      assert.equal(changed.kind, 'changed');
      assert.equal(await logIn(), false);

      await store.sessions.setPassword(alice.id, 'hash', BY);
      assert.deepEqual((await actions()).slice(0, 2), ['factor.remove', 'password.reset']);
      assert.equal(await logIn(), true);
      await turnOn();
      const reset = { tokenDigest: 'digest', creator: OPERATOR, expiresAtMs: NOON_MS + 9 } as const;
      await store.accounts.insertPasswordReset({ ...reset, userId: alice.id }, BY);
      await store.accounts.takePasswordReset(reset.tokenDigest, 'hash', { ...BY, atMs: NOON_MS });

      assert.deepEqual(await actions(), ['factor.remove', 'password.reset', 'reset.create']);
      assert.deepEqual([await find(), await logIn()], [undefined, true]);
    });

    test('accounts are listed with it', async () => {
      await store.accounts.insertUser(user('bob'), 'hash');
      await store.accounts.startSecondFactor(alice.id, 'sealed');
      const listed = async () =>
        (await store.accounts.listAccounts({ limit: 9 })).map(({ hasFactor }) => hasFactor);

      assert.deepEqual(await listed(), [false, false]);
      await confirm();

      assert.deepEqual(await listed(), [true, false]);
      assert.equal(await store.accounts.findAccount('nobody' as User['id']), undefined);
    });
  });
}
