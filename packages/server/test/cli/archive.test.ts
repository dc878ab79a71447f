import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, describe, test } from 'node:test';
import { contentOf, fill } from '../support/archived-store.ts';
import { endAll, exitOf, parley, run, runAlone } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { openTestStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';

/** The row of a file is there, and no file. */
const EXPORTED = 'Exported 4 users, 6 rooms, 2507 messages, and 0 files (and 1 without bytes).\n';
const read = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

/** Without what the server has finished, or will: removals, and the numbers of repeated acts. */
function withoutWork(lines: readonly string[]): readonly string[] {
  return ['removals', 'repeated_acts'].reduce((content, table) => {
    const begin = content.findIndex((line) => line.startsWith(`{"table":"${table}"`));
    const end = content.findIndex((line, index) => index > begin && line.startsWith('{"rows"'));
    return content.toSpliced(begin, end + 1 - begin);
  }, contentOf(lines));
}

describe('parley export and import', () => {
  const DATA_DIR = temporaryDirectory();
  const file = join(temporaryDirectory(), 'everything.jsonl');
  before(async () => {
    const store = await openTestStore(DATA_DIR, { durability: 'relaxed' });
    await fill(store);
    await store.close();
    await run(['export', file], { DATA_DIR });
  });
  afterEach(endAll);

  test('report what they have moved, in a file that only its owner can read', async () => {
    const [other, again] = [temporaryDirectory(), join(temporaryDirectory(), 'again.jsonl')];

    const imported = await run(['import', file], { DATA_DIR: other });
    const exported = await run(['export', again], { DATA_DIR: other });

    assert.equal(imported.stderr, 'Imported and verified 4 users, 6 rooms, 2507 messages.\n');
    assert.equal(exported.stderr, EXPORTED);
    assert.deepEqual(contentOf(read(again)), contentOf(read(file)));
    assert.equal(statSync(again).mode & 0o777, 0o600);
    assert(!existsSync(`${again}.part`));
    assert.deepEqual(
      readdirSync(other).filter((name) => name.startsWith('export')),
      [],
    );
  });

  test('write people, rooms and messages for other programs, without secrets', async () => {
    const readable = join(temporaryDirectory(), 'readable.jsonl');

    const { code, stderr } = await run(['export', '--format', 'jsonl', readable], { DATA_DIR });

    assert.deepEqual([code, stderr], [0, EXPORTED]);
    // Each line is written as an object.
    const lines = read(readable).map((line) => JSON.parse(line) as Record<string, unknown>);
    const [head, ...rest] = lines;
    assert.equal(head?.['of'], 'parley');
    assert.deepEqual(rest.at(-1), { type: 'end', lines: rest.length - 1 });
    const of = (type: string) => rest.filter((line) => line['type'] === type);
    assert.equal(of('message').length, 2507);
    const lobby = of('room').find(({ name }) => name === 'lobby');
    assert.equal(lobby?.['kind'], 'room');
    assert.equal(lobby['createdAt'], '2026-01-31T12:00:00.000Z');
    assert.equal('archivedAt' in lobby, false);
    const sequences = of('message')
      .filter(({ roomId }) => roomId === lobby['id'])
      .map(({ sequence }) => sequence);
    assert.equal(new Set(sequences).size, sequences.length);
    assert.ok(of('message').some(({ isDeleted, text }) => isDeleted === true && text === ''));
    assert.ok(of('message').some(({ attachments }) => Array.isArray(attachments)));
    const written = readFileSync(readable, 'utf8');
    for (const secret of ['$argon2id', 'password', 'digest', 'token']) {
      assert.equal(written.includes(secret), false, secret);
    }
    const imported = await run(['import', readable], { DATA_DIR: temporaryDirectory() });
    assert.deepEqual([imported.code, imported.stderr], [1, 'This is not a Parley archive.\n']);
    const other = await run(['export', '--format', 'csv', 'file'], { DATA_DIR });
    assert.equal(other.stderr, "--format is 'csv', which is not archive or jsonl.\n");
  });

  test('remove what a killed export has left, and write into no file that exists', async () => {
    const directory = temporaryDirectory();
    await run(['import', file], { DATA_DIR: directory });
    const { pid } = spawnSync(process.execPath, ['--version']);
    const [abandoned, current] = [`export-${pid}.db`, `export-${process.pid}.db`];
    const leave = () => {
      for (const name of [abandoned, `${abandoned}-journal`, current]) {
        writeFileSync(join(directory, name), 'a deleted text');
      }
    };
    const copies = () => readdirSync(directory).filter((name) => name.startsWith('export'));
    const again = join(temporaryDirectory(), 'again.jsonl');
    const victim = join(temporaryDirectory(), 'victim');
    symlinkSync(victim, `${again}.part`);

    leave();
    assert.equal((await runAlone(['export', again], { DATA_DIR: directory })).code, 0);
    assert.deepEqual(copies(), [current]);
    assert(!existsSync(victim));
    leave();
    await (await TestServer.start({ DATA_DIR: directory, DURABILITY: 'relaxed' })).close();
    assert.deepEqual(copies(), [current]);
  });

  test('export from a running server, and reject an import into one', async (t) => {
    const directory = temporaryDirectory();
    await run(['import', file], { DATA_DIR: directory });
    const server = await TestServer.start({ DATA_DIR: directory, DURABILITY: 'relaxed' });
    t.after(() => server.close());
    const again = join(temporaryDirectory(), 'again.jsonl');

    assert.equal((await run(['export', again], { DATA_DIR: directory })).code, 0);
    const { code, stderr } = await run(['import', file], { DATA_DIR: directory });

    assert.deepEqual(withoutWork(read(again)), withoutWork(read(file)));
    assert.equal(code, 1);
    assert.match(stderr, /is in use by another Parley/);
  });

  test('leave the store unchanged if the file is damaged', async () => {
    const damaged = join(temporaryDirectory(), 'damaged.jsonl');
    const lines = read(file);
    writeFileSync(damaged, `${lines.slice(0, -100).join('\n')}\n`);
    const directory = temporaryDirectory();

    const rejected = await run(['import', damaged], { DATA_DIR: directory });
    const accepted = await run(['import', file], { DATA_DIR: directory });

    assert.equal(rejected.code, 1);
    assert.equal(rejected.stderr, `The archive is cut off after line ${lines.length - 100}.\n`);
    assert.equal(accepted.code, 0);
  });

  const wrong: readonly [args: readonly string[], line: RegExp][] = [
    [['export'], /^'parley export' requires a file: parley export FILE\.\n$/],
    [['import', '/nowhere'], /^File \/nowhere does not exist\.\n$/],
    [['export', '/nowhere/file'], /no such file or directory/],
    [['export', file], /everything\.jsonl already exists\.\n$/],
    [['backup', '-'], /^'parley backup' requires a file; only /],
    [['restore', '-'], /^'parley restore' requires a file; only /],
    [['import', file, 'another'], /^Unknown command/],
    [['start', file], /^Unknown command/],
  ];
  for (const [args, line] of wrong) {
    test(`reject ${args.join(' ').replace(file, 'FILE')} in one line`, async () => {
      const { code, stderr } = await run(args, { DATA_DIR });

      assert.equal(code, 1);
      assert.match(stderr, line);
      assert.equal(stderr.trim().split('\n').length, 1);
    });
  }

  test('move everything to PostgreSQL through a pipe', { skip: postgresSkip() }, async () => {
    const databases = await TestDatabases.open();
    const DATABASE_URL = await databases.createEmpty();

    const exporting = parley(['export', '-'], { DATA_DIR });
    assert(exporting.stdout !== null);
    const importing = parley(['import', '-'], { DATABASE_URL }, { input: exporting.stdout });
    const again = join(temporaryDirectory(), 'again.jsonl');
    assert.deepEqual(await Promise.all([exitOf(exporting), exitOf(importing)]), [
      { code: 0 },
      { code: 0 },
    ]);
    await run(['export', again], { DATABASE_URL });

    assert.deepEqual(contentOf(read(again)), contentOf(read(file)));
    const { code, stdout } = await run(['migrate'], { DATABASE_URL });
    assert.equal(code, 0);
    assert.match(stdout, /is up to date/);
    await databases.close();
  });
});
