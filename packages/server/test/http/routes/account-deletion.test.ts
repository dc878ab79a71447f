/** Deletion of accounts and of all messages of a user, on a whole server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';
import { until } from '../../support/wait.ts';

const UNKNOWN = '00000000-0000-7000-8000-000000000000';

interface MessagesBody {
  readonly messages: readonly { readonly content: string; readonly sender: string }[];
}

describe('the deletion of accounts over HTTP', () => {
  let server: TestServer;
  let owner: Account;
  let member: Account;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner' });
    owner = await server.signUp('olivia');
    member = await server.signUp('mary');
  });
  after(() => server.close());

  const pathOf = (userId: string, rest = '') => `/api/admin/users/${userId}${rest}`;
  const statusOf = async (answer: Promise<Response>) => (await answer).status;
  const isRemoved = (read: () => Promise<MessagesBody['messages']>) => async () =>
    (await read()).every(({ content }) => content !== 'of the other');
  /** In a room of `member`, where both have written. */
  const withMessages = async (name: string) => {
    const account = await server.signUp(name);
    const [own, other] = [await account.connect(), await member.connect()];
    const { roomId } = await other.joinRoom({ roomName: `room of ${name}` });
    await own.joinRoom({ roomId });
    await other.sendMessage({ roomId, content: 'stays' });
    await own.sendMessage({ roomId, content: 'of the other' });
    const read = async () =>
      (await member.must<MessagesBody>('GET', `/api/rooms/${roomId}/messages`)).messages;
    return { account, own, other, roomId, read };
  };

  test('takes the names and the messages, and reserves the username', async () => {
    const { account, own, other, roomId, read } = await withMessages('dora');
    const path = pathOf(account.userId);

    assert.equal(await statusOf(member.call('DELETE', path, { messages: 'keep' })), 403);
    assert.equal(await statusOf(owner.call('DELETE', path, {})), 400);
    assert.equal(await statusOf(owner.call('DELETE', path, { messages: 'some' })), 400);
    const body = { messages: 'delete' };
    assert.equal(await statusOf(owner.call('DELETE', pathOf(UNKNOWN), body)), 404);
    assert.deepEqual(await owner.must('DELETE', path, body), { success: true });

    assert.equal((await own.closed).code, 4001);
    assert.equal(await statusOf(account.call('GET', '/api/auth/me')), 401);
    const deleted = await other.next('message_deleted');
    assert.equal(deleted.roomId, roomId);
    await until(isRemoved(read), 'the messages to go');
    const found = await member.must<{ results: object[] }>('GET', '/api/search?q=other');
    assert.deepEqual(found.results, []);
    const logIn = { username: 'dora', password: PASSWORD };
    assert.equal(await statusOf(server.post('/login', logIn)), 401);
    assert.equal(await statusOf(server.post('/register', logIn)), 409);
    assert.equal(await statusOf(server.post('/register', { ...logIn, username: 'DORA' })), 409);
    for (const rest of ['', '/enable', '/reset', '/purge']) {
      const [method, sent] = rest === '' ? (['DELETE', body] as const) : (['POST', {}] as const);
      assert.equal(await statusOf(owner.call(method, path + rest, sent)), 404, rest);
    }
    const listed = await owner.must<{ users: object[] }>('GET', '/api/admin/users?q=dora');
    assert.deepEqual(listed.users, []);
    other.close();
  });

  test('keeps the messages under the name of a deleted user', async () => {
    const { account, other, read } = await withMessages('erin');

    await owner.must('DELETE', pathOf(account.userId), { messages: 'keep' });

    const kept = (await read()).map(({ content, sender }) => [content, sender]);
    assert.deepEqual(kept, [
      ['stays', 'mary'],
      ['of the other', `deleted-${account.userId.slice(-12)}`],
    ]);
    const { users } = await member.must<{ users: { displayName: string }[] }>(
      'GET',
      `/api/users?ids=${account.userId}`,
    );
    assert.equal(users[0]?.displayName, 'Deleted user');
    other.close();
  });

  test('lets users delete their own account with the password, except the last owner', async () => {
    const { account, own, other, read } = await withMessages('frank');
    const remove = (by: Account, password: string) =>
      statusOf(by.call('DELETE', '/api/me', { password, messages: 'delete' }));

    assert.equal(await remove(account, 'another password'), 403);
    assert.equal(await statusOf(account.call('DELETE', '/api/me', { messages: 'keep' })), 400);
    assert.equal(await remove(owner, PASSWORD), 409);
    assert.equal(await statusOf(owner.call('GET', '/api/auth/me')), 200);
    assert.equal(await remove(account, PASSWORD), 200);

    assert.equal((await own.closed).code, 4001);
    assert.equal(await statusOf(account.call('GET', '/api/auth/me')), 401);
    await until(isRemoved(read), 'the messages to go');
    const { entries } = await owner.must<{ entries: { actor: string; detail: string }[] }>(
      'GET',
      '/api/admin/audit?action=user.delete&limit=1',
    );
    const [{ actor, detail } = { actor: '', detail: '' }] = entries;
    assert.deepEqual([actor, detail], [account.userId, 'delete']);
    other.close();
  });

  test('removes the messages of a spammer, whose account stays', async () => {
    const { account, own, other, read } = await withMessages('gwen');
    const mona = await server.signUp('mona');
    await owner.must('PATCH', pathOf(mona.userId), { role: 'moderator' });
    const moderator = await server.login('mona');
    const purge = (by: Account, of: Account) => by.call('POST', pathOf(of.userId, '/purge'), {});

    assert.equal(await statusOf(purge(account, moderator)), 403);
    assert.equal(await statusOf(purge(moderator, owner)), 403);
    const answer = await purge(moderator, account);

    const { jobId } = (await answer.json()) as { jobId: string };
    assert.deepEqual([answer.status, typeof jobId], [202, 'string']);
    await until(isRemoved(read), 'the messages to go');
    assert.equal(await statusOf(account.call('GET', '/api/auth/me')), 200);
    own.close();
    other.close();
  });
});
