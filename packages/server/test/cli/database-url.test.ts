import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { PASSWORD, post } from '../support/account.ts';
import { endAll, run, runAlone, started } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';

afterEach(endAll);

describe('DATABASE_URL', () => {
  const wrong: readonly [url: string, line: RegExp][] = [
    ['mysql://x/y', /^DATABASE_URL is 'mysql:\/\/x\/y', which is not `sqlite:` or a URL such/],
    ['postgres://host', /^DATABASE_URL is 'postgres:\/\/host', which is not/],
    ['postgres://me:secret@host', /^DATABASE_URL is 'postgres:\/\/me:\*\*\*@host', which is not/],
    ['postgres://host/db?sslmode=maybe', /^DATABASE_URL/],
    ['postgres://host/db?sslmode=verify-full&sslrootcert=/nowhere', /cannot be used: ENOENT/],
    [
      'postgres://me:secret@127.0.0.1:1/db',
      /^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:1\/db cannot be used: connect ECONNREFUSED/,
    ],
  ];
  for (const [url, line] of wrong) {
    test(`rejects ${url} in one line, without its password`, async () => {
      const { code, stderr } = await run(['start'], {
        DATABASE_URL: url,
        DATA_DIR: temporaryDirectory(),
        PORT: '0',
      });

      assert.equal(code, 1);
      assert.match(stderr, line);
      assert.equal(stderr.trim().split('\n').length, 1);
      assert.doesNotMatch(stderr, /secret/);
    });
  }

  test('is shown without its password', async () => {
    const { stdout } = await run(['config'], { DATABASE_URL: 'postgres://me:a:b@host/db' });

    assert.match(stdout, /^DATABASE_URL +postgres:\/\/me:\*\*\*@host\/db +\(environment\)$/m);
  });
});

describe('a server on PostgreSQL', { skip: postgresSkip() }, () => {
  test('prints its store, and keeps the data after it was killed', async () => {
    const databases = await TestDatabases.open();
    const DATABASE_URL = await databases.createEmpty();
    const settings = { DATABASE_URL, DURABILITY: 'relaxed', DATA_DIR: temporaryDirectory() };
    const { child, url, line } = await started(settings);
    assert.match(
      line,
      /\(PostgreSQL \d+\.\d+ at \S+\/parley_test_\w+, DURABILITY=relaxed by fsync=off\b.*\)$/,
    );
    const register = (at: string) =>
      post(`${at}/register`, { username: 'alice', password: PASSWORD });
    assert.equal((await register(url)).status, 201);

    child.kill('SIGKILL');
    const again = await started({ ...settings, DATA_DIR: temporaryDirectory() });

    assert.equal((await register(again.url)).status, 409);
    await endAll();
    await databases.close();
  });

  test('rejects a database server that does not flush, in one line', async () => {
    const databases = await TestDatabases.open();
    const DATABASE_URL = await databases.create();
    const [row] = await databases.query<{ fsync: string }>('SHOW fsync');

    const { code, stderr } = await runAlone(['start'], {
      DATABASE_URL: `${DATABASE_URL}?options=-c%20synchronous_commit%3Doff`,
      DATA_DIR: temporaryDirectory(),
      PORT: '0',
    });

    assert.equal(code, 1);
    assert.match(
      stderr,
      /^PostgreSQL may lose acknowledged messages \(.*synchronous_commit=off\): /,
    );
    assert.equal(stderr.includes('fsync=off'), row?.fsync === 'off');
    await databases.close();
  });
});
