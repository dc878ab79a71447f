/** Mentions: who is meant by the names in a text, and the rows that unread counts read. */
import { mentionNames, type RoomId, type UserId } from '@parley/protocol';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import { MENTIONING_ROLES } from '../../model/user-group.ts';
import { all, type Operation, run } from './operation.ts';

const MAY_MENTION_GROUPS = `a.role IN (${MENTIONING_ROLES.map((role) => `'${role}'`).join(', ')})`;

/** Joins the groups `g` that are named as `n`, if their author `a` may mention groups, with their members `gm` in the room. */
export const MEMBERS_OF_GROUPS = `CROSS JOIN user_groups g CROSS JOIN users a CROSS JOIN user_group_members gm CROSS JOIN memberships m
     WHERE g.handle = n.name AND a.id = n.author_id AND ${MAY_MENTION_GROUPS}
       AND gm.group_id = g.id AND gm.user_id <> n.author_id AND m.room_id = n.room_id AND m.user_id = gm.user_id`;

/** Members whom the commands mention by name or in a group, and who have not blocked the author, by command. */
export function* findMentioned(
  commands: readonly LogCommand[],
): Operation<ReadonlyMap<number, readonly UserId[]>> {
  const written = commands.flatMap((command, number) => {
    if (!('mentions' in command) || command.mentions.everyone) return [];
    const { roomId, userId } = command;
    return command.mentions.names.map((name) => ({
      ...{ number, roomId, userId },
      names: mentionNames(name),
    }));
  });
  const named = written.flatMap(({ names, ...about }) => names.map((name) => ({ ...about, name })));
  if (named.length === 0) return new Map();
  const found = new Map<number, Set<UserId>>();
  const add = (number: number, id: UserId) =>
    found.set(number, (found.get(number) ?? new Set()).add(id));
  const rows = yield* all<NamedRow>(
    `SELECT n.number, u.id, n.name, ${IS_BLOCKED('u.id')}
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS n (number, room_id, author_id, name)
     CROSS JOIN users u CROSS JOIN memberships m
     WHERE u.username_key = n.name AND m.room_id = n.room_id AND m.user_id = u.id`,
    ...columnsOf(named),
  );
  const members = new Map(rows.map((row) => [`${row.number} ${row.name}`, row]));
  const others = written.filter(({ number, names }) => {
    // The first name that is a member's: a dot at the end may belong to the name.
    const member = names.map((name) => members.get(`${number} ${name}`)).find((each) => each);
    if (member !== undefined && member.is_blocked === 0) add(number, member.id);
    return member === undefined;
  });
  if (others.length > 0) {
    const inGroups = yield* all<NamedRow>(
      `SELECT n.number, gm.user_id AS id, n.name, ${IS_BLOCKED('gm.user_id')}
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS n (number, room_id, author_id, name)
       ${MEMBERS_OF_GROUPS}`,
      ...columnsOf(
        others.flatMap(({ names, ...about }) => names.map((name) => ({ ...about, name }))),
      ),
    );
    for (const row of inGroups) if (row.is_blocked === 0) add(row.number, row.id);
  }
  return new Map([...found].map(([number, ids]) => [number, [...ids]]));
}

interface NamedRow {
  readonly number: number;
  readonly id: UserId;
  readonly name: string;
  readonly is_blocked: number;
}

const IS_BLOCKED = (userId: string): string => `CASE WHEN EXISTS (
         SELECT 1 FROM blocks b WHERE b.user_id = ${userId} AND b.blocked_id = n.author_id) THEN 1 ELSE 0 END AS is_blocked`;

type Named = Pick<LogCommand, 'roomId' | 'userId'> & {
  readonly number: number;
  readonly name: string;
};

const columnsOf = (named: readonly Named[]) => [
  named.map(({ number }) => number),
  named.map(({ roomId }) => roomId),
  named.map(({ userId }) => userId),
  named.map(({ name }) => name),
];

/** Writes the mentions of a message's text. A mention of everyone includes the named users. */
export function* writeMentions(
  command: CommandOf<'message' | 'edit'>,
  sequence: number,
): Operation<void> {
  const { everyone, names } = command.mentions;
  if (everyone) return yield* insertMentions(command.roomId, sequence, 'everyone');
  if (names.length === 0) return;
  const mentioned = (yield* findMentioned([command])).get(0) ?? [];
  yield* insertMentions(command.roomId, sequence, mentioned);
}

export function* deleteMentions(roomId: RoomId, sequence: number): Operation<void> {
  yield* run('DELETE FROM mentions WHERE room_id = $1 AND sequence = $2', roomId, sequence);
}

export function* insertMentions(
  roomId: RoomId,
  sequence: number,
  mentioned: readonly UserId[] | 'everyone',
): Operation<void> {
  if (mentioned.length === 0) return;
  // WHERE tells SQLite that a conflict clause follows, not a join.
  yield* run(
    `INSERT INTO mentions (room_id, sequence, user_id)
     SELECT $1, $2, m.user_id FROM unnest($3::text[]) AS m (user_id) WHERE true ON CONFLICT DO NOTHING`,
    roomId,
    sequence,
    mentioned === 'everyone' ? [''] : mentioned,
  );
}
