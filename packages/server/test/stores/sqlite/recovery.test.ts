/** A database thread that ends or hangs is replaced automatically. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Store } from '../../../src/ports/store.ts';
import { openSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { command, withLobby } from '../../support/records.ts';
import { commitUntilKnown, retryUntilKnown } from '../../support/retry-until-known.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const run = promisify(execFile);
const SUPPORT = join(import.meta.dirname, '../../support');
const MESSAGES = 100;
const COMMITS_MAX = 8;
/** Of the store whose thread hangs; the others wait for the disk as long as it takes. */
const HANGING_MS = 1000;
const PATIENT_MS = 60_000;

function openStore(
  directory: string,
  timeoutMs: number,
  onFailure: (error: unknown) => void = () => {},
): Promise<Store> {
  return openSqliteStore({ directory, durability: 'full', timeoutMs, onFailure });
}

describe('sqlite store', () => {
  test('replaces a hanging thread, and reports unknown outcomes', async () => {
    const directory = temporaryDirectory();
    const failures: unknown[] = [];
    const patient = await openStore(directory, PATIENT_MS);
    const { alice, lobby } = await withLobby(patient);
    await patient.close();
    const store = await openStore(directory, HANGING_MS, (error) => failures.push(error));
    const hello = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' });
    const stranger = new DatabaseSync(join(directory, 'parley.db'));
    stranger.exec('BEGIN IMMEDIATE');

    assert.equal((await store.log.commit([hello]))[0]?.kind, 'unknown');
    assert.equal((await store.log.commit([hello]))[0]?.kind, 'not-begun', 'there is no thread');
    await assert.rejects(store.log.probe(), { name: 'StoreUnavailable' });
    stranger.exec('ROLLBACK');
    stranger.close();
    await retryUntilKnown(() => store.log.probe());
    await commitUntilKnown(store, [hello]);

    assert.match(String(failures[0]), /no answer for 1000 ms/);
    const page = { roomId: lobby.id, before: undefined, after: undefined, limit: 9 };
    const { messages } = await retryUntilKnown(() => store.log.readHistory(page));
    assert.equal(messages.length, 1);
    await store.close();
  });

  test('loses and duplicates nothing if its thread dies between a commit and its answer', async () => {
    const directory = temporaryDirectory();
    const deaths = join(directory, 'deaths');
    const store = await openStore(directory, PATIENT_MS);
    const { alice, lobby } = await withLobby(store);
    await store.close();

    const { stdout } = await run(
      process.execPath,
      [
        '--import',
        pathToFileURL(join(SUPPORT, 'dying-writer.ts')).href,
        join(import.meta.dirname, 'retrying-sender.ts'),
        ...[directory, alice.id, lobby.id, String(MESSAGES)],
      ],
      {
        env: {
          ...process.env,
          DYING_WRITER_COMMITS: String(COMMITS_MAX),
          DYING_WRITER_FILE: deaths,
        },
      },
    );

    const { sequences, duplicates } = JSON.parse(stdout);
    assert.deepEqual(
      sequences,
      Array.from({ length: MESSAGES }, (_, index) => index + 1),
    );
    assert.ok(duplicates > 0, 'no commit was answered by its retry');
    assert.ok(statSync(deaths).size >= MESSAGES / COMMITS_MAX);
  });
});
