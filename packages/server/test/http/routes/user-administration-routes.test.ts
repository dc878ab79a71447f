/** `/api/admin/users` of a whole server. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { type Account, PASSWORD } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface AccountBody {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly role: string;
  readonly disabled: boolean;
  readonly lastSeenAt: string | null;
}

interface Listed {
  readonly users: readonly AccountBody[];
  readonly hasMore: boolean;
  readonly next?: string;
}

const UNKNOWN = '00000000-0000-7000-8000-000000000000';

describe('the administration of accounts over HTTP', () => {
  let server: TestServer;
  let owner: Account;
  let admin: Account;
  let member: Account;
  before(async () => {
    const DATA_DIR = temporaryDirectory();
    server = await TestServer.start({ DATA_DIR });
    for (const name of ['olivia', 'adam']) await server.register(name);
    const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
    database.exec("UPDATE users SET role = 'owner' WHERE username = 'olivia'");
    database.exec("UPDATE users SET role = 'admin' WHERE username = 'adam'");
    database.close();
    [owner, admin] = [await server.login('olivia'), await server.login('adam')];
    member = await server.signUp('mary');
  });
  after(() => server.close());

  const pathOf = ({ userId }: { readonly userId: string }, rest = '') =>
    `/api/admin/users/${userId}${rest}`;
  const change = async (by: Account, userId: string, rest: string) =>
    rest === ''
      ? by.call('PATCH', pathOf({ userId }), { role: 'member' })
      : by.call('POST', pathOf({ userId }, rest));
  const statusOf = async (answer: Promise<Response>) => (await answer).status;
  /** The token of a link. */
  const linkFor = async (by: Account, of: Account): Promise<string> => {
    const { url } = await by.must<{ url: string }>('POST', pathOf(of, '/reset'));
    const start = `${server.url}/app/reset/`;
    assert(url.startsWith(start), url);
    return url.slice(start.length);
  };
  const CHANGES = ['', '/disable', '/enable', '/reset', '/sessions/end'];

  test('is forbidden to members, whether there is such a user or not', async () => {
    assert.equal(await statusOf(member.call('GET', '/api/admin/users')), 403);
    for (const rest of CHANGES) {
      for (const id of [owner.userId, member.userId, UNKNOWN]) {
        assert.equal(await statusOf(change(member, id, rest)), 403, `${rest} ${id}`);
      }
      assert.equal(await statusOf(change(admin, UNKNOWN, rest)), 404, rest);
    }
    assert.equal((await fetch(`${server.url}/api/admin/users`)).status, 401);
  });

  test('is forbidden with a token that is only for connections', async () => {
    const { token } = await owner.must<{ token: string }>('POST', '/api/tokens', {});

    const answer = await fetch(`${server.url}/api/admin/users`, {
      headers: { authorization: `Bearer ${token}` },
    });

    assert.equal(answer.status, 403);
  });

  test('lists accounts page by page, and finds them by words of their names', async () => {
    const first = await admin.must<Listed>('GET', '/api/admin/users?limit=2');
    const rest = await admin.must<Listed>('GET', `/api/admin/users?after=${first.next}`);
    const found = await admin.must<Listed>('GET', '/api/admin/users?q=MAR');

    assert.deepEqual([first.users.length, first.hasMore, first.next], [2, true, 'mary']);
    assert.deepEqual(
      [...first.users, ...rest.users].map(({ username, role }) => [username, role]),
      [
        ['adam', 'admin'],
        ['mary', 'member'],
        ['olivia', 'owner'],
      ],
    );
    assert.deepEqual(found, {
      users: [
        {
          ...{ id: member.userId, username: 'mary', displayName: 'mary' },
          ...{ role: 'member', disabled: false, factors: [], lastSeenAt: null },
        },
      ],
      hasMore: false,
    });
    assert.equal(await statusOf(admin.call('GET', '/api/admin/users?q=a&q=b')), 400);
  });

  test('disables an account until it is enabled', async () => {
    const dora = await server.signUp('dora');
    const socket = await dora.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
    await socket.sendMessage({ roomId, content: 'stays' });

    const { user } = await admin.must<{ user: AccountBody }>('POST', pathOf(dora, '/disable'));

    assert.deepEqual([user.id, user.disabled], [dora.userId, true]);
    assert.equal((await socket.closed).code, 4001);
    const logIn = (password: string) =>
      statusOf(server.post('/login', { username: 'dora', password }));
    assert.deepEqual([await logIn(PASSWORD), await logIn('another password')], [403, 401]);
    assert.equal(await statusOf(dora.call('GET', '/api/auth/me')), 401);
    const people = await member.must<{ users: object[] }>('GET', '/api/people?q=dora');
    assert.deepEqual(people.users, []);
    const listed = await admin.must<Listed>('GET', '/api/admin/users?q=dora');
    assert.deepEqual(
      listed.users.map(({ disabled }) => disabled),
      [true],
    );

    const enabled = await admin.must<{ user: AccountBody }>('POST', pathOf(dora, '/enable'));

    assert.equal(enabled.user.disabled, false);
    const again = await (await server.login('dora')).connect();
    assert.equal((await again.joinRoom({ roomId })).roomId, roomId);
    again.close();
  });

  test('ends the sessions of a user', async () => {
    const erin = await server.signUp('erin');
    const socket = await erin.connect();

    await admin.must('POST', pathOf(erin, '/sessions/end'));

    assert.equal((await socket.closed).code, 4001);
    assert.equal(await statusOf(erin.call('GET', '/api/auth/me')), 401);
    (await (await server.login('erin')).connect()).close();
  });

  test('gives roles as an owner, which an admin cannot', async () => {
    const frank = await server.signUp('frank');
    const setRole = (by: Account, of: Account, role: string) =>
      by.call('PATCH', pathOf(of), { role });
    for (const role of ['owner', 'admin']) {
      assert.equal(await statusOf(setRole(admin, frank, role)), 403);
    }

    const answer = await setRole(owner, frank, 'admin');

    const { user } = (await answer.json()) as { user: AccountBody };
    assert.deepEqual([answer.status, user.role], [200, 'admin']);
    assert.equal(await statusOf(frank.call('GET', '/api/admin/users')), 200);
    assert.equal(await statusOf(setRole(admin, frank, 'member')), 200);
    assert.equal(await statusOf(frank.call('GET', '/api/admin/users')), 403);
    assert.equal(await statusOf(setRole(owner, frank, 'wizard')), 400);
  });

  test('sets the name that others see, with a role or alone', async () => {
    const gwen = await server.signUp('gwen');
    const rename = (by: Account, body: object) => by.call('PATCH', pathOf(gwen), body);

    const { user } = await admin.must<{ user: AccountBody & { displayName: string } }>(
      'PATCH',
      pathOf(gwen),
      { displayName: ' Gwen Stacy ' },
    );

    assert.equal(user.displayName, 'Gwen Stacy');
    assert.equal(await statusOf(gwen.call('GET', '/api/auth/me')), 200);
    assert.equal(await statusOf(rename(member, { displayName: 'Mallory' })), 403);
    const forbidden = rename(admin, { displayName: 'Other', role: 'admin' });
    assert.equal(await statusOf(forbidden), 403);
    const imitating = rename(owner, { displayName: 'Mary', role: 'admin' });
    assert.equal(await statusOf(imitating), 409);
    assert.equal(await statusOf(rename(owner, {})), 400);
    const me = await gwen.must<{ user: { displayName: string; role: string } }>(
      'PATCH',
      '/api/me',
      {},
    );
    assert.deepEqual([me.user.displayName, me.user.role], ['Gwen Stacy', 'member']);
    const own = await gwen.must<typeof me>('PATCH', '/api/me', { displayName: 'Gwen' });
    assert.equal(own.user.displayName, 'Gwen');
    const both = { displayName: 'Ghost-Spider', role: 'admin' };
    assert.equal(await statusOf(rename(owner, both)), 200);
    const after = await gwen.must<typeof me>('PATCH', '/api/me', {});
    assert.equal(after.user.role, 'admin');
  });

  test('creates a link with which a user sets a new password, once', async () => {
    const hugo = await server.signUp('hugo');
    const socket = await hugo.connect();
    const first = await linkFor(admin, hugo);
    const second = await linkFor(owner, hugo);
    const password = 'correct horse battery';
    const reset = (token: string, chosen = password) =>
      server.post('/api/auth/reset', { token, password: chosen });

    assert.match(second, /^[\w-]{43}$/);
    assert.equal(await statusOf(reset(first)), 404);
    assert.equal(await statusOf(reset(second, 'hugo')), 400);
    const answer = await reset(second);

    const { token, user } = (await answer.json()) as { token: string; user: AccountBody };
    assert.deepEqual([answer.status, user.username], [200, 'hugo']);
    assert.equal((await socket.closed).code, 4001);
    assert.equal(await statusOf(hugo.call('GET', '/api/auth/me')), 401);
    const me = await fetch(`${server.url}/api/auth/me`, {
      headers: { cookie: answer.headers.getSetCookie()[0] ?? '' },
    });
    assert.deepEqual([me.status, token.length], [200, 43]);
    const logIn = (given: string) =>
      statusOf(server.post('/login', { username: 'hugo', password: given }));
    assert.deepEqual([await logIn(PASSWORD), await logIn(password)], [401, 200]);
    assert.equal(await statusOf(reset(second)), 404);
    const audit = await owner.must<{ entries: { action: string; actorName?: string }[] }>(
      'GET',
      '/api/admin/audit?limit=6',
    );
    assert.deepEqual(
      audit.entries
        .filter(({ action }) => /reset/.test(action))
        .map(({ action, actorName }) => `${actorName} ${action}`),
      ['hugo password.reset', 'olivia reset.create', 'adam reset.create'],
    );
  });

  test('lets a link set no password whose creator may no longer do so, nor of a disabled account', async () => {
    const [ines, jack] = [await server.signUp('ines'), await server.signUp('jack')];
    const reset = (token: string) =>
      statusOf(server.post('/api/auth/reset', { token, password: 'correct horse battery' }));
    const ofInes = await linkFor(admin, ines);
    await owner.must('PATCH', pathOf(ines), { role: 'admin' });
    assert.equal(await reset(ofInes), 404);
    const again = await server.login('ines');
    const ofJack = await linkFor(again, jack);
    await owner.must('POST', pathOf(jack, '/disable'));
    assert.equal(await reset(ofJack), 403);
    await owner.must('POST', pathOf(jack, '/enable'));
    await owner.must('POST', pathOf(ines, '/disable'));
    assert.equal(await reset(ofJack), 404);
  });

  test('limits guesses of links', async () => {
    const guess = () =>
      server.post('/api/auth/reset', { token: 'guess', password: 'correct horse battery' });
    const statuses = new Set<number>();
    for (let count = 0; count < 101; count += 1) statuses.add(await statusOf(guess()));
    assert.deepEqual([...statuses], [404, 429]);
    const link = await linkFor(owner, member);
    assert.equal(
      await statusOf(server.post('/api/auth/reset', { token: link, password: 'x' })),
      429,
    );
  });

  test('protects owners from admins, and everybody from themselves', async () => {
    for (const rest of CHANGES) {
      assert.equal(await statusOf(change(admin, owner.userId, rest)), 403, rest);
    }
    for (const rest of ['', '/disable', '/enable', '/reset']) {
      assert.equal(await statusOf(change(owner, owner.userId, rest)), 403, rest);
      assert.equal(await statusOf(change(admin, admin.userId, rest)), 403, rest);
    }
  });
});
