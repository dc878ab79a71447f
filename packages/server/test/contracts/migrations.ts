/**
 * A database that a later version migrates, or has migrated: either all data is there and usable, or
 * it stays untouched.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { Store } from '../../src/ports/store.ts';
import { LATER_TABLE } from '../support/later-migration.ts';
import { endAll, run, runAlone } from '../support/parley-command.ts';
import {
  blockUser,
  change,
  command,
  PASSWORD_HASH,
  session,
  withLobby,
} from '../support/records.ts';

export interface Dump {
  readonly version: number;
  readonly schema: unknown;
  /** The rows of each table as texts, without the columns that the later version adds. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

/** Databases of one adapter, each at its own location: a directory or a URL. */
interface MigratedDatabases {
  readonly newest: number;
  /** Returns the location of an empty database. */
  create(): Promise<string>;
  open(location: string): Promise<Store>;
  /** Migrates to the version after the newest. */
  migrateLater(location: string): Promise<{ readonly from: number; readonly to: number }>;
  /** Commands that open the store without a server: migrate, export, import. */
  readonly tools: readonly ((location: string) => Promise<unknown>)[];
  /** Changes the version as a newer Parley would. */
  makeNewer(location: string): Promise<void>;
  dump(location: string): Promise<Dump>;
  /** Settings with which the `parley` command uses it. */
  settings(location: string): Record<string, string>;
  /**
   * Each starts the later migration and interrupts it before its end; the returned function removes
   * the obstacle for the next attempt.
   */
  readonly interruptions: Readonly<
    Record<string, (location: string) => Promise<() => Promise<void>>>
  >;
}

export function testMigrations(adapter: string, databases: MigratedDatabases): void {
  const { newest } = databases;

  describe(`${adapter}: a migration`, () => {
    afterEach(endAll);

    test('of a later version runs once and keeps all data', async () => {
      const location = await filled(databases);
      const before = await databases.dump(location);

      const first = await databases.migrateLater(location);
      const after = await databases.dump(location);
      const second = await databases.migrateLater(location);

      assert.deepEqual([first.from, first.to], [newest, newest + 1]);
      assert.deepEqual([second.from, second.to], [newest + 1, newest + 1]);
      await keepsData(databases, location, before);
      assert.deepEqual(await databases.dump(location), after);
    });

    test('of an empty database runs every version', async () => {
      const location = await databases.create();

      const { from, to } = await databases.migrateLater(location);

      assert.deepEqual([from, to], [0, newest + 1]);
      assert.equal((await databases.dump(location)).version, newest + 1);
    });

    for (const [what, cutOff] of Object.entries(databases.interruptions)) {
      test(`changes nothing if it is interrupted by ${what}, and runs later`, async () => {
        const location = await filled(databases);
        const before = await databases.dump(location);

        const letGo = await cutOff(location);

        assert.deepEqual(await databases.dump(location), before);
        await letGo();
        await databases.migrateLater(location);
        await keepsData(databases, location, before);
      });
    }

    test('is run by `parley migrate`, once', async () => {
      const location = await databases.create();
      const settings = databases.settings(location);

      const first = await run(['migrate'], settings);
      const second = await run(['migrate'], settings);

      assert.deepEqual(
        [first, second],
        [
          { code: 0, stdout: `The schema was updated from version 0 to ${newest}.\n`, stderr: '' },
          { code: 0, stdout: `The schema is up to date (version ${newest}).\n`, stderr: '' },
        ],
      );
    });

    test('of a newer Parley is rejected, and its database left unchanged', async () => {
      const location = await filled(databases);
      await databases.makeNewer(location);
      const before = await databases.dump(location);
      const settings = { ...databases.settings(location), PORT: '0' };
      const words = /^The database has schema version 99[;,][^\n]*Use a newer Parley\.\n?$/;

      const { code, stderr } = await runAlone(['start'], settings);

      assert.match(stderr, words);
      assert.equal(code, 1);
      for (const open of [databases.open, ...databases.tools]) {
        await assert.rejects(open(location), { name: 'StoreUnusable', message: words });
      }
      assert.deepEqual(await databases.dump(location), before);
    });
  });
}

/** Returns the location of a database with rows in most tables, and no store open on it. */
async function filled(databases: MigratedDatabases): Promise<string> {
  const location = await databases.create();
  const store = await databases.open(location);
  const { alice, bob, lobby } = await withLobby(store);
  await store.sessions.insertSession(session({ userId: alice.id }), PASSWORD_HASH);
  await blockUser(store, bob.id, alice.id, 0);
  const [said] = await store.log.commit([
    command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' }),
    command({ roomId: lobby.id, userId: bob.id, content: `Grüße, 👋 "it's" \\ $1 ?` }),
  ]);
  assert(said?.kind === 'stored' && said.event.kind === 'message');
  const about = { roomId: lobby.id, userId: bob.id, messageId: said.event.message.id } as const;
  await store.log.commit([
    change({ kind: 'reaction-added', emoji: '👍', ...about }),
    change({ kind: 'pin', ...about, userId: alice.id }),
  ]);
  await store.close();
  return location;
}

/** Checks that the later version has found and kept all rows. */
async function keepsData(
  databases: MigratedDatabases,
  location: string,
  before: Dump,
): Promise<void> {
  const { version, rows } = await databases.dump(location);
  const { [LATER_TABLE]: lengths = [], ...kept } = rows;
  assert.equal(version, databases.newest + 1);
  assert.equal(lengths.length, before.rows['messages']?.length);
  assert(lengths.length > 1);
  assert.deepEqual(kept, before.rows);
}
