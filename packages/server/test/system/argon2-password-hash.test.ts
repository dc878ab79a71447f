import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { argon2PasswordHash } from '../../src/system/argon2-password-hash.ts';

describe('argon2PasswordHash', () => {
  test('verifies the password, and no other', async () => {
    const hashed = await argon2PasswordHash.hash('correct horse');

    assert.equal(await argon2PasswordHash.verify('correct horse', hashed), true);
    assert.equal(await argon2PasswordHash.verify('correct horsf', hashed), false);
    assert.equal(await argon2PasswordHash.verify('', hashed), false);
  });

  test('salts: the same password gives a different PHC text each time', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => argon2PasswordHash.hash('password')));

    assert.notEqual(one, other);
    assert.match(one ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
  });

  test('verifies a hash with the parameters that it names', async () => {
    // From the reference implementation: password `password`, salt `somesalt`, 64 MiB, 2 passes.
    const known =
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

    assert.equal(await argon2PasswordHash.verify('password', known), true);
  });

  test('rejects a text that is not an argon2id hash', async () => {
    await assert.rejects(argon2PasswordHash.verify('password', '$2b$10$abc'), /not argon2id/);
  });

  test('does not spend more than its limits for a stored hash', async () => {
    const own = await argon2PasswordHash.hash('correct horse');
    for (const parameters of [
      'm=4194304,t=4,p=1',
      'm=19456,t=999999,p=1',
      'm=19456,t=2,p=64',
      'm=0,t=0,p=0',
    ]) {
      const costly = own.replace(/m=\d+,t=\d+,p=\d+/, parameters);
      assert.equal(await argon2PasswordHash.verify('correct horse', costly), false, parameters);
    }
  });
});
