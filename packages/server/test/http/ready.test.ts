/** What `/ready` says of a store that hangs, or fails, and when it is back. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

describe('GET /ready', () => {
  let server: TestServer;
  /** Somebody else who has the same file open. */
  let stranger: DatabaseSync;
  beforeEach(async () => {
    const directory = temporaryDirectory();
    server = await TestServer.start({ DATA_DIR: directory });
    stranger = new DatabaseSync(join(directory, 'parley.db'));
  });
  afterEach(async () => {
    stranger.close();
    await server.close();
  });

  const ready = async () => {
    const answer = await fetch(`${server.url}/ready`);
    const { down } = (await answer.json()) as { down?: string[] };
    return { status: answer.status, down };
  };
  const DOWN = { status: 503, down: ['store'] };
  const untilReady = () => until(async () => (await ready()).status === 200, 'the store');

  test('names the store that hangs, however many ask, and is ready again by itself', async () => {
    stranger.exec('BEGIN IMMEDIATE');

    assert.deepEqual(await Promise.all([ready(), ready()]), [DOWN, DOWN]);
    assert.deepEqual(await ready(), DOWN);
    stranger.exec('ROLLBACK');

    await untilReady();
  });

  test('names the store that fails, and is ready again by itself', async () => {
    stranger.exec('ALTER TABLE store_meta RENAME TO elsewhere');

    assert.deepEqual(await ready(), DOWN);
    stranger.exec('ALTER TABLE elsewhere RENAME TO store_meta');

    await untilReady();
  });
});
