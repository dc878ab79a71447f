/** A page of another site cannot change anything with the cookie of its visitor, over any route. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { API_OPERATIONS } from '../../packages/server/src/http/openapi/api-operations.ts';
import type { Account } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';

/** Methods that change nothing, and that `fetch` sends without a body. */
const SAFE = /^(?:GET|HEAD) /;

const FOREIGN: Readonly<Record<string, Record<string, string>>> = {
  'of another origin': { origin: 'https://evil.example' },
  'of an opaque origin': { origin: 'null' },
  'of the same name at another port': { origin: 'http://127.0.0.1:1' },
  'without an origin, from another site': { 'sec-fetch-site': 'cross-site' },
  'without an origin, from another host of the site': { 'sec-fetch-site': 'same-site' },
};

describe('a request with the cookie of a visitor', () => {
  let server: TestServer;
  let alice: Account;
  before(async () => {
    server = await TestServer.start();
    alice = await server.signUp('alice');
  });
  after(() => server.close());

  const routes = Object.keys(API_OPERATIONS).filter((route) => !SAFE.test(route));
  for (const [title, headers] of Object.entries(FOREIGN)) {
    test(`${title} changes nothing`, async () => {
      for (const route of routes) {
        const [method = '', path = ''] = route.split(' ');
        const answer = await fetch(server.url + path.replaceAll(/:\w+/g, 'x'), {
          method,
          headers: { cookie: alice.cookie, 'content-type': 'application/json', ...headers },
          body: '{}',
        });
        assert.equal(answer.status, 403, route);
      }
      assert.equal((await alice.call('GET', '/api/auth/me')).status, 200);
    });
  }

  test('is rejected in the format of an HTML form, whatever its origin', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await fetch(`${server.url}/api/workspaces`, {
        method: 'POST',
        headers: { cookie: alice.cookie, 'content-type': type },
        body: '{"name":"made by a form"}',
      });
      assert.equal(answer.status, 400, type);
    }
    const { workspaces } = await alice.must<{ workspaces: object[] }>('GET', '/api/workspaces');
    assert.deepEqual(workspaces, []);
  });
});
