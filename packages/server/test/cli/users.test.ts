import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD, post } from '../support/account.ts';
import { run } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

type Settings = Readonly<Record<string, string>>;

const withInput = (command: string, name: string, settings: Settings, input: string) =>
  run(['users', command, name, '--password-stdin'], settings, Readable.from([input]));

const logIn = async (url: string, username: string, password: string): Promise<number> =>
  (await post(`${url}/login`, { username, password })).status;

/** The statuses of logins at a server with these settings. */
async function statusesOf(names: readonly string[], settings: Settings): Promise<number[]> {
  const server = await TestServer.start(settings);
  try {
    return await Promise.all(names.map((name) => logIn(server.url, name, PASSWORD)));
  } finally {
    await server.close();
  }
}

/** Settings of a store that has its schema. */
async function migrated(): Promise<Record<string, string>> {
  const settings = { DATA_DIR: temporaryDirectory() };
  assert.equal((await run(['migrate'], settings)).code, 0);
  return settings;
}

describe('parley users, beside a closed server', () => {
  const settings = { DATA_DIR: temporaryDirectory(), REGISTRATION: 'closed' };
  let server: TestServer;
  let url: string;
  before(async () => {
    server = await TestServer.start({ ...settings, DURABILITY: 'full' });
    // As commands name it.
    url = server.url.replace('127.0.0.1', 'localhost');
  });
  after(() => server.close());

  const signUp = async (username: string): Promise<Account> => {
    await withInput('add', username, settings, PASSWORD);
    return Account.logIn(url, username);
  };

  // First: it lists all accounts.
  test('sets roles, ends sessions, and lists accounts', async () => {
    const alice = await signUp('alice');
    const bob = await signUp('bob');
    const sockets = [await alice.connect(), await bob.connect()];

    const shown = await run(['users', 'sessions', 'bob', '--json'], settings);
    const { sessions } = JSON.parse(shown.stdout) as { sessions: Record<string, string>[] };
    assert.deepEqual(
      sessions.map(({ address, userAgent }) => [address, userAgent]),
      [['127.0.0.1', 'node']],
    );
    const lines = await run(['users', 'sessions', 'bob'], settings);
    assert.match(lines.stdout, /^\S+Z {2}\S+Z {2}127\.0\.0\.1 {2}node\n$/);
    const role = await run(['users', 'role', 'ALICE', 'admin'], settings);
    const ended = await run(['users', 'sessions', 'bob', '--end'], settings);
    const listed = await run(['users', 'list', '--json'], settings);

    const line = 'The role of alice is admin.\n';
    assert.deepEqual([role.code, role.stderr], [0, line]);
    assert.deepEqual([ended.code, ended.stderr], [0, 'Sessions ended: 1.\n']);
    assert.equal((await sockets[1]?.closed)?.code, 4001);
    const { user } = await alice.must<{ user: { role: string } }>('GET', '/api/auth/me');
    assert.equal(user.role, 'admin');
    const { users } = JSON.parse(listed.stdout) as {
      users: { username: string; role: string }[];
    };
    assert.deepEqual(
      users.map(({ username, role: of }) => [username, of]),
      [
        ['alice', 'admin'],
        ['bob', 'member'],
      ],
    );
    assert.match((await run(['users', 'list'], settings)).stdout, /^alice {2}admin /);
  });

  test('prints a link with which a user sets a new password', async () => {
    await signUp('erin');

    const link = await run(['users', 'reset', 'Erin', '--link'], {
      ...settings,
      PORT: new URL(url).port,
    });

    assert.match(link.stderr, /^The link is valid once, until 2\d{3}-.*Z\.\n$/);
    const [, token = ''] = /\/app\/reset\/([\w-]{43})\n$/.exec(link.stdout) ?? [];
    assert.equal(link.stdout, `${url}/app/reset/${token}\n`);
    const named = await run(['users', 'reset', 'erin', '--link'], {
      ...settings,
      ALLOWED_HOSTS: 'chat.example.org',
    });
    assert.match(named.stdout, /^https:\/\/chat\.example\.org\/app\/reset\/[\w-]{43}\n$/);
    const password = 'correct horse battery';
    const reset = async (given: string) =>
      (await post(`${url}/api/auth/reset`, { token: given, password })).status;
    const latest = named.stdout.trim().split('/').at(-1) ?? '';
    assert.deepEqual([await reset(token), await reset(latest)], [404, 200]);
    assert.equal(await logIn(url, 'erin', password), 200);
  });

  test('deletes an account, and its messages if they are to go', async () => {
    const [frank, grace] = [await signUp('frank'), await signUp('grace')];
    const [socket, reader] = [await frank.connect(), await grace.connect()];
    const { roomId } = await socket.joinRoom({ roomName: 'of-grace' });
    await reader.joinRoom({ roomId });
    await socket.sendMessage({ roomId, content: 'goes' });

    const wrong = await run(['users', 'delete', 'frank', '--messages', 'some'], settings);
    const deleted = await run(['users', 'delete', 'FRANK', '--messages', 'delete'], settings);

    assert.deepEqual([wrong.code, wrong.stderr], [1, "--messages is 'keep' or 'delete'.\n"]);
    const line = 'The account frank is deleted. Sessions ended: 1.\n';
    assert.deepEqual([deleted.code, deleted.stderr], [0, line]);
    assert.equal((await socket.closed).code, 4001);
    assert.equal((await reader.next('message_deleted')).roomId, roomId);
    assert.equal(await logIn(url, 'frank', PASSWORD), 401);
    assert.equal(
      (await run(['users', 'delete', 'frank'], settings)).stderr,
      'No user has this name.\n',
    );
    const added = await run(['users', 'add', 'frank'], settings);
    assert.equal(added.stderr, 'Username taken.\n');
    const { stdout } = await run(['users', 'list'], settings);
    assert.match(stdout, /^grace /m);
    assert.doesNotMatch(stdout, /frank/);
    reader.close();
  });

  test('disables and enables an account', async () => {
    const heidi = await signUp('heidi');
    const ivan = await signUp('ivan');
    const sockets = [await heidi.connect(), await heidi.connect()];
    const { roomId } = (await sockets[0]?.joinRoom({ roomName: 'of-heidi' })) ?? {};
    await sockets[0]?.sendMessage({ roomId, content: 'stays' });

    const disabled = await run(['users', 'disable', 'HEIDI'], settings);
    const listed = await run(['users', 'list'], settings);
    const shown = await run(['users', 'show', 'heidi', '--json'], settings);

    const line = 'The account heidi is disabled. Sessions ended: 1.\n';
    assert.deepEqual([disabled.code, disabled.stderr], [0, line]);
    for (const socket of sockets) assert.equal((await socket.closed).code, 4001);
    assert.equal((await heidi.call('GET', '/api/auth/me')).status, 401);
    assert.equal(await logIn(url, 'heidi', PASSWORD), 403);
    assert.equal(await logIn(url, 'heidi', 'another password'), 401);
    assert.match(listed.stdout, /^heidi {2}member {2}.* {2}disabled$/m);
    const suspended = await run(['users', 'disable', 'heidi', '--until', '2999-01-31'], settings);
    const end = 'The account heidi is disabled until 2999-01-31. Sessions ended: 0.\n';
    assert.deepEqual([suspended.code, suspended.stderr], [0, end]);
    const past = await run(['users', 'disable', 'heidi', '--until', '2001-01-31'], settings);
    assert.equal(past.code, 1);
    const later = await run(['users', 'list'], settings);
    assert.match(later.stdout, /^heidi .* {2}disabled until 2999-01-31T00:00:00.000Z$/m);
    const { user } = JSON.parse(shown.stdout) as { user: { disabled: boolean } };
    assert.equal(user.disabled, true);
    const found = await ivan.must<{ users: object[] }>('GET', '/api/people?q=heidi');
    assert.deepEqual(found.users, []);
    const reader = await ivan.connect();
    await reader.joinRoom({ roomId });
    const { messages } = await ivan.must<{ messages: { content: string }[] }>(
      'GET',
      `/api/rooms/${roomId}/messages`,
    );
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['stays'],
    );

    const enabled = await run(['users', 'enable', 'heidi'], settings);

    assert.deepEqual([enabled.code, enabled.stderr], [0, 'The account heidi is enabled.\n']);
    (await (await Account.logIn(url, 'heidi')).connect()).close();
    reader.close();
  });
});

