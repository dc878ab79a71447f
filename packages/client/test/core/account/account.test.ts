import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Account } from '../../../src/core/account/account.ts';
import { FakeEnvironment } from '../../fakes/fake-environment.ts';

const ALICE = { username: 'alice', password: 'correct horse' };
const USER = { id: 'u-alice', username: 'alice' };

interface Call {
  readonly url: string;
  readonly init: RequestInit;
}

/** An account whose server gives this answer, and the requests it received. */
function accountAnswering(answer: () => Promise<Response>): { account: Account; calls: Call[] } {
  const calls: Call[] = [];
  const environment = new FakeEnvironment();
  const fetch = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    calls.push({ url: String(input), init });
    return answer();
  };
  const account = new Account({ fetch, setTimer: environment.setTimer }, 'http://server/');
  return { account, calls };
}

const json =
  (body: object, status = 200) =>
  () =>
    Promise.resolve(Response.json(body, { status }));

function refusal(code: string, status: number, over: object = {}) {
  return json({ error: { code, message: 'No', ...over } }, status);
}

describe('Account', () => {
  test('sends credentials as JSON, and returns only the public part of the answer', async () => {
    const { account, calls } = accountAnswering(
      json({ success: true, token: 'secret', user: { ...USER, createdAt: 'now' } }),
    );

    assert.deepEqual(await account.logIn(ALICE), USER);
    const [call] = calls;
    assert.equal(call?.url, 'http://server/login');
    assert.equal(call?.init.method, 'POST');
    assert.deepEqual(JSON.parse(String(call?.init.body)), ALICE);
    assert.deepEqual(call?.init.headers, { 'content-type': 'application/json' });
  });

  test('lists the sessions, and ends one with its id as one part of the path', async () => {
    const session = {
      id: 'a/b',
      createdAt: '2026-01-01T00:00:00.000Z',
      lastSeenAt: '2026-01-02T00:00:00.000Z',
      userAgent: 'Browser',
      current: true,
    };
    const { account, calls } = accountAnswering(json({ sessions: [session] }));

    assert.deepEqual(await account.listSessions(), [session]);
    await account.endSession('a/b');

    assert.deepEqual(
      calls.map(({ url, init }) => `${init.method} ${url}`),
      ['GET http://server/api/sessions', 'DELETE http://server/api/sessions/a%2Fb'],
    );
  });

  test('registers under its own path', async () => {
    const { account, calls } = accountAnswering(json({ success: true, user: USER }, 201));

    assert.deepEqual(await account.register(ALICE), USER);
    assert.equal(calls[0]?.url, 'http://server/register');
  });

  test('reports a rejection with its code, field and wait', async () => {
    const conflict = accountAnswering(refusal('CONFLICT', 409, { field: 'username' })).account;
    const limited = accountAnswering(refusal('RATE_LIMITED', 429, { retryAfter: 30 })).account;

    await assert.rejects(conflict.register(ALICE), {
      code: 'CONFLICT',
      details: { message: 'No', field: 'username' },
    });
    await assert.rejects(limited.logIn(ALICE), {
      code: 'RATE_LIMITED',
      details: { message: 'No', retryAfterSeconds: 30 },
    });
  });

  for (const [title, answer, code] of [
    ['a server out of reach', () => Promise.reject(new TypeError('failed')), 'UNAVAILABLE'],
    [
      'a proxy without its server',
      () => Promise.resolve(new Response('<html>', { status: 502 })),
      'UNAVAILABLE',
    ],
    [
      'a 401 without a body',
      () => Promise.resolve(new Response('', { status: 401 })),
      'UNAUTHENTICATED',
    ],
    ['a code of the future', refusal('TEAPOT', 418), 'INTERNAL_ERROR'],
  ] as const) {
    test(`reports ${title} as ${code}`, async () => {
      await assert.rejects(accountAnswering(answer).account.logIn(ALICE), { code });
    });
  }

  test('times out', async () => {
    const environment = new FakeEnvironment();
    const fetch = (_: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const account = new Account({ fetch, setTimer: environment.setTimer }, 'http://server');

    const login = account.logIn(ALICE);
    environment.advance(10_000);

    await assert.rejects(login, { code: 'UNAVAILABLE' });
  });

  test('returns the current user, or that there is none', async () => {
    const { account: known, calls } = accountAnswering(json({ user: USER }));
    const nobody = accountAnswering(json({ user: null, registration: 'closed' })).account;
    const refused = accountAnswering(refusal('UNAUTHENTICATED', 401)).account;

    assert.deepEqual(await known.whoAmI(), { kind: 'logged_in', user: USER });
    assert.deepEqual(await nobody.whoAmI(), { kind: 'logged_out' });
    assert.equal(nobody.terms?.registration, 'closed');
    assert.deepEqual(await refused.whoAmI(), { kind: 'logged_out' });
    const asked = calls.map(({ url }) => new URL(url).pathname);
    assert.deepEqual(asked, ['/api/auth/session']);
  });

  test('does not treat an unreachable server as an ended session', async () => {
    const { account } = accountAnswering(() => Promise.reject(new TypeError('failed')));

    await assert.rejects(account.whoAmI(), { code: 'UNAVAILABLE' });
  });

  test('logs out if the session had already ended, but not if the server cannot be reached', async () => {
    await accountAnswering(refusal('UNAUTHENTICATED', 401)).account.logOut();
    await accountAnswering(json({ success: true })).account.logOut();

    const cutOff = accountAnswering(() => Promise.reject(new TypeError('failed'))).account;
    await assert.rejects(cutOff.logOut(), { code: 'UNAVAILABLE' });
  });
});
