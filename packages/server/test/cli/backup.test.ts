import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, describe, test } from 'node:test';
import { fill } from '../support/archived-store.ts';
import { rightsOf } from '../support/file-mode.ts';
import { run, runAlone } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { openTestStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('parley backup and restore', () => {
  const DATA_DIR = temporaryDirectory();
  const folder = temporaryDirectory();
  const file = join(folder, 'backup.db');
  before(async () => {
    const store = await openTestStore(DATA_DIR, { durability: 'relaxed' });
    await fill(store);
    await store.close();
    assert.equal((await run(['backup', file], { DATA_DIR })).code, 0);
  });

  test('a backup or an export of a missing folder does not create it', async () => {
    const DATA_DIR = join(temporaryDirectory(), 'data');

    for (const command of ['backup', 'export']) {
      const { code, stderr } = await run([command, 'file'], { DATA_DIR });

      assert.deepEqual([code, stderr], [1, `There is no database in ${DATA_DIR}.\n`]);
      assert(!existsSync(DATA_DIR));
    }
  });

  test('copies a server while it is written to, and gives the copy another epoch', async (t) => {
    const DATA_DIR = temporaryDirectory();
    const file = join(temporaryDirectory(), 'backup.db');
    const server = await TestServer.start({ DATA_DIR, DURABILITY: 'full', MESSAGE_RATE_MAX: '0' });
    t.after(() => server.close());
    const socket = await server.connect('alice');
    const { roomId, epoch } = await socket.joinRoom({ roomName: 'lobby' });
    await socket.sendMessage({ roomId, content: 'before' });
    let isOver = false;
    let sent = 0;
    const writing = (async () => {
      for (; !isOver; sent += 1) {
        await socket.sendMessage({ roomId, content: `${sent}` });
      }
    })();

    const { code, stdout, stderr } = await runAlone(['backup', file], { DATA_DIR });
    isOver = true;
    await writing;

    assert.deepEqual([code, stderr, stdout], [0, '', `Backed up to ${file}.\n`]);
    assert(sent > 0, 'nobody was held up');
    socket.close();
    const restored = { DATA_DIR: join(temporaryDirectory(), 'data') };
    assert.equal((await run(['restore', file], restored)).code, 0);
    const again = await TestServer.start({ ...restored, DURABILITY: 'full' });
    t.after(() => again.close());
    const other = await again.connect('alice');
    const joined = await other.joinRoom({ roomId, lastSequence: 1, epoch });
    assert.equal(joined.truncated, true);
    assert.notEqual(joined.epoch, epoch);
    assert(joined.headSequence >= 1);
    other.close();
  });

  test('gives each copy of a backup its own epoch, which stays the same', async () => {
    const generationOf = (directory: string): unknown => {
      const database = new DatabaseSync(join(directory, 'parley.db'));
      const sql = "SELECT value FROM store_meta WHERE key = 'generation'";
      const row = database.prepare(sql).get();
      database.close();
      return row?.['value'];
    };

    const seen = new Set([generationOf(DATA_DIR)]);
    for (let copy = 0; copy < 2; copy += 1) {
      const restored = temporaryDirectory();
      assert.equal((await run(['restore', file], { DATA_DIR: restored })).code, 0);
      for (let start = 0; start < 2; start += 1) {
        await (await TestServer.start({ DATA_DIR: restored, DURABILITY: 'full' })).close();
        seen.add(generationOf(restored));
      }
    }

    assert.equal(seen.size, 3);
  });

  test('is one file, and never overwrites another', async () => {
    assert.deepEqual(readdirSync(folder), ['backup.db']);
    const before = readFileSync(file);

    const { code, stderr } = await run(['backup', file], { DATA_DIR });

    assert.deepEqual([code, stderr], [1, `${file} already exists.\n`]);
    assert.deepEqual(readFileSync(file), before);
  });

  test('can be read only by its owner, and so can the restored files', async () => {
    const restored = temporaryDirectory();

    await run(['restore', file], { DATA_DIR: restored });

    assert.equal(rightsOf(file), '600');
    assert.equal(rightsOf(join(restored, 'parley.db')), '600');
  });

  test('is restored into an empty directory only', async (t) => {
    const server = await TestServer.start({ DATA_DIR });
    t.after(() => server.close());

    const ofRunning = await run(['restore', file], { DATA_DIR });
    const occupied = temporaryDirectory();
    writeFileSync(join(occupied, 'notes.txt'), 'mine');
    const ofOccupied = await run(['restore', file], { DATA_DIR: occupied });

    assert.deepEqual([ofRunning.code, ofOccupied.code], [1, 1]);
    assert.match(
      ofRunning.stderr,
      new RegExp(`is in use by another Parley .*localhost:${new URL(server.url).port}\\)`),
    );
    assert.match(ofOccupied.stderr, /^DATA_DIR is '.*', which is not empty \(notes\.txt\)/);
    assert(!existsSync(join(occupied, 'parley.db')));
  });

  test('is restored next to the secrets of a server whose database is lost', async () => {
    const DATA_DIR = temporaryDirectory();
    const file = join(temporaryDirectory(), 'backup.db');
    await (await TestServer.start({ DATA_DIR })).close();
    await run(['backup', file], { DATA_DIR });
    const entries = readdirSync(DATA_DIR);
    for (const name of entries) if (name.startsWith('parley.db')) rmSync(join(DATA_DIR, name));
    assert(entries.includes('jwt-secret') && entries.includes('session-secret'));

    const { code, stderr } = await run(['restore', file], { DATA_DIR });

    assert.deepEqual([code, stderr], [0, '']);
    assert(existsSync(join(DATA_DIR, 'parley.db')));
  });

  test('rejects an incomplete backup in one line, and leaves nothing behind', async () => {
    const bytes = readFileSync(file);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, 8192, 8192 + 4096);
    const files = {
      text: Buffer.from('hello, I am a text and no database, whatever my name may say'),
      cut: bytes.subarray(0, bytes.byteLength / 2),
      damaged,
    };

    for (const [name, content] of Object.entries(files)) {
      const path = join(temporaryDirectory(), name);
      writeFileSync(path, content);
      const restored = temporaryDirectory();
      const { code, stderr } = await run(['restore', path], { DATA_DIR: restored });

      assert.equal(code, 1, name);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
      assert.match(stderr, /is not a Parley backup|is damaged/);
      assert.deepEqual(
        readdirSync(restored).filter((entry) => entry.startsWith('parley.db')),
        [],
      );
    }
  });

  test('is rejected for PostgreSQL, which has its own tools', async () => {
    const DATABASE_URL = 'postgres://localhost/parley';

    const { code, stderr } = await run(['backup', 'file'], { DATABASE_URL });

    assert.equal(code, 1);
    assert.match(stderr, /^DATABASE_URL is a PostgreSQL database\. Use pg_dump/);
  });
});

