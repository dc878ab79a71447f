/** Commands about groups of users, which a mention reaches together. */
import { LIMITS } from '../limits.ts';
import { command, EXAMPLE_IDS } from './command.ts';
import type { InputTypes } from './input-types.ts';

const userIds = (t: InputTypes) =>
  t.Optional(t.Array(t.Id, { maxItems: LIMITS.userGroupChangesMax }));

export const USER_GROUP_COMMANDS = {
  create_user_group: command({
    summary:
      'Creates a group of users that a mention of its handle reaches, for owners and admins of the server.',
    reply:
      '`user_group {group: {id, handle, name, memberCount, joined?}}`. A handle has the form of a username, in small letters, and neither a user nor another group has it or a former username: otherwise `CONFLICT`, also for a user who registers with it later. The name is one line of at most 40 characters. At most 200 groups of 1000 members; `userIds` names up to 100 of them',
    others:
      '`user_groups_changed {user: {id, username, …, groups?}}` to users who are members from now on',
    tier: 'stable',
    limit: 'changes',
    audited: ['usergroup.create'],
    answer: 'user_group',
    input: (t) => t.Object({ handle: t.String(), name: t.String(), userIds: userIds(t) }),
    example: { handle: 'design', name: 'Design', userIds: [EXAMPLE_IDS.user] },
    http: {
      kind: 'derived',
      route: 'POST /api/user-groups',
      operation: 'createUserGroup',
      body: 'newUserGroup',
      status: 201,
    },
  }),
  update_user_group: command({
    summary:
      'Changes handle, name or members of a group of users, for owners and admins of the server.',
    reply:
      '`user_group {group}`. Absent fields stay; `add` and `remove` name up to 100 users each, and a user in both stays or becomes a member. Mentions that are stored keep their readers',
    others:
      '`user_groups_changed {user: {id, username, …, groups?}}` to users whose groups or handles have changed',
    tier: 'stable',
    limit: 'changes',
    audited: ['usergroup.update'],
    answer: 'user_group',
    input: (t) =>
      t.Object({
        groupId: t.Id,
        handle: t.Optional(t.String()),
        name: t.Optional(t.String()),
        add: userIds(t),
        remove: userIds(t),
      }),
    example: { groupId: EXAMPLE_IDS.userGroup, name: 'Designers', add: [EXAMPLE_IDS.user] },
    http: {
      kind: 'derived',
      route: 'PATCH /api/user-groups/:groupId',
      operation: 'changeUserGroup',
      body: 'userGroupChange',
    },
  }),
  delete_user_group: command({
    summary: 'Deletes a group of users, for owners and admins of the server.',
    reply: '`user_group_deleted {groupId}`. The users stay; the handle is free at once',
    others: '`user_groups_changed {user: {id, username, …, groups?}}` to its members',
    tier: 'stable',
    limit: 'changes',
    audited: ['usergroup.delete'],
    answer: 'user_group_deleted',
    input: (t) => t.Object({ groupId: t.Id }),
    example: { groupId: EXAMPLE_IDS.userGroup },
    http: {
      kind: 'derived',
      route: 'DELETE /api/user-groups/:groupId',
      operation: 'deleteUserGroup',
    },
  }),
  get_user_groups: command({
    summary: 'Lists the groups of users on the server, by handle.',
    reply:
      '`user_group_list {groups}`, all of them; `joined` marks those of the user. Not for guests: the greeting names their own groups',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'user_group_list',
    input: (t) => t.Object({}),
    example: {},
    http: { kind: 'derived', route: 'GET /api/user-groups', operation: 'listUserGroups' },
  }),
  get_user_group_members: command({
    summary:
      'Lists the members of a group of users, by username; `next` of the answer is `after` of the next page.',
    reply:
      '`user_group_members {groupId, members: [{id, username, displayName?, …}], hasMore, next?}`, without disabled users. Not for guests',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'user_group_members',
    input: (t) =>
      t.Object({
        groupId: t.Id,
        after: t.Optional(t.Id),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: LIMITS.membersPageMax })),
      }),
    example: { groupId: EXAMPLE_IDS.userGroup },
    http: {
      kind: 'derived',
      route: 'GET /api/user-groups/:groupId/members',
      operation: 'listUserGroupMembers',
    },
  }),
};
