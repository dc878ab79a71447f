/** Collects the messages of a batch to write them with one statement per table. */
import { type Mentions, type MessageId, mentionNames } from '@parley/protocol';
import type { CommandOf } from '../../model/log-command.ts';
import type { ReplyPosition } from '../../model/message.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { MEMBERS_OF_GROUPS } from '../sql/mentions.ts';
import { toAttachmentsCell } from '../sql/rows.ts';
import type { Write } from './transaction.ts';

interface NewMessage {
  readonly command: CommandOf<'message'>;
  readonly position: LogPosition;
  readonly isDirect: boolean;
  readonly reply: ReplyPosition | undefined;
}

export class MessageBatch {
  #messages: NewMessage[] = [];
  #ids = new Set<MessageId>();

  add(message: NewMessage): void {
    this.#messages.push(message);
    this.#ids.add(message.command.messageId);
  }

  /** Whether this message is not yet written. */
  has(id: MessageId): boolean {
    return this.#ids.has(id);
  }

  /** Returns the statements that write the collected messages, in their order. */
  take(): Write[] {
    const messages = this.#messages;
    if (messages.length === 0) return [];
    this.#messages = [];
    this.#ids = new Set();
    const mentioning = messages.map(({ command, position }) => ({
      position,
      mentions: command.mentions,
    }));
    return [
      insertMessages(messages),
      ...writeReadSteps(messages),
      moveOwnPositions(messages),
      ...insertMentions(mentioning),
    ];
  }
}

function insertMessages(messages: readonly NewMessage[]): Write {
  return {
    sql: `INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id, parent_id, reply_number, also_to_room, attachments)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::text[])`,
    values: [
      messages.map(({ command }) => command.messageId),
      messages.map(({ position }) => position.roomId),
      messages.map(({ position }) => position.actorId),
      messages.map(({ command }) => command.content),
      messages.map(({ position }) => position.createdAtMs),
      messages.map(({ position }) => position.sequence),
      messages.map(({ command }) => command.clientMessageId ?? null),
      messages.map(({ reply }) => reply?.parentId ?? null),
      messages.map(({ reply }) => reply?.number ?? null),
      messages.map(({ reply }) => (reply?.alsoToRoom === true ? 1 : 0)),
      messages.map(({ command }) => toAttachmentsCell(command.attachments)),
    ],
  };
}

/**
 * Writes read steps in direct rooms: an author who had not read all earlier messages has read them
 * by now. Runs before the positions move; for several messages of an author the previous one counts
 * as read.
 */
function writeReadSteps(messages: readonly NewMessage[]): Write[] {
  const own = new Map<string, number>();
  const steps = messages.filter(({ position: { roomId, actorId, ordinal }, isDirect }) => {
    if (!isDirect) return false;
    const author = `${roomId} ${actorId}`;
    const former = own.get(author);
    own.set(author, ordinal);
    return former === undefined || former < ordinal - 1;
  });
  if (steps.length === 0) return [];
  return [
    {
      sql: `INSERT INTO read_steps (room_id, user_id, sequence, read_at)
     SELECT p.room_id, p.user_id, m.sequence, m.created_at
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
       AS m (room_id, user_id, sequence, ordinal, created_at)
     JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
     WHERE p.last_read_ordinal < m.ordinal - 1`,
      values: [
        steps.map(({ position }) => position.roomId),
        steps.map(({ position }) => position.actorId),
        steps.map(({ position }) => position.sequence),
        steps.map(({ position }) => position.ordinal),
        steps.map(({ position }) => position.createdAtMs),
      ],
    },
  ];
}

/**
 * Moves the author's read position, so that the unread count is a subtraction. For several messages
 * of an author the last one counts.
 */
function moveOwnPositions(messages: readonly NewMessage[]): Write {
  const latest = [
    ...new Map(
      messages.map((each) => [`${each.position.roomId} ${each.position.actorId}`, each]),
    ).values(),
  ];
  return {
    sql: `UPDATE read_receipts p SET last_read_at = m.created_at, last_read_message_id = m.id,
       last_read_sequence = m.sequence, last_read_ordinal = m.ordinal
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
       AS m (room_id, user_id, id, sequence, ordinal, created_at)
     WHERE p.room_id = m.room_id AND p.user_id = m.user_id`,
    values: [
      latest.map(({ position }) => position.roomId),
      latest.map(({ position }) => position.actorId),
      latest.map(({ command }) => command.messageId),
      latest.map(({ position }) => position.sequence),
      latest.map(({ position }) => position.ordinal),
      latest.map(({ position }) => position.createdAtMs),
    ],
  };
}

/** A mention of everyone, stored with an empty id, includes the named users and groups. */
function insertMentions(
  mentioning: readonly {
    readonly position: Pick<LogPosition, 'roomId' | 'sequence' | 'actorId'>;
    readonly mentions: Mentions;
  }[],
): Write[] {
  const named = mentioning.flatMap(({ position, mentions }) =>
    (mentions.everyone ? [''] : mentions.names).flatMap((written) =>
      (written === '' ? [''] : mentionNames(written)).map((name, rank) => {
        return { ...position, written, name, rank };
      }),
    ),
  );
  if (named.length === 0) return [];
  return [
    {
      sql: `WITH named AS (
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::int[])
         AS n (room_id, sequence, name, author_id, written, rank)
     ), meant AS (
       SELECT DISTINCT ON (n.room_id, n.sequence, n.written)
         n.room_id, n.sequence, n.author_id, m.user_id
       FROM named n JOIN users u ON u.username_key = n.name
         JOIN memberships m ON m.room_id = n.room_id AND m.user_id = u.id
       ORDER BY n.room_id, n.sequence, n.written, n.rank
     ), reached AS (
       SELECT room_id, sequence, author_id, user_id FROM meant
       UNION SELECT n.room_id, n.sequence, n.author_id, gm.user_id FROM named n ${MEMBERS_OF_GROUPS}
     )
     INSERT INTO mentions (room_id, sequence, user_id)
     SELECT room_id, sequence, '' FROM named WHERE name = ''
     UNION ALL
     SELECT DISTINCT n.room_id, n.sequence, n.user_id FROM reached n
       WHERE NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = n.user_id AND b.blocked_id = n.author_id)`,
      values: [
        named.map(({ roomId }) => roomId),
        named.map(({ sequence }) => sequence),
        named.map(({ name }) => name),
        named.map(({ actorId }) => actorId),
        named.map(({ written }) => written),
        named.map(({ rank }) => rank),
      ],
    },
  ];
}
