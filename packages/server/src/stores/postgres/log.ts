/** The logs of rooms in PostgreSQL: commits and their outcomes. */
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { NotBegun } from '../../ports/store.ts';
import { reportOutage } from '../report-outage.ts';
import { LOG } from '../sql/log.ts';
import { RETENTION } from '../sql/retention.ts';
import { decideBatch, isStored } from './commit.ts';
import type { Database } from './database.ts';
import { CommitUnanswered } from './failures.ts';
import { findPlainMessage, findPlainOutcome, storePlainMessage } from './plain-message.ts';
import { inPostgres } from './run-later.ts';

/** Milliseconds that a batch of several rooms waits for a lock: one of them holds up the others. */
const SHARED_LOCK_MS = 500;

/** Tables that a message is written to. */
const WRITTEN = [
  'rooms',
  'memberships',
  'room_events',
  'messages',
  'send_keys',
  'read_receipts',
  'read_steps',
  'mentions',
  'deletion_counts',
  'thread_follows',
  'unread_replies',
  'search_pending',
];

/**
 * Checks that a row can be made durable, and that no other session has locked the tables that
 * commits write to; their rows are not touched. Tables are probed one by one, so that a session
 * that locks several is never blocked in between.
 */
const PROBE: readonly string[] = [
  ...WRITTEN.map((table) => `DELETE FROM ${table} WHERE FALSE`),
  `INSERT INTO store_meta (key, value) VALUES ('probe', '1')
   ON CONFLICT (key) DO UPDATE SET value = CASE store_meta.value WHEN '1' THEN '2' ELSE '1' END`,
];

export function logStore(database: Database): EventLog {
  return {
    async probe() {
      await database.tryAll(PROBE);
    },

    async commit(commands) {
      try {
        return await commitBatch(database, commands);
      } catch (error) {
        return reportOutage(commands, error);
      }
    },

    ...inPostgres(database, LOG),
    ...inPostgres(database, RETENTION),
  };
}

async function commitBatch(
  database: Database,
  commands: readonly LogCommand[],
): Promise<CommitOutcome[]> {
  const plain = findPlainMessage(commands);
  const outcome = plain && (await commitPlain(database, plain));
  return outcome ? [outcome] : commitDecided(database, commands);
}

/** Returns undefined if nothing was stored, because something about the message is unusual. */
async function commitPlain(
  database: Database,
  command: CommandOf<'message'>,
): Promise<CommitOutcome | undefined> {
  try {
    return await storePlainMessage(database, command);
  } catch (error) {
    return determineOutcome(error, () => findPlainOutcome(database, command));
  }
}

async function commitDecided(
  database: Database,
  commands: readonly LogCommand[],
): Promise<CommitOutcome[]> {
  const isShared = new Set(commands.map(({ roomId }) => roomId)).size > 1;
  let outcomes: CommitOutcome[] = [];
  try {
    return await database.commit(
      async (queries) => {
        const decided = await decideBatch(queries, commands);
        outcomes = decided.result;
        return decided;
      },
      isShared ? SHARED_LOCK_MS : undefined,
    );
  } catch (error) {
    return determineOutcome(error, async () =>
      (await isStored(database, commands, outcomes)) ? outcomes : undefined,
    );
  }
}

/**
 * Finds the outcome of a commit whose answer is lost. No other commit to its rooms runs meanwhile:
 * the caller waits, and other nodes wait for the locks.
 *
 * @param find Returns undefined if nothing is stored.
 * @throws NotBegun if nothing is stored, otherwise the given error if the outcome stays unknown, or
 * if it is another error.
 */
async function determineOutcome<T>(error: unknown, find: () => Promise<T | undefined>): Promise<T> {
  if (!(error instanceof CommitUnanswered)) throw error;
  const outcome = await find().catch(() => {
    throw error;
  });
  if (outcome === undefined) throw new NotBegun('The COMMIT did not arrive', { cause: error });
  return outcome;
}
