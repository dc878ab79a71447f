/** Effects of events whose log is outside the database: heads, read positions, mentions. */
import type { MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import { toRecorded } from '../../model/log-entry.ts';
import type { SearchLanguage } from '../../model/stems.ts';
import { countsInRoom } from '../../model/unread.ts';
import type { LoggedMessage, LogRecord } from '../../ports/message-log.ts';
import type { LogEffects } from '../../ports/relational-store.ts';
import { appendEntries } from './audit-chain.ts';
import { countDeletion } from './deletions.ts';
import { placeFiles, releaseFiles } from './files.ts';
import { deleteMentions, insertMentions } from './mentions.ts';
import { deleteVersions, keepText } from './message-versions.ts';
import { all, type Operation, run, runAll } from './operation.ts';
import { indexTexts, unindexMessage } from './search.ts';
import { forgetReplies, writeReply } from './threads.ts';
import { readStep } from './unread.ts';

export function* recordEffects(
  effects: readonly LogEffects[],
  languages: readonly SearchLanguage[],
): Operation<void> {
  // Ordered by id: calls that share rooms cannot deadlock.
  const rooms = yield* all<{ id: RoomId; kind: RoomKind; head_sequence: number }>(
    'SELECT id, kind, head_sequence FROM rooms WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE',
    [...new Set(effects.map(({ roomId }) => roomId))],
  );
  const byRoom = Map.groupBy(effects, ({ roomId }) => roomId);
  const added = rooms.map((room) => {
    const records = (byRoom.get(room.id) ?? []).flatMap((each) => each.records);
    // Effects are recorded once, in order, also if several nodes record them.
    return { room, records: records.filter(({ sequence }) => sequence > room.head_sequence) };
  });
  yield* moveHeads(added.flatMap(({ records }) => records.at(-1) ?? []));
  const own = added.flatMap(({ room, records }) => ownMessages(records, room.kind));
  const direct = added.flatMap(({ room, records }) =>
    room.kind === 'direct' ? ownMessages(records, room.kind) : [],
  );
  for (const record of direct) {
    const { roomId, actorId: userId, sequence, ordinal, createdAtMs: atMs } = record;
    // The author has read the earlier messages by now.
    yield* run(...readStep({ roomId, userId, sequence, ordinal: ordinal - 1, atMs }));
    yield* movePositions([record]);
  }
  yield* movePositions(own);
  yield* noteWriters(direct);
  const messages = new Map(
    effects.flatMap((each) => each.messages.map((message) => [keyOf(message), message] as const)),
  );
  const authors = new Map([...messages.values()].map(({ id, userId }) => [id, userId]));
  const texts = new Map<string, LoggedMessage>();
  for (const record of added.flatMap(({ records }) => records)) {
    const { roomId, kind, messageSequence, mentioned, keepsMentions, fileIds, replaced } = record;
    if (messageSequence === undefined) continue;
    const place = { roomId, sequence: messageSequence };
    if (replaced !== undefined) yield* keepText(place, replaced, record.sequence);
    if (mentioned !== undefined) {
      if (kind !== 'message' && keepsMentions !== true) {
        yield* deleteMentions(roomId, messageSequence);
      }
      yield* insertMentions(roomId, messageSequence, mentioned);
    }
    if (kind === 'message') yield* noteReply(record, messages, authors);
    if (fileIds !== undefined) yield* placeFiles(roomId, { fileIds, sequence: messageSequence });
    const message = messages.get(keyOf(record));
    if ((kind === 'message' || kind === 'edit') && message?.isDeleted === false) {
      texts.set(keyOf(record), message);
      if (kind === 'edit') yield* unindexMessage(roomId, messageSequence);
    }
    if (kind !== 'deletion') continue;
    yield* countDeletion(roomId, messageSequence);
    yield* deleteVersions(place);
    yield* runAll(forgetReplies(roomId, 'u.sequence = $2', messageSequence));
    texts.delete(keyOf(record));
    yield* unindexMessage(roomId, messageSequence);
    yield* releaseFiles(roomId, messageSequence);
  }
  yield* indexTexts([...texts.values()], languages);
  const entries = added.flatMap(({ records }) => records.flatMap((each) => toRecorded(each) ?? []));
  yield* appendEntries(entries);
}

function keyOf(of: {
  readonly roomId: RoomId;
  readonly sequence: number;
  readonly messageSequence?: number | undefined;
}): string {
  return `${of.roomId} ${of.messageSequence ?? of.sequence}`;
}

function* moveHeads(last: readonly LogRecord[]): Operation<void> {
  if (last.length === 0) return;
  yield* run(
    `UPDATE rooms AS r SET head_sequence = e.sequence, head_ordinal = e.ordinal, last_event_at = e.created_at
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS e (room_id, sequence, ordinal, created_at)
     WHERE r.id = e.room_id`,
    last.map(({ roomId }) => roomId),
    last.map(({ sequence }) => sequence),
    last.map(({ ordinal }) => ordinal),
    last.map(({ createdAtMs }) => createdAtMs),
  );
}

function* movePositions(records: readonly LogRecord[]): Operation<void> {
  if (records.length === 0) return;
  const latest = [
    ...new Map(records.map((each) => [`${each.roomId} ${each.actorId}`, each])).values(),
  ];
  yield* run(
    `UPDATE read_receipts AS p SET last_read_at = m.created_at, last_read_message_id = m.id,
       last_read_sequence = m.sequence, last_read_ordinal = m.ordinal
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
       AS m (room_id, user_id, id, sequence, ordinal, created_at)
     WHERE p.room_id = m.room_id AND p.user_id = m.user_id AND p.last_read_sequence < m.sequence`,
    latest.map(({ roomId }) => roomId),
    latest.map(({ actorId }) => actorId),
    latest.map(({ targetId }) => targetId),
    latest.map(({ sequence }) => sequence),
    latest.map(({ ordinal }) => ordinal),
    latest.map(({ createdAtMs }) => createdAtMs),
  );
}

/** The author of the first message is known if the same batch has counted the reply there. */
function* noteReply(
  record: LogRecord,
  messages: ReadonlyMap<string, LoggedMessage>,
  authors: ReadonlyMap<MessageId, UserId>,
): Operation<void> {
  const { roomId, sequence, actorId: authorId, createdAtMs: atMs, mentioned } = record;
  const reply = messages.get(keyOf(record))?.reply;
  if (reply === undefined) return;
  const { parentId: rootId, number } = reply;
  const isInRoom = countsInRoom(reply, { isToEveryone: mentioned === 'everyone' });
  const rootAuthorId = authors.get(rootId);
  yield* writeReply(roomId, {
    ...{ rootId, rootAuthorId, authorId, number, sequence, atMs, isInRoom },
  });
}

/**
 * Keeps who has written in a direct room, which invitations depend on, as a key that no client can
 * use: the other keys are in the log.
 */
function* noteWriters(records: readonly LogRecord[]): Operation<void> {
  for (const { roomId, actorId, targetId, sequence, createdAtMs } of records) {
    yield* run(
      `INSERT INTO send_keys (room_id, sender_id, client_message_id, fingerprint, event_id, sequence, created_at)
       VALUES ($1, $2, '', '', $3, $4, $5) ON CONFLICT (room_id, sender_id, client_message_id) DO NOTHING`,
      roomId,
      actorId,
      targetId,
      sequence,
      createdAtMs,
    );
  }
}

/**
 * Messages that move their author's read position: the last of each author, in a direct room all,
 * because each may be a read step.
 */
function ownMessages(records: readonly LogRecord[], kind: RoomKind): LogRecord[] {
  const messages = records.filter((record) => record.kind === 'message');
  if (kind === 'direct') return messages;
  return [...new Map(messages.map((record) => [record.actorId, record])).values()];
}
