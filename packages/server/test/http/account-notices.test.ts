/** Notices about sign-ins and changes of an account, over HTTP and the native dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { until } from '../support/wait.ts';

const PHONE = 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0';

interface Notice {
  readonly id: string;
  readonly kind: string;
  readonly device: string;
  readonly address: string;
  readonly sessionId?: string;
}

describe('notices about the own account', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ USER_CHANGE_RATE_MAX: '0' });
  });
  after(() => server.close());

  const listFor = async (account: Account): Promise<readonly Notice[]> =>
    (await account.must<{ notices: readonly Notice[] }>('GET', '/api/auth/notices')).notices;
  const logInOnPhone = async (username: string): Promise<{ cookie: string }> => {
    const answer = await fetch(`${server.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': PHONE },
      body: JSON.stringify({ username, password: PASSWORD }),
    });
    assert.equal(answer.status, 200);
    const [cookie = ''] = answer.headers.getSetCookie();
    return { cookie: cookie.split(';', 1)[0] ?? '' };
  };

  test('reach another device at once, and name the session, its device and its address', async () => {
    const desk = await server.signUp('alice');
    const socket = await desk.connect();
    const phone = await logInOnPhone('alice');
    const frame = await socket.next('account_notice');

    assert.deepEqual([frame.kind, frame.device], ['signed_in', 'Firefox on Android']);
    assert.deepEqual(await listFor(desk), [frame]);
    const headers = { cookie: phone.cookie };
    const own = await fetch(`${server.url}/api/auth/notices`, { headers });
    assert.deepEqual(await own.json(), { notices: [] });
    const { sessions } = await desk.must<{ sessions: { id: string; address: string }[] }>(
      ...(['GET', '/api/sessions'] as const),
    );
    const session = sessions.find(({ id }) => id === frame.sessionId);
    assert.deepEqual([session?.address, frame.address], ['127.0.0.1', '127.0.0.1']);

    const dismiss = `${server.url}/api/auth/notices/${frame.id}`;
    assert.equal((await fetch(dismiss, { method: 'DELETE', headers })).status, 404);
    const bob = await server.signUp('bob');
    assert.equal((await bob.call('DELETE', `/api/auth/notices/${frame.id}`)).status, 404);
    await desk.must('DELETE', `/api/sessions/${frame.sessionId}`);
    assert.equal((await fetch(`${server.url}/api/auth/me`, { headers })).status, 401);
    await desk.must('DELETE', `/api/auth/notices/${frame.id}`);
    assert.deepEqual(await listFor(desk), []);
    socket.close();
  });

  test('wait for a device that was away, and survive its end of session', async () => {
    const desk = await server.signUp('carol');
    assert.deepEqual(await listFor(desk), []);
    const phone = await logInOnPhone('carol');
    const answer = await fetch(`${server.url}/api/auth/password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: phone.cookie, 'user-agent': PHONE },
      body: JSON.stringify({ currentPassword: PASSWORD, newPassword: 'a newer horse' }),
    });
    assert.equal(answer.status, 200);
    assert.equal((await desk.call('GET', '/api/auth/notices')).status, 401);
    const reader = await Account.logIn(server.url, 'carol', 'a newer horse');
    await until(async () => (await listFor(reader)).length === 2, 'both notices');
    const kinds = (await listFor(reader)).map(({ kind, device }) => [kind, device]);
    assert.deepEqual(kinds, [
      ['signed_in', 'Firefox on Android'],
      ['password_changed', 'Firefox on Android'],
    ]);
  });

  test('tell of a changed username, and are for full sessions only', async () => {
    const desk = await server.signUp('dora');
    const other = await server.login('dora');
    await until(async () => (await listFor(desk)).length === 1, 'the second login');
    await other.must('PATCH', '/api/me', { username: 'dorothea' });
    await until(async () => (await listFor(desk)).length === 2, 'the change');
    assert.equal((await listFor(desk))[1]?.kind, 'username_changed');
    assert.deepEqual(await listFor(other), []);
    const { token } = await desk.must<{ token: string }>('POST', '/api/tokens', {});
    const headers = { authorization: `Bearer ${token}` };
    const limited = await fetch(`${server.url}/api/auth/notices`, { headers });
    assert.equal(limited.status, 403);
    assert.equal((await fetch(`${server.url}/api/auth/notices`)).status, 401);
  });
});
