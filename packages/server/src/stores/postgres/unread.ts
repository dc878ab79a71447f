/** Read positions and unread messages in PostgreSQL. */

import { LIMITS, type UserId } from '@parley/protocol';
import type { OwnMembership } from '../../model/listed-room.ts';
import { toRoomRole } from '../../model/stored-role.ts';
import { countUnread, type Unread } from '../../model/unread.ts';
import { deletionsAbove } from '../sql/deletions.ts';
import { type NotificationCell, toNotificationLevel } from '../sql/rows.ts';

export interface UnreadRow {
  readonly head_ordinal: number;
  readonly room_role: string;
  readonly marked_unread: number;
  readonly notification_level: NotificationCell;
  readonly last_read_sequence: number;
  readonly last_read_ordinal: number;
  readonly pruned_ordinal: number;
  readonly deleted_unread: number;
  readonly first_unread: number | null;
  readonly mention_count: number;
}

/**
 * Columns of a room `r`, a membership `m` and its read position `p`. Subqueries on other tables run
 * only if something is unread, which is rare.
 */
export const UNREAD_COLUMNS = `r.head_ordinal, m.role AS room_role, m.marked_unread, m.notification_level, p.last_read_sequence,
  p.last_read_ordinal, r.pruned_ordinal,
  CASE WHEN r.head_ordinal > p.last_read_ordinal THEN
    ${deletionsAbove('r.id', 'greatest(p.last_read_sequence, r.first_sequence - 1)')}
  ELSE 0 END AS deleted_unread,
  CASE WHEN r.head_ordinal > p.last_read_ordinal THEN
    (SELECT min(s.sequence_number) FROM messages s WHERE s.room_id = r.id AND s.sequence_number > p.last_read_sequence)
  END AS first_unread,
  CASE WHEN r.head_ordinal > p.last_read_ordinal THEN
    (SELECT count(*) FROM (SELECT 1 FROM mentions n WHERE n.room_id = r.id AND n.user_id IN (p.user_id, '')
       AND n.sequence > p.last_read_sequence LIMIT ${LIMITS.mentionCountMax}) counted)
  ELSE 0 END AS mention_count`;

export function toMembership(row: UnreadRow): OwnMembership {
  const { last_read_sequence: sequence, last_read_ordinal: ordinal } = row;
  return {
    role: toRoomRole(row.room_role),
    read: { sequence, ordinal },
    unread: toUnread(row),
    notificationLevel: toNotificationLevel(row.notification_level),
  };
}

export function toUnread(row: UnreadRow): Unread {
  const later = countUnread(row.head_ordinal, row.last_read_ordinal, row.pruned_ordinal);
  const unreadCount = later - row.deleted_unread;
  const isNone = unreadCount === 0;
  return {
    unreadCount,
    mentionCount: isNone ? 0 : row.mention_count,
    firstSequence: isNone ? undefined : (row.first_unread ?? undefined),
    isMarkedUnread: row.marked_unread === 1,
  };
}

export type MemberUnreadRow = UnreadRow & { readonly user_id: UserId };
