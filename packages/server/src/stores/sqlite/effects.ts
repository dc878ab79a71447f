/** Writes the effects of commands to SQLite. */

import type { Effect } from '../../model/plan-command.ts';
import { appendEntries } from '../sql/audit-chain.ts';
import { writeChange } from '../sql/effects.ts';
import { writeMentions } from '../sql/mentions.ts';
import { toAttachmentsCell } from '../sql/rows.ts';
import type { Database } from './database.ts';
import type { OpenRoomLog } from './room-log-writer.ts';
import { runNow } from './run-now.ts';

/** @param log Of the room, without the event of the command. */
export function writeEffect(database: Database, log: OpenRoomLog, effect: Effect): void {
  if (effect.kind === 'message') {
    insertMessage(database, log, effect);
    return;
  }
  const inherited = runNow(database, writeChange(log.roomId, effect));
  if (inherited?.heirId !== undefined) log.forgetActor(inherited.heirId);
  if (inherited !== undefined) runNow(database, appendEntries([inherited.recorded]));
  if (effect.kind === 'membership-end') log.forgetActor(effect.command.subjectId);
  if (effect.kind === 'admission') log.forgetActor(effect.admission.userId);
}

function insertMessage(
  database: Database,
  log: OpenRoomLog,
  { command, position, reply }: Extract<Effect, { readonly kind: 'message' }>,
): void {
  const { roomId, userId, messageId, content, clientMessageId, attachments, mentions } = command;
  const { sequence, createdAtMs } = position;
  database.run(
    `INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id, parent_id, reply_number, also_to_room, attachments)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    messageId,
    roomId,
    userId,
    content,
    createdAtMs,
    sequence,
    clientMessageId ?? null,
    reply?.parentId ?? null,
    reply?.number ?? null,
    reply?.alsoToRoom === true ? 1 : 0,
    toAttachmentsCell(attachments),
  );
  // Most messages mention no user.
  if (mentions.everyone || mentions.names.length > 0) {
    runNow(database, writeMentions(command, sequence));
  }
  log.moveOwnPosition(messageId, position);
}
