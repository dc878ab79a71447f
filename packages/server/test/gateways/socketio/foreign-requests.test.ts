/** The id of an Engine.IO session stands in addresses, which others may read: it gives no access. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';
import { tokenOf } from '../../support/socketio-client.ts';

type Headers = Readonly<Record<string, string>>;

const BASE = '/socket.io/?EIO=4';
const TEXT = { 'content-type': 'text/plain;charset=UTF-8' };
const STOLEN = `42${JSON.stringify(['message:send', { roomId: 'lobby', content: 'stolen' }])}`;

describe('a request with the id of another client’s session', () => {
  let server: TestServer;
  let alice: Account;
  let mallory: Account;
  before(async () => {
    server = await TestServer.start();
    alice = await server.signUp('alice');
    mallory = await server.signUp('mallory');
  });
  after(() => server.close());

  /** A polling client that shows these headers in each request. */
  const begin = async (headers: Headers, auth: object = {}) => {
    const ask = async (how: Headers, query: string, body?: string) => {
      const method = body === undefined ? 'GET' : 'POST';
      const answer = await fetch(`${server.url}${BASE}${query}`, {
        ...{ method, headers: { ...TEXT, ...how } },
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.status, text: await answer.text() };
    };
    const opened = await ask(headers, '&transport=polling');
    const { sid } = JSON.parse(opened.text.slice(1)) as { sid: string };
    const query = `&transport=polling&sid=${sid}`;
    const connected = await ask(headers, query, `40${JSON.stringify(auth)}`);
    assert.equal(connected.status, 200);
    assert.match((await ask(headers, query)).text, /^40\{/);
    return {
      post: (how: Headers, body = STOLEN) => ask(how, query, body),
      poll: (how: Headers) => ask(how, query),
      upgradeStatusOf: (how: Headers) =>
        server.upgradeStatus(`${BASE}&transport=websocket&sid=${sid}`, { headers: how }),
    };
  };

  const carriers = (): readonly [carrier: string, headers: Headers, auth: object][] => [
    ['the cookie', { cookie: alice.cookie }, {}],
    ['a bearer token', { authorization: `Bearer ${alice.token}` }, {}],
    ['a cookie, and a token of its own', { cookie: alice.cookie }, { token: alice.token }],
  ];
  const foreign = (): readonly [title: string, headers: Headers][] => [
    ['nothing', {}],
    ['the cookie of another user', { cookie: mallory.cookie }],
    ['the token of another user', { authorization: `Bearer ${mallory.token}` }],
    ['a made-up token', { authorization: 'Bearer nothing' }],
    ['a cookie without its signature', { cookie: `connect.sid=s:${alice.token}` }],
  ];

  test('is refused without a credential of the same user, and changes nothing', async () => {
    for (const [carrier, headers, auth] of carriers()) {
      const session = await begin(headers, auth);
      for (const [title, shown] of foreign()) {
        const about = `${carrier}: ${title}`;
        const read = await session.poll(shown);
        assert.equal(read.status, 403, about);
        assert.match(read.text, /"code":"FORBIDDEN"/, about);
        assert.equal((await session.post(shown)).status, 403, about);
        assert.equal(await session.upgradeStatusOf(shown), 403, about);
      }
      assert.equal((await session.post(headers, '41')).status, 200, 'the client itself goes on');
    }
  });

  test('is accepted with another credential of the same user', async () => {
    const session = await begin({ cookie: alice.cookie });
    const token = await tokenOf(alice);

    assert.equal((await session.post({ authorization: `Bearer ${token}` }, '3')).status, 200);
    assert.equal(await session.upgradeStatusOf({ cookie: alice.cookie }), 101);
  });

  test('is refused from another program or with a foreign credential, if the client shows none', async () => {
    const own = { 'user-agent': 'Browser' };
    const session = await begin(own, { token: await tokenOf(alice) });

    for (const shown of [
      { 'user-agent': 'Thief' },
      ...foreign()
        .slice(1, -1)
        .map(([, headers]) => ({ ...own, ...headers })),
    ]) {
      assert.equal((await session.poll(shown)).status, 403);
      assert.equal((await session.post(shown)).status, 403);
      assert.equal(await session.upgradeStatusOf(shown), 403);
    }

    assert.equal((await session.post(own, '3')).status, 200);
  });

  test('does not use up the upgrades of the client', async () => {
    const session = await begin({ cookie: alice.cookie });
    for (let tries = 0; tries < 5; tries += 1) assert.equal(await session.upgradeStatusOf({}), 403);

    assert.equal(await session.upgradeStatusOf({ cookie: alice.cookie }), 101);
  });
});
