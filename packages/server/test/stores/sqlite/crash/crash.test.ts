/**
 * A writing process is killed with SIGKILL repeatedly, after numbers of acknowledgements chosen by
 * a seed. Everything acknowledged must be stored, and nothing partially.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { repetitions } from '../../../../../../tests/support/repetitions.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

const ROUNDS = repetitions(20, 50);
/** Another one each night. */
const FIXED_SEED = 1;
const ACKNOWLEDGEMENTS_MAX = 120;
/** In each of these rounds the process is killed while it opens the store. */
const OPENING_EVERY = 10;

const WRITER = join(import.meta.dirname, 'writer.ts');

test(`loses nothing acknowledged over ${ROUNDS} kills, and leaves nothing partially written`, async (t) => {
  const seed = Number(
    process.env['PARLEY_TEST_SEED'] ?? repetitions(FIXED_SEED, Date.now() % 1_000_000),
  );
  t.diagnostic(`seed ${seed}: set PARLEY_TEST_SEED to repeat`);
  const random = seededRandom(seed);
  const directory = temporaryDirectory();
  const acknowledged = new Map<string, string>();

  for (let round = 0; round < ROUNDS; round += 1) {
    const isOpening = round % OPENING_EVERY === 0;
    const killAt = isOpening ? 0 : 1 + Math.floor(random() * ACKNOWLEDGEMENTS_MAX);
    for (const line of await runUntilKilled(directory, round, killAt)) {
      const [roomId, sequence, clientMessageId] = line.split(' ');
      const place = `${roomId} ${sequence}`;
      assert(!acknowledged.has(place), `seed ${seed}: ${place} was acknowledged twice`);
      acknowledged.set(place, clientMessageId ?? '');
    }
    checkDatabase(directory, acknowledged, `seed ${seed}, round ${round}`);
  }
  assert(acknowledged.size > ROUNDS, 'Too few acknowledgements to mean anything');
});

/** Returns the lines printed before the process was killed after so many acknowledgements. */
async function runUntilKilled(directory: string, round: number, killAt: number): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let faults = '';
  writer.stderr.on('data', (chunk) => {
    faults += chunk;
  });
  const exited = once(writer, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(writer.stdout)) {
    if (line !== 'opening') lines.push(line);
    if (lines.length >= killAt) writer.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', `The writer ended by itself: ${faults}`);
  return lines;
}

function checkDatabase(
  directory: string,
  acknowledged: ReadonlyMap<string, string>,
  when: string,
): void {
  const database = new DatabaseSync(join(directory, 'parley.db'));
  const all = (sql: string): unknown[][] => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all() as unknown as unknown[][];
  };
  try {
    assert.deepEqual(all('PRAGMA integrity_check'), [['ok']], when);
    assert.deepEqual(all('PRAGMA foreign_key_check'), [], when);
    if (all("SELECT 1 FROM sqlite_schema WHERE name = 'messages'").length === 0) return;

    const stored = new Map(
      all('SELECT room_id, sequence_number, client_message_id FROM messages').map(
        ([roomId, sequence, clientMessageId]) => [`${roomId} ${sequence}`, clientMessageId],
      ),
    );
    for (const [place, clientMessageId] of acknowledged) {
      assert.equal(stored.get(place), clientMessageId, `${when}: ${place} is lost`);
    }
    // No gaps, no repeats, and all tables agree.
    const rooms = all(
      `SELECT r.head_sequence, r.head_ordinal,
         (SELECT count(*) FROM messages m WHERE m.room_id = r.id),
         (SELECT coalesce(max(sequence_number), 0) FROM messages m WHERE m.room_id = r.id),
         (SELECT count(*) FROM room_events e WHERE e.room_id = r.id),
         (SELECT count(*) FROM send_keys k WHERE k.room_id = r.id),
         (SELECT last_read_sequence FROM read_receipts p WHERE p.room_id = r.id)
       FROM rooms r`,
    );
    for (const counts of rooms) assert.equal(new Set(counts).size, 1, `${when}: ${counts}`);
  } finally {
    database.close();
  }
}
