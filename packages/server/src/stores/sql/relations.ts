/** Rows behind `LogRelations` in both SQL stores. */
import type { RoomId, RoomKind, UserId } from '@parley/protocol';
import type { AccessLostReason } from '../../model/room-event.ts';
import type { LogRecord } from '../../ports/message-log.ts';
import type { LoggedRoom, PendingLoss } from '../../ports/relational-store.ts';
import { HEAD_COLUMNS, type HeadRow, toEpoch } from './rows.ts';

export interface LoggedRoomRow extends HeadRow {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly visibility: 'public' | 'private';
  readonly archived_at: number | null;
  readonly created_at: number;
}

export const LOGGED_ROOM_COLUMNS = `r.id, r.kind, r.visibility, r.archived_at, r.created_at, ${HEAD_COLUMNS}`;

export function toLoggedRoom(row: LoggedRoomRow): LoggedRoom {
  return {
    roomId: row.id,
    kind: row.kind,
    visibility: row.visibility,
    isArchived: row.archived_at !== null,
    epoch: toEpoch(row),
    createdAtMs: row.created_at,
    head: {
      sequence: row.head_sequence,
      ordinal: row.head_ordinal,
      lastEventAtMs: row.last_event_at,
    },
    firstSequence: row.first_sequence,
    prunedOrdinal: row.pruned_ordinal,
  };
}

/** Named one by one: a prepared statement with `*` fails when a newer node adds a column. */
export const LOSS_COLUMNS =
  'id, room_id, actor_id, subject_id, username, reason, fingerprint, admitted_at';

export interface LossRow {
  readonly id: string;
  readonly room_id: RoomId;
  readonly actor_id: UserId;
  readonly subject_id: UserId;
  readonly username: string;
  readonly reason: AccessLostReason;
  readonly fingerprint: string;
  readonly admitted_at: number;
}

export function toPendingLoss(row: LossRow): PendingLoss {
  return {
    id: row.id,
    username: row.username,
    command: {
      kind: 'access-lost',
      roomId: row.room_id,
      userId: row.actor_id,
      subjectId: row.subject_id,
      reason: row.reason,
      clientMessageId: undefined,
      fingerprint: row.fingerprint,
      admittedAtMs: row.admitted_at,
    },
  };
}

/**
 * Messages that move their author's read position: the last of each author, in a direct room all,
 * because each may be a read step.
 */
export function ownMessages(records: readonly LogRecord[], kind: RoomKind): LogRecord[] {
  const messages = records.filter((record) => record.kind === 'message');
  if (kind === 'direct') return messages;
  return [...new Map(messages.map((record) => [record.actorId, record])).values()];
}
