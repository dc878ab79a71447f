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
import { endAll, exitOf, parley, run, started } from '../support/parley-command.ts';
import { openTestStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';

const read = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

/** The server has finished them, or will. */
function withoutRemovals(lines: readonly string[]): readonly string[] {
  const content = contentOf(lines);
  const begin = content.findIndex((line) => line.startsWith('{"table":"removals"'));
  const end = content.findIndex((line, index) => index > begin && line.startsWith('{"rows"'));
  return content.toSpliced(begin, end + 1 - begin);
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
    assert.equal(exported.stderr, 'Exported 4 users, 6 rooms, 2507 messages.\n');
    assert.deepEqual(contentOf(read(again)), contentOf(read(file)));
    assert.equal(statSync(again).mode & 0o777, 0o600);
    assert(!existsSync(`${again}.part`));
    assert.deepEqual(
      readdirSync(other).filter((name) => name.startsWith('export')),
      [],
    );
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
    assert.equal((await run(['export', again], { DATA_DIR: directory })).code, 0);
    assert.deepEqual(copies(), [current]);
    assert(!existsSync(victim));
    leave();
    await started({ DATA_DIR: directory });
    assert.deepEqual(copies(), [current]);
  });

  test('export from a running server, and reject an import into one', async () => {
    const directory = temporaryDirectory();
    await run(['import', file], { DATA_DIR: directory });
    await started({ DATA_DIR: directory });
    const again = join(temporaryDirectory(), 'again.jsonl');

    assert.equal((await run(['export', again], { DATA_DIR: directory })).code, 0);
    const { code, stderr } = await run(['import', file], { DATA_DIR: directory });

    assert.deepEqual(withoutRemovals(read(again)), withoutRemovals(read(file)));
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
    const DATABASE_URL = await databases.create();

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
