/** Logins by network, over HTTP behind a trusted proxy. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { argon2PasswordHash } from '../../src/system/argon2-password-hash.ts';
import { PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

describe('logins by network', () => {
  let server: TestServer;
  before(async () => {
    // Hashes that take their time: a flood waits for them.
    server = await TestServer.start({ TRUST_PROXY: '127.0.0.1' }, undefined, argon2PasswordHash);
    await server.register('alice');
  });
  after(() => server.close());

  function logIn(username: string, password: string, from: string): Promise<Response> {
    return server.post('/login', { username, password }, { 'x-forwarded-for': from });
  }

  test('a flood from one network does not prevent logins from others', async () => {
    const { promise: isFull, resolve } = Promise.withResolvers<void>();
    const flood = Array.from({ length: 80 }, async (_, index) => {
      const from = `2001:db8:0:1::${index.toString(16)}`;
      const { status } = await logIn(`stranger-${index}`, 'wrong password', from);
      if (status === 503) resolve();
      return status;
    });
    const statuses = Promise.all(flood);
    await Promise.race([isFull, statuses]);

    const { status } = await logIn('alice', PASSWORD, '2001:db8:0:2::1');

    assert.equal(status, 200);
    assert.deepEqual([...new Set(await statuses)].sort(), [401, 503]);
  });

  test('guesses from all addresses of a network are counted together', async () => {
    const guesses: Response[] = [];
    for (let index = 0; index < 60; index += 1) {
      const from = `2001:db8:0:3::${index.toString(16)}`;
      guesses.push(await logIn('alice', 'wrong password', from));
    }

    const rejected = guesses.filter(({ status }) => status === 429);
    assert.ok(rejected.length >= 40, `${rejected.length} refused`);
    assert.ok(rejected.every(({ headers }) => Number(headers.get('retry-after')) >= 1));
    assert.equal((await logIn('alice', PASSWORD, '192.0.2.1')).status, 200);
  });
});
