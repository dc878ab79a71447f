/**
 * A database filled by an older or newer Parley: either all data is there and usable, or it stays
 * untouched.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { Store } from '../../src/ports/store.ts';
import type { Abilities } from '../support/old-rows.ts';
import { endAll, run } from '../support/parley-command.ts';
import { checkAllData, checkContinuation } from './old-data.ts';

/** Databases of one adapter, each at its own location: a directory or a URL. */
export interface OldDatabases {
  readonly newest: number;
  /**
   * Builds a database as the Parley of this version has filled it, and returns the features of that
   * Parley.
   */
  build(version: number): Promise<{ readonly location: string; readonly can: Abilities }>;
  open(location: string): Promise<Store>;
  /** Commands that open the store without a server: migrate, export, import. */
  readonly tools: readonly ((location: string) => Promise<unknown>)[];
  /** Changes the version as a newer Parley would. */
  makeNewer(location: string): Promise<void>;
  versionOf(location: string): Promise<number>;
  /** Returns all of its contents: schema, version and rows. */
  dump(location: string): Promise<unknown>;
  /** Settings with which the `parley` command uses it. */
  settings(location: string): Record<string, string>;
  /**
   * Each starts a migration and interrupts it before its end; the returned function removes the
   * obstacle for the next migration.
   */
  readonly interruptions: Readonly<
    Record<string, (location: string) => Promise<() => Promise<void>>>
  >;
}

export function testUpgrades(adapter: string, databases: OldDatabases): void {
  const { newest } = databases;
  const versions = Array.from({ length: newest }, (_, index) => index + 1);

  describe(`${adapter}: a database of another version`, () => {
    afterEach(endAll);

    for (const version of versions) {
      test(`of version ${version} keeps all its data and continues`, async () => {
        const { location, can } = await databases.build(version);

        const store = await databases.open(location);

        await checkAllData(store, can);
        await checkContinuation(store, can);
        await store.close();
        assert.equal(await databases.versionOf(location), newest);
      });
    }

    for (const version of versions.slice(0, -1)) {
      for (const [what, cutOff] of Object.entries(databases.interruptions)) {
        test(`of version ${version} stays intact after ${what}, and is migrated later`, async () => {
          const { location, can } = await databases.build(version);
          const before = await databases.dump(location);

          const letGo = await cutOff(location);

          assert.deepEqual(await databases.dump(location), before);
          await letGo();
          const store = await databases.open(location);
          await checkAllData(store, can);
          await store.close();
          assert.equal(await databases.versionOf(location), newest);
        });
      }
    }

    test('is migrated once, by `parley migrate`', async () => {
      const { location, can } = await databases.build(1);
      const settings = databases.settings(location);

      const first = await run(['migrate'], settings);
      const migrated = await databases.dump(location);
      const second = await run(['migrate'], settings);

      assert.deepEqual(
        [first, second],
        [
          { code: 0, stdout: `The schema was updated from version 1 to ${newest}.\n`, stderr: '' },
          { code: 0, stdout: `The schema is up to date (version ${newest}).\n`, stderr: '' },
        ],
      );
      assert.deepEqual(await databases.dump(location), migrated);
      const store = await databases.open(location);
      await checkAllData(store, can);
      await store.close();
    });

    test('is rejected and left unchanged if a newer Parley has filled it', async () => {
      const { location } = await databases.build(newest);
      await databases.makeNewer(location);
      const before = await databases.dump(location);
      const settings = { ...databases.settings(location), PORT: '0' };
      const words = /^The database has schema version 99[;,][^\n]*Use a newer Parley\.\n?$/;

      const { code, stderr } = await run(['start'], settings);

      assert.match(stderr, words);
      assert.equal(code, 1);
      for (const open of [databases.open, ...databases.tools]) {
        await assert.rejects(open(location), { name: 'StoreUnusable', message: words });
      }
      assert.deepEqual(await databases.dump(location), before);
    });
  });
}