describe('parley migrate', () => {
  test('creates the schema, and reports if there is nothing to do', async () => {
    const DATA_DIR = temporaryDirectory();

    const first = await run(['migrate'], { DATA_DIR });
    const second = await run(['migrate'], { DATA_DIR });

    assert.match(first.stdout, /^The schema was updated from version 0 to \d+\.\n$/);
    assert.match(second.stdout, /^The schema is up to date \(version \d+\)\.\n$/);
  });

  test('leaves a database unchanged that a server uses or a newer Parley has created', async (t) => {
    const [used, newer] = [temporaryDirectory(), temporaryDirectory()];
    const server = await TestServer.start({ DATA_DIR: used });
    t.after(() => server.close());
    await run(['migrate'], { DATA_DIR: newer });
    const database = new DatabaseSync(join(newer, 'parley.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();

    const ofUsed = await run(['migrate'], { DATA_DIR: used });
    const ofNewer = await run(['migrate'], { DATA_DIR: newer });
    const start = await run(['start'], { DATA_DIR: newer, PORT: '0' });

    assert.deepEqual([ofUsed.code, ofNewer.code, start.code], [1, 1, 1]);
    assert.match(ofUsed.stderr, /is in use by another Parley/);
    assert.match(ofNewer.stderr, /^The database has schema version 99;.*Use a newer Parley\.\n$/);
    assert.equal(start.stderr, ofNewer.stderr);
  });
});
