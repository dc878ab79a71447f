/** A credential is accepted only for its own purpose, and a login adopts no given credential. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { tokenOf } from '../../packages/server/test/support/socketio-client.ts';

describe('credentials', () => {
  let server: TestServer;
  let alice: Account;
  let mallory: Account;
  before(async () => {
    server = await TestServer.start();
    alice = await server.signUp('alice');
    mallory = await server.signUp('mallory');
  });
  after(() => server.close());

  const whoIs = async (headers: Record<string, string>): Promise<string | number> => {
    const answer = await fetch(`${server.url}/api/auth/me`, { headers });
    if (answer.status !== 200) return answer.status;
    return ((await answer.json()) as { user: { username: string } }).user.username;
  };
  const cookieValue = (cookie: string): string => decodeURIComponent(cookie.split('=')[1] ?? '');

  test('of one carrier are not accepted by another', async () => {
    const signed = cookieValue(alice.cookie);
    const apiToken = await tokenOf(alice);
    const cases: readonly [
      title: string,
      headers: Record<string, string>,
      wanted: string | number,
    ][] = [
      ['the cookie', { cookie: alice.cookie }, 'alice'],
      ['the session token as bearer', { authorization: `Bearer ${alice.token}` }, 'alice'],
      ['the session token as an unsigned cookie', { cookie: `connect.sid=${alice.token}` }, 401],
      [
        'the session token as a signed cookie without its signature',
        { cookie: `connect.sid=s:${alice.token}` },
        401,
      ],
      ['the signed cookie as bearer', { authorization: `Bearer ${signed}` }, 401],
      ['a signed token as cookie', { cookie: `connect.sid=${apiToken}` }, 401],
      [
        'a signed token under the signature of a cookie',
        { cookie: `connect.sid=s:${apiToken}.${signed.split('.')[1]}` },
        401,
      ],
      ['the id of a user as bearer', { authorization: `Bearer ${alice.userId}` }, 401],
      ['the session token as Basic', { authorization: `Basic ${alice.token}` }, 401],
      ['an unsigned JWT', { authorization: `Bearer ${unsigned(apiToken)}` }, 401],
    ];
    for (const [title, headers, wanted] of cases) assert.equal(await whoIs(headers), wanted, title);
  });

  test('that were sent with a login are not adopted by it', async () => {
    for (const cookie of [mallory.cookie, 'connect.sid=chosen', 'connect.sid=s:chosen.signature']) {
      const answer = await server.post(
        '/login',
        { username: 'alice', password: PASSWORD },
        { cookie },
      );
      const [given = ''] = answer.headers.getSetCookie();
      assert.equal(answer.status, 200);
      assert.notEqual(given.split(';')[0], cookie);
      assert.doesNotMatch(given, /chosen/);
    }
    // The existing session still belongs to its own user.
    assert.equal(await whoIs({ cookie: mallory.cookie }), 'mallory');
    assert.equal(await whoIs({ cookie: 'connect.sid=chosen' }), 401);
  });

  test('given twice count once, and never as two users', async () => {
    const both = { cookie: alice.cookie, authorization: `Bearer ${mallory.token}` };
    const [own, other] = [alice.cookie, mallory.cookie];
    assert.equal(await whoIs(both), 'mallory');
    assert.equal(await whoIs({ cookie: `${own}; ${own}` }), 'alice');
    // A page of another host may have added one of them.
    for (const cookie of [`${own}; ${other}`, `${other}; ${own}`]) {
      assert.equal(await whoIs({ cookie }), 401);
    }
    for (const planted of ['connect.sid=s%3Aplanted.x', 'connect.sid=', `${other}x`]) {
      assert.equal(await whoIs({ cookie: `${planted}; ${own}` }), 'alice', planted);
    }
    assert.equal(await whoIs({ ...both, authorization: 'Bearer nothing' }), 401);
  });

  test('end at the logout, with everything derived from them', async () => {
    const bob = await server.signUp('bob');
    const token = await tokenOf(bob);
    assert.equal((await bob.call('POST', '/logout', {})).status, 200);
    for (const headers of [
      { cookie: bob.cookie },
      { authorization: `Bearer ${bob.token}` },
      { authorization: `Bearer ${token}` },
    ]) {
      assert.equal(await whoIs(headers), 401);
    }
  });
});

/** The same claims without a signature. */
function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  return `${header}.${token.split('.')[1]}.`;
}
