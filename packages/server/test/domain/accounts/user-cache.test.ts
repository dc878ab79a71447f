import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserCache } from '../../../src/domain/core/user-cache.ts';
import { user } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

async function withUsers(usersMax?: number) {
  const { accounts } = openSqliteInMemory();
  const [alice, bob, carol] = [user('Alice'), user('bob'), user('carol')];
  for (const each of [alice, bob, carol]) await accounts.insertUser(each, 'hash');
  const asked: string[] = [];
  const findUser: typeof accounts.findUser = (reference) => {
    asked.push(reference.kind === 'id' ? reference.id : reference.username);
    return accounts.findUser(reference);
  };
  const cache = new UserCache({ findUser }, usersMax);
  return { cache, accounts, asked, alice, bob, carol };
}

const byName = (username: string) => ({ kind: 'username', username }) as const;

describe('the user cache', () => {
  test('asks the store once for a name, whatever its case, and its id', async () => {
    const { cache, asked, alice } = await withUsers();

    const found = [
      await cache.findUser(byName('alice')),
      await cache.findUser(byName('ALICE')),
      await cache.findUser({ kind: 'id', id: alice.id }),
    ];

    assert.deepEqual(found, [alice, alice, alice]);
    assert.deepEqual(asked, ['alice']);
  });

  test('finds a user who registers after a failed lookup', async () => {
    const { cache, accounts } = await withUsers();
    const dave = user('dave');

    assert.equal(await cache.findUser(byName('dave')), undefined);
    await accounts.insertUser(dave, 'hash');

    assert.deepEqual(await cache.findUser(byName('dave')), dave);
  });

  test('drops the user who was not looked up for longest', async () => {
    const { cache, asked } = await withUsers(2);

    for (const name of ['alice', 'bob', 'alice', 'carol', 'alice', 'bob']) {
      await cache.findUser(byName(name));
    }

    assert.deepEqual(asked, ['alice', 'bob', 'carol', 'bob']);
  });
});
