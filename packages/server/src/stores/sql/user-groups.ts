/** Groups of users: operations of the store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { User } from '../../model/user.ts';
import {
  USER_GROUP_MEMBERS_MAX,
  USER_GROUPS_MAX,
  type UserGroup,
  type UserGroupChange,
} from '../../model/user-group.ts';
import { audited } from './audit-chain.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import { digestOfName } from './removals.ts';
import { isDisabledRow, toUser, USER_COLUMNS, type UserRow } from './rows.ts';

interface GroupRow {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly member_count: number;
  readonly created_at: number;
}

const GROUPS = 'SELECT id, handle, name, member_count, created_at FROM user_groups';

function toGroup({
  member_count: memberCount,
  created_at: createdAtMs,
  ...row
}: GroupRow): UserGroup {
  return { ...row, memberCount, createdAtMs };
}

function* listUserGroups(): Operation<UserGroup[]> {
  return (yield* all<GroupRow>(`${GROUPS} ORDER BY handle`)).map(toGroup);
}

function* listUserGroupsOf(
  userIds: readonly UserId[],
): Operation<{ userId: UserId; groupId: string; handle: string }[]> {
  const rows = yield* all<{ user_id: UserId; group_id: string; handle: string }>(
    `SELECT m.user_id, m.group_id, g.handle FROM user_group_members m JOIN user_groups g ON g.id = m.group_id
     WHERE m.user_id = ANY($1::text[]) ORDER BY g.handle`,
    userIds,
  );
  return rows.map(({ user_id: userId, group_id: groupId, handle }) => ({
    ...{ userId, groupId, handle },
  }));
}

function* listUserGroupMembers(groupId: string, nowMs: number): Operation<User[]> {
  const rows = yield* all<UserRow>(
    `SELECT ${USER_COLUMNS} FROM user_group_members m JOIN users u ON u.id = m.user_id
     WHERE m.group_id = $1 AND NOT ${isDisabledRow('u', '$2')} ORDER BY u.username_key`,
    ...[groupId, nowMs],
  );
  return rows.map(toUser);
}

/**
 * Whether a group has this name. Until the end of the transaction, no group and no user takes it: call it before
 * either does.
 */
export function* isGroupHandle(name: string, exceptId = ''): Operation<boolean> {
  yield* all({ own: 'lockKeys' }, [`name ${name}`]);
  const sql = 'SELECT id FROM user_groups WHERE handle = $1 AND id <> $2';
  return (yield* one(sql, name, exceptId)) !== undefined;
}

function* isTaken(handle: string, id: string): Operation<boolean> {
  if (yield* isGroupHandle(handle, id)) return true;
  const user = 'SELECT id FROM users WHERE username_key = $1';
  if ((yield* one(user, handle)) !== undefined) return true;
  const former = 'SELECT 1 AS found FROM former_names WHERE name_digest = $1';
  return (yield* one(former, digestOfName(handle))) !== undefined;
}

/** Returns the new number of members. */
function* addMembers(groupId: string, userIds: readonly UserId[]): Operation<number> {
  yield* run(
    `INSERT INTO user_group_members (group_id, user_id)
     SELECT $1, u.id FROM users u WHERE u.id = ANY($2::text[]) AND u.deleted_at IS NULL
     ON CONFLICT (group_id, user_id) DO NOTHING`,
    groupId,
    userIds,
  );
  yield* run(
    `UPDATE user_groups SET member_count = (SELECT count(*) FROM user_group_members WHERE group_id = $1)
     WHERE id = $1`,
    groupId,
  );
  const row = yield* one<GroupRow>(`${GROUPS} WHERE id = $1`, groupId);
  return row?.member_count ?? 0;
}

