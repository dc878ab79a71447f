/** Moves everything from one store to another and back, for both SQL stores. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { importArchive } from '../../src/archive/import-archive.ts';
import type { Reader } from '../../src/model/read-receipt.ts';
import type { User } from '../../src/model/user.ts';
import type { ArchiveSource, ArchiveTarget, Cell } from '../../src/ports/archive.ts';
import type { Store } from '../../src/ports/store.ts';
import { openPostgresSource, openPostgresTarget } from '../../src/stores/postgres/archive.ts';
import { openSqliteSource, openSqliteTarget } from '../../src/stores/sqlite/archive.ts';
import { chunksOf, contentOf, fill, linesOf, MANY_MESSAGES } from '../support/archived-store.ts';
import { openTestStore as openPostgresStore } from '../support/postgres-store.ts';
import { command } from '../support/records.ts';
import { openTestStore as openSqliteStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';

/** One kind of store: an empty location for it, and the ways to open it. */
interface Kind {
  readonly name: string;
  newPlace(): Promise<string>;
  openStore(place: string): Promise<Store>;
  openSource(place: string): Promise<ArchiveSource>;
  openTarget(place: string): Promise<ArchiveTarget>;
}

const parent = temporaryDirectory();
const sqlite: Kind = {
  name: 'SQLite',
  newPlace: async () => mkdtempSync(join(parent, 'store-')),
  openStore: (directory) => openSqliteStore(directory, { durability: 'relaxed' }),
  openSource: openSqliteSource,
  openTarget: openSqliteTarget,
};

/** For tests of one row or table: they import an archive many times. */
const FEW_MESSAGES = 20;

let databases: TestDatabases;
const postgres: Kind = {
  name: 'PostgreSQL',
  newPlace: () => databases.create(),
  openStore: (url) => openPostgresStore(url),
  openSource: openPostgresSource,
  openTarget: openPostgresTarget,
};

const archives = new Map<string, Promise<readonly string[]>>();

/** The lines of the archive of one filled store of this kind, which no test changes. */
function filled(kind: Kind, messages = FEW_MESSAGES): Promise<readonly string[]> {
  const key = `${kind.name} ${messages}`;
  const lines = archives.get(key) ?? archiveFilled(kind, messages);
  archives.set(key, lines);
  return lines;
}

async function archiveFilled(kind: Kind, messages: number): Promise<readonly string[]> {
  const place = await kind.newPlace();
  const store = await kind.openStore(place);
  await fill(store, messages);
  await store.close();
  return linesOf(await kind.openSource(place));
}

async function fillFrom(kind: Kind, place: string, lines: readonly string[]): Promise<void> {
  const target = await kind.openTarget(place);
  try {
    await importArchive(chunksOf(lines), target);
  } finally {
    await target.close();
  }
}

async function readStepsOf({ rooms }: Store, { id }: User): Promise<Reader[]> {
  const direct = (await rooms.listMemberships(id, 10)).find(({ kind }) => kind === 'direct');
  assert(direct !== undefined);
  return rooms.listReadSteps(direct.roomId, { from: 1, limit: 10 });
}

function testMoves(source: Kind, target: Kind): void {
  test(`moves everything from ${source.name} to ${target.name} and back, unchanged`, async () => {
    const lines = await filled(source, MANY_MESSAGES);
    const [there, back] = [await target.newPlace(), await source.newPlace()];

    await fillFrom(target, there, lines);
    const between = await linesOf(await target.openSource(there));
    await fillFrom(source, back, between);

    assert.deepEqual(contentOf(between), contentOf(lines));
    assert.deepEqual(attachmentsIn(between), [0, 1, 3, 4, 5, 6, 7, 8]); // Nothing remains of a deleted one.
    assert.deepEqual(contentOf(await linesOf(await source.openSource(back))), contentOf(lines));
  });
}

