/** Changes of the own username and e-mail address. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { until } from '../support/wait.ts';

interface Profile {
  readonly user: {
    readonly username: string;
    readonly displayName?: string;
    readonly email: string | null;
    readonly emailConfirmed: boolean;
  };
}

describe('the own profile over HTTP', () => {
  let server: TestServer;
  let owner: Account;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner' });
    owner = await server.signUp('olivia');
  });
  after(() => server.close());

  const change = (of: Account, body: object) => of.call('PATCH', '/api/me', body);
  const actionsOf = async (name: string) =>
    (
      await owner.must<{ entries: { action: string }[] }>('GET', `/api/admin/audit?actor=${name}`)
    ).entries.map(({ action }) => action);

  test('a new username counts everywhere, and the former one stays with its user', async () => {
    const [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    const { room } = await bob.must<{ room: { id: string } }>(
      ...(['POST', '/api/rooms', { name: 'lobby', visibility: 'public' }] as const),
    );
    const [hers, his] = [await alice.connect(), await bob.connect()];
    for (const socket of [hers, his]) await socket.joinRoom({ roomId: room.id });
    await alice.must('POST', '/api/messages', { roomId: room.id, content: 'written before' });

    const { user } = await alice.must<Profile>('PATCH', '/api/me', { username: 'alicia' });

    assert.deepEqual([user.username, user.displayName], ['alicia', undefined]);
    // Her session goes on with another connection.
    await hers.closed;
    await until(
      () =>
        his.frames.some(
          ({ type, payload }) =>
            type === 'presence_update' && (payload as { username: string }).username === 'alicia',
        ),
      'the new name on another device',
    );
    const again = await alice.connect();
    assert.equal((await alice.must<Profile>('GET', '/api/auth/me')).user.username, 'alicia');
    const history = await again.ask('get_history', { roomId: room.id });
    assert.match(JSON.stringify(history), /"sender":"alicia"/);
    const found = await bob.must<{ users: { id: string; formerUsername?: string }[] }>(
      ...(['GET', '/api/users?usernames=alice,bob'] as const),
    );
    assert.deepEqual(
      found.users.map(({ id, formerUsername }) => [id, formerUsername]),
      [
        [bob.userId, undefined],
        [alice.userId, 'alice'],
      ],
    );
    const logIn = async (username: string) =>
      (await server.post('/login', { username, password: PASSWORD })).status;
    assert.deepEqual([await logIn('alice'), await logIn('alicia')], [401, 200]);
    const taken = await server.post('/register', { username: 'Alice', password: PASSWORD });
    assert.deepEqual([taken.status, (await change(bob, { username: 'alice' })).status], [409, 409]);
    assert.equal((await change(alice, { username: 'alice' })).status, 200);
    assert.ok((await actionsOf('alice')).includes('user.rename'));
    for (const socket of [again, his]) socket.close();
  });

  test('usernames follow the rules of registration, and change three times', async () => {
    const carol = await server.signUp('carol');
    await carol.must('PATCH', '/api/me', { displayName: 'Carol C.' });
    for (const username of ['ab', 'admin', 'with space']) {
      assert.equal((await change(carol, { username })).status, 400, username);
    }
    assert.equal((await change(carol, { username: 'OLIVIA' })).status, 409);
    for (const username of ['carol1', 'carol2', 'carol3']) {
      const { user } = await carol.must<Profile>('PATCH', '/api/me', { username });
      assert.deepEqual([user.username, user.displayName], [username, 'Carol C.']);
    }
    assert.equal((await change(carol, { username: 'carol4' })).status, 429);
    assert.equal((await change(carol, { username: 'carol3' })).status, 200);
  });

  test('names that look like that of another user are refused', async () => {
    const ledger = await server.signUp('ledger');
    const [looks, other] = ['Iedger', await server.signUp('sandra')];
    const { status } = await server.post('/register', {
      ...{ username: looks, password: 'correct horse battery' },
    });
    assert.equal(status, 409);
    assert.equal((await change(other, { username: looks })).status, 409);
    assert.equal((await change(other, { displayName: looks })).status, 409);
    assert.equal((await change(other, { username: 'ParIey' })).status, 400);
    assert.equal((await change(ledger, { username: looks })).status, 200);
  });

  test('an e-mail address is optional, unconfirmed, and seen by its user only', async () => {
    const dave = await server.signUp('dave');
    for (const email of ['dave', 'a b@example.org', `${'x'.repeat(250)}@example.org`]) {
      assert.equal((await change(dave, { email })).status, 400, email);
    }
    const { user } = await dave.must<Profile>('PATCH', '/api/me', { email: ' dave@example.org ' });

    assert.deepEqual([user.email, user.emailConfirmed], ['dave@example.org', false]);
    assert.deepEqual(await dave.must('GET', '/api/me'), { user });
    const seen = await owner.must('GET', '/api/users?usernames=dave');
    assert.doesNotMatch(JSON.stringify(seen), /example\.org/);
    assert.ok((await actionsOf('dave')).includes('email.change'));
    const none = await dave.must<Profile>('PATCH', '/api/me', { email: '' });
    assert.equal(none.user.email, null);
  });
});