describe('parley users, without a server', () => {
  test('sets the password of standard input, which they do not print', async () => {
    const settings = await migrated();

    const added = await withInput('add', 'alice', settings, `${PASSWORD}\r\n`);
    await run(['users', 'add', 'bob'], settings);
    const reset = await withInput('reset', 'bob', settings, PASSWORD);

    assert.deepEqual(added, { code: 0, stdout: '', stderr: 'The account alice was created.\n' });
    assert.deepEqual([reset.code, reset.stdout], [0, '']);
    assert.deepEqual(await statusesOf(['alice', 'bob'], settings), [200, 200]);
  });

  test('keeps the account and the password of a name that is taken in any case', async () => {
    const settings = await migrated();
    await withInput('add', 'alice', settings, PASSWORD);

    const again = await run(['users', 'add', 'ALICE'], settings);

    assert.deepEqual(again, { code: 1, stdout: '', stderr: 'Username taken.\n' });
    assert.deepEqual(await statusesOf(['alice'], settings), [200]);
  });

  test('rejects a wrong name and a wrong password in one line, and changes nothing', async () => {
    const settings = await migrated();
    await withInput('add', 'bob', settings, PASSWORD);
    const short = 'A password has 8 to 128 characters.\n';

    const rejected = await Promise.all([
      run(['users', 'add', 'Admin'], settings),
      run(['users', 'reset', 'alice'], settings),
      run(['users', 'role', 'bob', 'wizard'], settings),
      run(['users', 'role', 'alice', 'owner'], settings),
      withInput('add', 'alice', settings, 'seven c\n'),
      withInput('reset', 'bob', settings, ''),
    ]);

    const unknown = 'No user has this name.\n';
    const roles = 'A role is one of owner, admin, moderator, member, guest.\n';
    const lines = ['This username is reserved.\n', unknown, roles, unknown, short, short];
    assert.deepEqual(
      rejected,
      lines.map((stderr) => ({ code: 1, stdout: '', stderr })),
    );
    assert.equal((await run(['users', 'add', 'alice'], settings)).code, 0);
    assert.deepEqual(await statusesOf(['bob'], settings), [200]);
  });

  test('does not disable the last enabled owner', async () => {
    const settings = await migrated();
    for (const name of ['alice', 'bob']) await withInput('add', name, settings, PASSWORD);
    await run(['users', 'role', 'alice', 'owner'], settings);
    const disable = () => run(['users', 'disable', 'alice'], settings);

    const first = await disable();
    await run(['users', 'role', 'bob', 'owner'], settings);
    const second = await disable();

    const line = 'This is the last enabled owner of the server: make another user owner first.\n';
    assert.deepEqual(first, { code: 1, stdout: '', stderr: line });
    assert.equal(second.code, 0);
    assert.equal((await run(['users', 'disable', 'bob'], settings)).stderr, line);
    const demoted = await run(['users', 'role', 'bob', 'member'], settings);
    assert.deepEqual(demoted, { code: 1, stdout: '', stderr: line });
    const higher = await run(['users', 'role', 'alice', 'admin'], settings);
    assert.equal(higher.code, 0);
    const again = await run(['users', 'role', 'alice', 'owner'], settings);
    assert.equal(again.stderr, 'This account is disabled: enable it first.\n');
    assert.match((await run(['users', 'show', 'alice'], settings)).stdout, /^disabled +true$/m);
  });

  test('names what is missing, and creates no database', async () => {
    const DATA_DIR = temporaryDirectory();
    const lines: readonly [args: readonly string[], settings: Settings, line: RegExp][] = [
      [['users', 'add'], {}, /^'parley users add' requires a name: parley users add NAME\.\n$/],
      [
        ['users', 'role'],
        {},
        /^'parley users role' requires a name: parley users role NAME ROLE\.\n$/,
      ],
      [['users', 'role', 'alice'], {}, /^'parley users role' requires a role: /],
      [
        ['users', 'sessions', 'alice', '--end', '--json'],
        {},
        /^--end and --json exclude each other\.\n$/,
      ],
      [['users'], {}, /^Unknown command 'users'\. Try 'parley --help'\.\n$/],
      [['users', 'add', 'a', 'b'], {}, /^Unknown command 'users add a b'\./],
      [
        ['users', 'add', 'alice', '--password', PASSWORD],
        {},
        /^Unknown option '--password'\. Try 'parley users add --help'\.\n$/,
      ],
      [['users', 'add', 'alice'], {}, /^There is no database in .*'parley migrate'\.\n$/],
      [
        ['users', 'reset', 'alice'],
        { SESSION_STORE: 'redis', REDIS_URL: 'redis://localhost', SESSION_SECRET: 'x'.repeat(32) },
        /^SESSION_STORE is 'redis': sessions and passwords belong to the other application\.\n$/,
      ],
    ];
    const results = await Promise.all(
      lines.map(([args, settings]) => run(args, { DATA_DIR, ...settings })),
    );

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, lines[index]?.[2] ?? /^$/);
    }
    const { stderr } = await run(['export', '-'], { DATA_DIR });
    assert.match(stderr, /^There is no database/);
  });

  test('does not migrate the database, which a server of an earlier version may use', async () => {
    const settings = await migrated();
    const database = new DatabaseSync(join(settings['DATA_DIR'] ?? '', 'parley.db'));
    database.exec('PRAGMA user_version = 0');
    database.close();

    const { code, stdout, stderr } = await run(['users', 'add', 'alice'], settings);

    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^The database has schema version 0, not \d+: run 'parley migrate' first/);
  });

  test('describes its arguments', async () => {
    const { stdout } = await run(['users', 'add', '--help']);

    assert.match(stdout, /^parley users add NAME \[--password-stdin\] /);
    assert.match(stdout, /^ {2}--password-stdin +Read/m);
    assert.match((await run(['--help'])).stdout, /^ {2}users reset NAME +Set/m);
  });
});