function* storeGroup(
  group: Omit<UserGroup, 'memberCount'>,
  memberIds: readonly UserId[],
): Operation<UserGroup | 'taken' | 'too-many' | 'too-large'> {
  const { id, handle, name, createdAtMs } = group;
  if (new Set(memberIds).size > USER_GROUP_MEMBERS_MAX) return 'too-large';
  // One group is created at a time, so that there are never more.
  yield* all({ own: 'lockKeys' }, ['user groups']);
  const known = yield* all(`SELECT id FROM user_groups LIMIT ${USER_GROUPS_MAX}`);
  if (known.length === USER_GROUPS_MAX) return 'too-many';
  if (yield* isTaken(handle, id)) return 'taken';
  yield* run(
    'INSERT INTO user_groups (id, handle, name, member_count, created_at) VALUES ($1, $2, $3, 0, $4)',
    ...[id, handle, name, createdAtMs],
  );
  return { ...group, memberCount: yield* addMembers(id, memberIds) };
}

function* listMemberIds(groupId: string): Operation<UserId[]> {
  const sql = 'SELECT user_id FROM user_group_members WHERE group_id = $1';
  return (yield* all<{ user_id: UserId }>(sql, groupId)).map(({ user_id: id }) => id);
}

function* writeChange(
  groupId: string,
  { handle, name, added, removed }: UserGroupChange,
): Operation<
  | { readonly group: UserGroup; readonly userIds: readonly UserId[] }
  | 'unknown'
  | 'taken'
  | 'too-large'
> {
  const row = yield* one<GroupRow>(`${GROUPS} WHERE id = $1 FOR UPDATE`, groupId);
  if (row === undefined) return 'unknown';
  if (handle !== undefined && (yield* isTaken(handle, groupId))) return 'taken';
  const before = yield* listMemberIds(groupId);
  // Decided before the first write: the operation ends without an error, and its writes are kept.
  const wanted = new Set(before);
  for (const id of removed) wanted.delete(id);
  for (const id of added) wanted.add(id);
  if (wanted.size > USER_GROUP_MEMBERS_MAX) return 'too-large';
  yield* run(
    'UPDATE user_groups SET handle = $2, name = $3 WHERE id = $1',
    ...[groupId, handle ?? row.handle, name ?? row.name],
  );
  yield* run(
    'DELETE FROM user_group_members WHERE group_id = $1 AND user_id = ANY($2::text[])',
    groupId,
    removed.filter((id) => !wanted.has(id)),
  );
  const memberCount = yield* addMembers(groupId, added);
  const group = toGroup({ ...row, handle: handle ?? row.handle, name: name ?? row.name });
  const isRenamed = group.handle !== row.handle;
  const userIds = [...new Set([...(isRenamed ? before : []), ...added, ...removed])];
  return { group: { ...group, memberCount }, userIds };
}

function* removeGroup(groupId: string): Operation<UserId[] | undefined> {
  const row = yield* one<GroupRow>(`${GROUPS} WHERE id = $1 FOR UPDATE`, groupId);
  if (row === undefined) return undefined;
  const memberIds = yield* listMemberIds(groupId);
  yield* run('DELETE FROM user_groups WHERE id = $1', groupId);
  return memberIds;
}

export const USER_GROUPS = {
  reads: { listUserGroups, listUserGroupsOf, listUserGroupMembers },
  writes: {},
  transactions: {
    insertUserGroup: audited(
      storeGroup,
      (
        result,
        { id, handle }: Omit<UserGroup, 'memberCount'>,
        memberIds: readonly UserId[],
        by: By,
      ) =>
        typeof result === 'string'
          ? undefined
          : {
              ...{ ...by, action: 'usergroup.create', target: id },
              detail: [handle, ...memberIds.map((each) => `+${each}`)].join(' '),
            },
    ),
    changeUserGroup: audited(
      writeChange,
      (result, target: string, { handle, name, added, removed }: UserGroupChange, by: By) =>
        typeof result === 'string'
          ? undefined
          : {
              ...{ ...by, action: 'usergroup.update', target },
              detail: [
                ...(handle === undefined ? [] : ['handle', handle]),
                ...(name === undefined ? [] : ['name']),
                ...added.map((each) => `+${each}`),
                ...removed.map((each) => `-${each}`),
              ].join(' '),
            },
    ),
    deleteUserGroup: audited(removeGroup, (memberIds, target: string, by: By) =>
      memberIds === undefined ? undefined : { ...by, action: 'usergroup.delete', target },
    ),
  },
} satisfies Feature;
