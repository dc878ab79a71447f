/**
 * Commits a message alone, which is most batches of a server that is not busy, in one round trip: a
 * function of the database locks the log of the room, and stores the message if nothing about it is
 * unusual (docs/decisions/0089). Everything else is decided in `commit.ts`, and so is a message that
 * the function refuses.
 */
import { fileIdsOf } from '@parley/protocol';
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import { storedMessage } from '../../model/new-message.ts';
import { GENERATION, toAttachmentsCell, toEpoch } from '../sql/rows.ts';
import type { Database } from './database.ts';

interface StoredRow {
  readonly sequence: number;
  readonly ordinal: number;
  readonly created_at: number;
  readonly log_id: string;
  readonly generation: string;
  readonly username: string;
}

type MessageCommand = CommandOf<'message'>;

/** Returns the command if it is alone and nothing about the request is unusual. */
export function findPlainMessage(commands: readonly LogCommand[]): MessageCommand | undefined {
  const [command] = commands;
  if (commands.length !== 1 || command?.kind !== 'message') return undefined;
  const { parentId, mentions, attachments } = command;
  const isPlain = parentId === undefined && !mentions.everyone && mentions.names.length === 0;
  return isPlain && fileIdsOf(attachments).length === 0 ? command : undefined;
}

/**
 * Returns undefined if nothing was stored, because something about the message is unusual.
 *
 * @throws {CommitUnanswered} if it is unknown whether it is stored: see `findPlainOutcome`.
 */
export async function storePlainMessage(
  database: Database,
  command: MessageCommand,
): Promise<CommitOutcome | undefined> {
  const [row] = await database.commitOne<StoredRow>(
    `SELECT new_sequence AS sequence, new_ordinal AS ordinal, new_created_at AS created_at,
       room_log_id AS log_id, store_generation AS generation, author_username AS username
     FROM store_plain_message($1, $2, $3, $4, $5, $6, $7, $8)`,
    command.roomId,
    command.userId,
    command.messageId,
    command.content,
    toAttachmentsCell(command.attachments),
    command.admittedAtMs,
    command.clientMessageId ?? null,
    command.fingerprint,
  );
  return row && toOutcome(command, row);
}

/**
 * Finds a message whose commit was not answered. The room's lock is free after that transaction has
 * ended, either way.
 *
 * @throws StoreUnavailable when the answer cannot be determined now.
 */
export async function findPlainOutcome(
  database: Database,
  command: MessageCommand,
): Promise<CommitOutcome | undefined> {
  return database.checkCommit(async (queries) => {
    await queries.one('SELECT id FROM rooms WHERE id = $1 FOR NO KEY UPDATE', command.roomId);
    const row = await queries.one<StoredRow>(
      `SELECT e.sequence, e.ordinal, e.created_at, r.log_id, ${GENERATION} AS generation, u.username
       FROM messages m JOIN room_events e ON e.room_id = m.room_id AND e.sequence = m.sequence_number
       JOIN rooms r ON r.id = m.room_id JOIN users u ON u.id = m.user_id WHERE m.id = $1`,
      command.messageId,
    );
    return row && toOutcome(command, row);
  });
}

function toOutcome(command: MessageCommand, row: StoredRow): CommitOutcome {
  const { sequence, ordinal, created_at: createdAtMs, username: sender } = row;
  const position = { epoch: toEpoch(row), sequence, ordinal, createdAtMs };
  return storedMessage(command, position, { sender, reply: undefined });
}
