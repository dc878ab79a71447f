/** Logins by network, over HTTP behind a trusted proxy. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { argon2HashOf } from '../../src/system/argon2-password-hash.ts';
import { PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { inTime } from '../support/wait.ts';

const QUICK_HASH = argon2HashOf({ memoryKib: 8, passes: 1, parallelism: 1 });

describe('logins by network', () => {
  let server: TestServer;
  /** Passwords are verified once it is fulfilled: a flood waits for it. */
  let verifying: Promise<unknown> = Promise.resolve();
  before(async () => {
    const verify = async (password: string, hashed: string) => {
      await verifying;
      return QUICK_HASH.verify(password, hashed);
    };
    const passwords = { ...QUICK_HASH, verify };
    server = await TestServer.start({ TRUST_PROXY: '127.0.0.1' }, undefined, passwords);
    await server.register('alice');
  });
  after(() => server.close());

  function logIn(username: string, password: string, from: string): Promise<Response> {
    return server.post('/login', { username, password }, { 'x-forwarded-for': from });
  }

  test('a flood from one network does not prevent logins from others', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    verifying = released;
    const { promise: isFull, resolve } = Promise.withResolvers<void>();
    const flood = Array.from({ length: 80 }, async (_, index) => {
      const from = `2001:db8:0:1::${index.toString(16)}`;
      const { status } = await logIn(`stranger-${index}`, 'wrong password', from);
      if (status === 503) resolve();
      return status;
    });
    const statuses = Promise.all(flood);
    await inTime(isFull, 'the first refusal');

    const login = logIn('alice', PASSWORD, '2001:db8:0:2::1');
    // A request later than this one, which the server answers meanwhile.
    await fetch(`${server.url}/health`);
    release();

    assert.equal((await login).status, 200);
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
