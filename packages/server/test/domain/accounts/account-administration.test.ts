import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ErrorCode } from '@parley/protocol';
import { AccountAdministration } from '../../../src/domain/accounts/account-administration.ts';
import { NO_PASSWORD } from '../../../src/model/user.ts';
import type { PasswordHash } from '../../../src/ports/password-hash.ts';
import { commonPasswords } from '../../../src/system/common-passwords.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { user } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const PASSWORD = 'correct horse';

const passwords: PasswordHash = {
  hash: async (password) => `hash of ${password}`,
  verify: async (password, hashed) => hashed === `hash of ${password}`,
};

function open() {
  const store = openSqliteInMemory();
  const { accounts, sessions, removals } = store;
  const administration = new AccountAdministration({
    ...{ accounts, sessions, removals, passwords, commonPasswords },
    secrets: systemCrypto,
    clock: new FakeClock(),
    operator: 'root@test',
  });
  const hashOf = async (name: string) => (await accounts.findCredentials(name))?.passwordHash;
  return { store, administration, hashOf };
}

describe('account administration', () => {
  test('adds an account as registration does', async () => {
    const { administration, hashOf, store } = open();

    // The accent is a character of its own; stored is the composed form.
    const { id, ...added } = await administration.add(' Alice ', 'cafe\u0301 de nuit');

    const { username, displayName, role } = added;
    assert.deepEqual([username, displayName, role], ['Alice', 'Alice', 'member']);
    assert.equal(await hashOf('alice'), 'hash of caf\u00e9 de nuit');
    assert.equal((await store.accounts.findUser({ kind: 'id', id }))?.username, 'Alice');
  });

  test('sets a password that no one knows in advance, and that registration accepts', async () => {
    const { administration, hashOf } = open();
    const generated = Array.from({ length: 100 }, () => administration.newPassword());

    for (const password of generated) assert.match(password, /^[\w-]{20}$/);
    assert.equal(new Set(generated).size, generated.length);
    const [password = ''] = generated;
    await administration.add('alice', password);
    assert.equal(await hashOf('alice'), `hash of ${password}`);
  });

  const rejected: readonly [name: string, password: string, code: ErrorCode][] = [
    ['al', PASSWORD, 'VALIDATION_ERROR'],
    ['al ice', PASSWORD, 'VALIDATION_ERROR'],
    ['\u0430lice', PASSWORD, 'VALIDATION_ERROR'], // The first letter is Cyrillic.
    ['Admin', PASSWORD, 'VALIDATION_ERROR'],
    ['alice', 'seven c', 'VALIDATION_ERROR'],
    ['alice', 'x'.repeat(129), 'VALIDATION_ERROR'],
    ['BOB', PASSWORD, 'CONFLICT'],
  ];
  for (const [name, password, code] of rejected) {
    test(`does not add ${JSON.stringify(name)} with ${password.length} characters`, async () => {
      const { administration, hashOf } = open();
      await administration.add('bob', PASSWORD);

      await assert.rejects(administration.add(name, password), { code });

      assert.equal(await hashOf('bob'), `hash of ${PASSWORD}`);
      assert.equal(await hashOf('alice'), undefined);
    });
  }

  test('gives no password to an account without one, nor to an unknown name', async () => {
    const { administration, hashOf, store } = open();
    const external = { issuer: 'https://login.example', subject: '1', passwordHash: NO_PASSWORD };
    await store.accounts.insertExternalUser(user('carol'), external);

    await assert.rejects(administration.resetPassword('carol', PASSWORD), { code: 'FORBIDDEN' });
    await assert.rejects(administration.resetPassword('dave', PASSWORD), { code: 'NOT_FOUND' });

    assert.equal(await hashOf('carol'), NO_PASSWORD);
  });

  test('rejects a short password at a reset, and keeps the present one', async () => {
    const { administration, hashOf } = open();
    await administration.add('alice', PASSWORD);

    await assert.rejects(administration.resetPassword('alice', 'seven c'), {
      code: 'VALIDATION_ERROR',
    });

    assert.equal(await hashOf('alice'), `hash of ${PASSWORD}`);
  });
});
