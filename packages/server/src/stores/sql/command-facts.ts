/** Facts by which commands are decided whose log is outside the database. */
import type { RoomId, UserId } from '@parley/protocol';
import type { LogCommand } from '../../model/log-command.ts';
import type { Actor } from '../../model/plan-command.ts';
import { toMuteIfAny } from '../../model/restriction.ts';
import { toRole, toRoomRole } from '../../model/stored-role.ts';
import type { CommandFacts } from '../../ports/relational-store.ts';
import { findFreeFiles } from './files.ts';
import { findMentioned } from './mentions.ts';
import { all, type Operation } from './operation.ts';

export function* readFacts(commands: readonly LogCommand[]): Operation<CommandFacts[]> {
  const actors = yield* readActors(commands);
  const closed = yield* readClosed([...new Set(commands.map(({ roomId }) => roomId))]);
  const mentioned = yield* findMentioned(commands);
  const free = yield* findFreeFiles(commands);
  return commands.map((command, index) => ({
    actor: actors.get(authorNameOf(command)),
    isBlocked: closed.has(command.roomId),
    freeFileIds: free.get(index) ?? [],
    mentionedIds: mentioned.get(index) ?? [],
  }));
}

export type Author = Pick<LogCommand, 'roomId' | 'userId'>;

export function authorNameOf({ roomId, userId }: Author): string {
  return `${roomId} ${userId}`;
}

/** The authors as members of their rooms, by `authorNameOf`. */
export function* readActors(authors: readonly Author[]): Operation<Map<string, Actor>> {
  const pairs = [...new Map(authors.map((each) => [authorNameOf(each), each])).values()];
  // CROSS JOIN keeps the order in SQLite: from the authors.
  const rows = yield* all<{
    room_id: RoomId;
    user_id: UserId;
    username: string;
    role: string;
    room_role: string;
    muted_until: number | null;
    mute_reason: string | null;
  }>(
    `SELECT m.room_id, m.user_id, u.username, u.role, m.role AS room_role, m.muted_until, m.mute_reason
     FROM unnest($1::text[], $2::text[]) AS c (room_id, user_id) CROSS JOIN memberships m CROSS JOIN users u
     WHERE m.room_id = c.room_id AND m.user_id = c.user_id AND u.id = m.user_id`,
    pairs.map(({ roomId }) => roomId),
    pairs.map(({ userId }) => userId),
  );
  return new Map(
    rows.map(({ room_id: roomId, user_id: userId, username, role, room_role, ...cells }) => [
      authorNameOf({ roomId, userId }),
      {
        ...{ username, role: toRole(role), roomRole: toRoomRole(room_role) },
        mute: toMuteIfAny(cells),
      },
    ]),
  );
}

/** The direct rooms in which one of the two users has blocked the other. */
export function* readClosed(roomIds: readonly RoomId[]): Operation<ReadonlySet<RoomId>> {
  // CROSS JOIN keeps the order in SQLite: from the two members, never from all blocks.
  const rows = yield* all<{ id: RoomId }>(
    `SELECT DISTINCT r.id FROM rooms r CROSS JOIN memberships one CROSS JOIN memberships other CROSS JOIN blocks b
     WHERE r.id = ANY($1::text[]) AND r.kind = 'direct' AND one.room_id = r.id AND other.room_id = r.id
       AND b.user_id = one.user_id AND b.blocked_id = other.user_id`,
    roomIds,
  );
  return new Set(rows.map(({ id }) => id));
}