function testImports(kind: Kind): void {
  const { name } = kind;
  test(`${name}: continues with the numbers, the keys and another epoch after an import`, async () => {
    const place = await kind.newPlace();
    const [before, after] = [await kind.newPlace(), place];
    const store = await kind.openStore(before);
    await fill(store, FEW_MESSAGES);
    const alice = (await store.accounts.findCredentials('alice'))?.user;
    assert(alice !== undefined);
    const [listed] = await store.rooms.listRoomsOf(alice.id, 1);
    assert(listed !== undefined);
    const readSteps = await readStepsOf(store, alice);
    assert.equal(readSteps.length, 4); // Three steps of one user, and the position of the other.
    await store.close();

    await fillFrom(kind, after, await linesOf(await kind.openSource(before)));

    const again = await kind.openStore(after);
    const [found] = await again.rooms.listRoomsOf(alice.id, 1);
    assert.equal(found?.head.sequence, listed.head.sequence);
    assert.notEqual(found?.head.epoch, listed.head.epoch);
    assert.deepEqual(await readStepsOf(again, alice), readSteps);
    const { id: roomId } = listed.room;
    const [repeated, next] = await again.log.commit([
      command({ roomId, userId: alice.id, content: 'message 2', clientMessageId: 'c2' }),
      command({ roomId, userId: alice.id }),
    ]);
    assert.equal(repeated?.kind, 'duplicate');
    assert.equal(next?.kind, 'stored');
    await again.close();
  });

  test(`${name}: rejects filling a store that is not empty, and leaves it unchanged`, async () => {
    const lines = await filled(kind);
    const place = await kind.newPlace();
    await fillFrom(kind, place, lines);

    await assert.rejects(fillFrom(kind, place, lines), {
      name: 'ArchiveError',
      message: 'The store is not empty: import into an empty store only.',
    });

    assert.deepEqual(contentOf(await linesOf(await kind.openSource(place))), contentOf(lines));
  });

  test(`${name}: does not serve or archive a partial import, and continues it after an interruption`, async () => {
    const lines = await filled(kind);
    const place = await kind.newPlace();
    const interrupted = await kind.openTarget(place);
    let writes = 0;
    const failing: ArchiveTarget = {
      ...interrupted,
      writeRows: async (...rows) => {
        writes += 1;
        if (writes > 4) throw new Error('interrupted');
        await interrupted.writeRows(...rows);
      },
    };
    await assert.rejects(importArchive(chunksOf(lines), failing), /interrupted/);
    await interrupted.close();

    const unfinished = {
      name: 'StoreUnusable',
      message: /^The database holds an import that was not finished/,
    };
    await assert.rejects(kind.openStore(place), unfinished);
    await assert.rejects(kind.openSource(place), unfinished);
    const other = lines.with(0, (lines[0] ?? '').replace(/"id":"[^"]*"/, '"id":"another"'));
    await assert.rejects(fillFrom(kind, place, other), /contains part of another archive/);
    await fillFrom(kind, place, lines);

    assert.deepEqual(contentOf(await linesOf(await kind.openSource(place))), contentOf(lines));
    await (await kind.openStore(place)).close();
  });

  test(`${name}: rejects a complete but inconsistent archive`, async () => {
    const lines = await filled(kind);
    const faults: readonly [table: string, row: RegExp, fault: RegExp][] = [
      [
        'room_events',
        /,2,"message"/,
        /its log has a gap|names a missing message|not at its position/,
      ],
      ['messages', /"message 8"/, /its log names a missing message/],
    ];
    for (const [table, row, fault] of faults) {
      const place = await kind.newPlace();

      await assert.rejects(fillFrom(kind, place, withoutRow(lines, table, row)), fault);

      await assert.rejects(kind.openStore(place), { name: 'StoreUnusable' });
    }
  });

  test(`${name}: reports the line of a row that no store accepts`, async () => {
    const twice: Change = (line) => [line, line];
    const rows: readonly [table: string, row: RegExp, change: Change, below: number][] = [
      ['users', /"bob"/, setTo('username', null), 0],
      ['users', /"bob"/, setTo('created_at', 'noon'), 0],
      ['users', /"bob"/, twice, 1],
      ['memberships', /./, setTo('user_id', 'nobody'), 0],
      ['messages', /"message 1501"/, setTo('sequence_number', null), 0],
      ['messages', /"message 1501"/, twice, 1],
    ];
    for (const [table, row, change, below] of rows) {
      const place = await kind.newPlace();
      // The messages are of the second batch.
      const lines = await filled(kind, table === 'messages' ? MANY_MESSAGES : FEW_MESSAGES);
      const line = placeOf(lines, table, row) + 1 + below;

      await assert.rejects(fillFrom(kind, place, withRow(lines, table, row, change)), {
        name: 'ArchiveError',
        message: new RegExp(
          `^Line ${line} of the archive, in ${table}, cannot be stored: .+\\. Another attempt needs an empty store\\.$`,
        ),
      });

      await assert.rejects(kind.openStore(place), { name: 'StoreUnusable' });
    }
  });

  test(`${name}: rejects values that no server would have stored`, async () => {
    const lines = await filled(kind);
    const bomb = '$argon2id$v=19$m=4194304,t=4,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA';
    const weak = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$YQ';
    const rows: readonly (readonly [table: string, column: string, cell: Cell, says: RegExp])[] = [
      [
        'users',
        'role',
        '<script>',
        /role "<script>" is not one of guest, member, moderator, admin, owner/,
      ],
      ['users', 'role', 'ADMIN', /is not one of guest, member, moderator, admin, owner/],
      ['users', 'username', '<b>\u202e', /is not a username/],
      ['users', 'display_name', 'evil\u202egnp', /is not a name .+ without control characters/],
      ['users', 'created_at', 9e15, /is not a time in milliseconds/],
      ['users', 'last_seen_at', -1, /is not a time/],
      ...[
        bomb,
        weak,
        'plain text',
        '$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$aGFzaA',
        'x'.repeat(9999),
      ].map((hash) => ['users', 'password_hash', hash, /password_hash is not .+ usual/] as const),
      ['users', 'display_name', 'x'.repeat(41), /is not a name of at most 40 characters/],
      ['users', 'display_name', 'two\u2028lines', /is not a name .+ without control characters/],
      ['rooms', 'topic', '\u061cevil', /is not a name .+ without control characters/],
      ['reactions', 'emoji', 'LOL', /emoji "LOL" is not an emoji in its usual form/],
      ['reactions', 'emoji', '👍👍', /is not an emoji/],
      ['messages', 'attachments', 'no JSON', /is not a JSON list/],
      ['warnings', 'reason', 'x'.repeat(501), /is not a text of at most 500 characters/],
      ['rooms', 'kind', 'wat', /is not one of room, channel, direct, group/],
      ['rooms', 'visibility', 'secret', /is not one of public, private/],
      ['memberships', 'role', 'owner ', /is not one of member, moderator, owner/],
      ['workspace_members', 'role', 'wizard', /is not one of member, admin, owner/],
      ['messages', 'created_at', 9e15, /is not a time/],
    ];
    for (const [table, column, cell, says] of rows) {
      const place = await kind.newPlace();
      const changed = withRow(lines, table, /./, setTo(column, cell));

      await assert.rejects(fillFrom(kind, place, changed), (error: Error) => {
        assert.match(error.message, says);
        assert(!error.message.includes('$argon2id'));
        return true;
      });

      await assert.rejects(kind.openStore(place), { name: 'StoreUnusable' });
    }
  });

  test(`${name}: asks for an empty store after importing an inconsistent archive`, async () => {
    const lines = await filled(kind);
    const place = await kind.newPlace();
    const needsAnother = {
      name: 'ArchiveError',
      message: / Another attempt needs an empty store\.$/,
    };
    const wrong = withoutRow(lines, 'messages', /"message 8"/);
    await assert.rejects(fillFrom(kind, place, wrong), needsAnother);

    // The same archive, repaired.
    await assert.rejects(fillFrom(kind, place, lines), needsAnother);
    await assert.rejects(fillFrom(kind, place, wrong), needsAnother);

    const empty = await kind.newPlace();
    await fillFrom(kind, empty, lines);
    assert.deepEqual(contentOf(await linesOf(await kind.openSource(empty))), contentOf(lines));
  });

  test(`${name}: rejects a room with a wrong count of pruned messages`, async () => {
    const lines = await filled(kind);
    const place = await kind.newPlace();

    await assert.rejects(
      fillFrom(kind, place, withRow(lines, 'rooms', /"half"/, setTo('pruned_ordinal', 0))),
      /its number of messages differs from the messages written minus those deleted/,
    );
  });

  test(`${name}: accepts an archive without a column that may be empty`, async () => {
    const lines = withoutColumn(await filled(kind), 'messages', 'attachments');
    const place = await kind.newPlace();

    await fillFrom(kind, place, lines);

    const again = await linesOf(await kind.openSource(place));
    assert.deepEqual(contentOf(withoutColumn(again, 'messages', 'attachments')), contentOf(lines));
    assert.deepEqual(attachmentsIn(again), []);
  });

  test(`${name}: rejects a column of a newer Parley`, async () => {
    const lines = await filled(kind);
    const newer = lines.with(1, (lines[1] ?? '').replace('"username"', '"nickname"'));

    await assert.rejects(
      fillFrom(kind, await kind.newPlace(), newer),
      /^ArchiveError: The archive has a column 'nickname' in users, which this Parley does not support/,
    );
  });
}

/** By the numbers that `fill` assigned. */
function attachmentsIn(lines: readonly string[]): number[] {
  const text = lines.join('\n');
  return Array.from({ length: 9 }, (_, index) => index).filter((n) => text.includes(`/of-${n}`));
}

/** Replaces the line of a row. */
type Change = (line: string, columns: readonly string[]) => string[];

function setTo(column: string, cell: Cell): Change {
  return (line, columns) => [
    JSON.stringify((JSON.parse(line) as unknown[]).with(columns.indexOf(column), cell)),
  ];
}

function withoutRow(lines: readonly string[], table: string, row: RegExp): string[] {
  return withRow(lines, table, row, () => []);
}

/** Changes a row and recomputes counts and hashes, as an author who knows the format would. */
function withRow(lines: readonly string[], table: string, row: RegExp, change: Change): string[] {
  const start = startOf(lines, table);
  const at = placeOf(lines, table, row);
  const { columns } = JSON.parse(lines[start] ?? '') as { readonly columns: string[] };
  return sealed(lines.toSpliced(at, 1, ...change(lines[at] ?? '', columns)), start);
}

function startOf(lines: readonly string[], table: string): number {
  return lines.findIndex((line) => line.startsWith(`{"table":"${table}"`));
}

function placeOf(lines: readonly string[], table: string, row: RegExp): number {
  const start = startOf(lines, table);
  const at = lines.findIndex((line, index) => index > start && row.test(line));
  assert(at > start, `${table} has no such row`);
  return at;
}

function withoutColumn(lines: readonly string[], table: string, column: string): string[] {
  const start = startOf(lines, table);
  const { columns } = JSON.parse(lines[start] ?? '') as { readonly columns: string[] };
  const place = columns.indexOf(column);
  assert(place >= 0, `${table} has no such column`);
  const end = lines.findIndex((line, index) => index > start && line.startsWith('{"rows"'));
  const kept = lines.map((line, index) =>
    index > start && index < end
      ? JSON.stringify((JSON.parse(line) as unknown[]).toSpliced(place, 1))
      : line,
  );
  kept[start] = JSON.stringify({ table, columns: columns.toSpliced(place, 1) });
  return sealed(kept, start);
}

/** Recomputes the counts and hashes of the table that starts there, and of the whole archive. */
function sealed(lines: readonly string[], start: number): string[] {
  const end = lines.findIndex((line, index) => index > start && line.startsWith('{"rows"'));
  const rows = lines.slice(start + 1, end);
  const kept = lines.with(end, JSON.stringify({ rows: rows.length, sha256: sha256(rows) }));
  return kept.with(-1, JSON.stringify({ end: 'parley', sha256: sha256(kept.slice(0, -1)) }));
}

describe('archives of SQLite', () => {
  testMoves(sqlite, sqlite);
  testImports(sqlite);
});

describe('archives of PostgreSQL', { skip: postgresSkip() }, () => {
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  testMoves(sqlite, postgres);
  testMoves(postgres, sqlite);
  testImports(postgres);

  test('do not fill a database that a server uses, also if it is empty', async () => {
    const place = await postgres.newPlace();
    const lines = await filled(sqlite);
    for (const mode of ['exclusive', 'shared'] as const) {
      const serverLock = { mode, onLost: () => {}, onRegained: () => {} };
      const server = await openPostgresStore(place, { serverLock });

      await assert.rejects(fillFrom(postgres, place, lines), {
        name: 'StoreUnusable',
        message: /^DATABASE_URL: a Parley server uses .+ since .+\)\. Stop it first\.$/,
      });
      await server.close();
    }

    await fillFrom(postgres, place, lines);
  });

  test('contain every table and column of either store but derived and temporary ones, and these are the same', async () => {
    const [directory, url] = [await sqlite.newPlace(), await postgres.newPlace()];
    const targets = [await sqlite.openTarget(directory), await postgres.openTarget(url)];
    const [ofSqlite, ofPostgres] = targets.map(({ tables }) => tables);

    assert.deepEqual(ofSqlite, ofPostgres);
    for (const target of targets) await target.close();
    const own = await TestDatabases.open(url);
    const keys = await own.query<{ name: string; key: string[] }>(
      `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY array_position(i.indkey, a.attnum)) AS key
       FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
       WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT IN ('store_meta', 'reaction_counts', 'member_counts', 'search_documents', 'search_pending', 'revocations', 'pending_losses', 'leftover_reactions', 'barred_origins') GROUP BY 1`,
    );
    await own.close();
    assert.deepEqual(
      new Map(keys.map(({ name, key }) => [name, key])),
      new Map(ofPostgres?.map(({ name, key }) => [name, [...key]])),
    );
  });
});

function sha256(lines: readonly string[]): string {
  return createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
}
