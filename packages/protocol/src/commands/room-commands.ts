/** Commands about rooms, and the user in them. */
import { LIMITS } from '../limits.ts';
import { command, EXAMPLE_IDS } from './command.ts';

export const ROOM_COMMANDS = {
  join_room: command({
    summary: 'Opens a room, and makes the user a member of it.',
    reply:
      '`room_joined {roomId, roomName, room: {id, name, topic?, memberCount, memberTotal}, members, memberCount, memberTotal, history, events, memberships?, headSequence, epoch, truncated}`',
    others: '`user_joined {roomId, userId, username}`',
    tier: 'stable',
    limit: ['creations', 'changes'],
    forTokens: true,
    answer: 'room_joined',
    input: (t) =>
      t.Object({
        roomName: t.Optional(t.String()),
        roomId: t.Optional(
          t.Id,
        ) /** If false, a room that does not exist is answered with `NOT_FOUND` instead of being created. */,
        create: t.Optional(t.Boolean()),
        ...t.position,
      }),
    example: { roomId: EXAMPLE_IDS.room },
    http: { kind: 'own', route: 'PUT /api/rooms/:roomId/members/me' },
  }),
  leave_room: command({
    summary: 'Closes a room, or leaves it.',
    reply:
      '`room_left {roomId}`: the room is closed on this connection, the membership stays. With `membership: true`, the membership ends on all connections: `room_left {roomId, reason: "left", sequence}`',
    others:
      '`user_left {roomId, userId, username}`, with `sequence`, `reason`, `actorId` and `timestamp` if the membership ended',
    tier: 'stable',
    limit: 'changes',
    forTokens: { without: 'membership' },
    answer: 'room_left',
    input: (t) =>
      t.Object({
        roomId: t.Id /** If true, also ends the membership; otherwise only closes the room here. */,
        membership: t.Optional(t.Boolean()),
      }),
    example: { roomId: EXAMPLE_IDS.room, membership: true },
    http: { kind: 'own', route: 'DELETE /api/rooms/:roomId/members/me' },
  }),
  get_rooms: command({
    summary:
      'Lists the rooms that the user can see by id, or with `own` those that the user is a member of, latest activity first; `next` of the answer is `after` of the next page.',
    reply:
      '`room_list {rooms: [{id, name, topic?, kind, memberCount, memberTotal, unreadCount, mentionCount, lastActivity, visibility?, pictureUrl?, role?, joined?, canManage?, archived?, posting?, inviting?, pinning?, mentioningAll?, slowModeSeconds?, headSequence?, person?, workspaceId?}], hasMore, next?}`, by id; `q` finds rooms whose names contain it, without accents and case. A page with `q` may be shorter than `limit` although `hasMore` is true: `next` continues. With `own: true` the rooms of your memberships by latest activity, 200 at a time. `next` is `after` of the next page: see [Lists](#lists)',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'room_list',
    input: (t) =>
      t.Object({
        /** If true, lists the rooms that the user is a member of, as `connection_established` does. */
        own: t.Optional(t.Boolean()),
        q: t.Optional(t.String()),
        after: t.Optional(t.Id),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: LIMITS.roomsPageMax })),
      }),
    example: { own: true, limit: 50 },
    http: { kind: 'derived', route: 'GET /api/rooms', operation: 'listRooms' },
  }),
  get_members: command({
    summary:
      'Lists the users who have a room open now, or with the scope `members` those who belong to it, by username; `next` of the answer is `after` of the next page.',
    reply:
      '`member_list {roomId, members, memberCount, hasMore, next?}`, by username; `after` is `next` of the page before, or a userId. With the scope `members` also `memberTotal`, and the `role` of each member: everybody who belongs to the room and is not disabled, those who are not connected with `isOnline: false`. `q` finds members by the beginnings of the words of their names. A page may be shorter than `limit` although `hasMore` is true: `next` continues the list; a search that fits more members than the first 100 has `hasMore` without `next`',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'member_list',
    input: (t) =>
      t.Object({
        roomId: t.Id,
        /** Default: `present`; over HTTP `members`. */
        scope: t.Optional(t.Union([t.Literal('members'), t.Literal('present')])),
        q: t.Optional(t.String()),
        after: t.Optional(t.Id),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: LIMITS.membersPageMax })),
      }),
    example: { roomId: EXAMPLE_IDS.room, scope: 'members' },
    http: {
      kind: 'derived',
      route: 'GET /api/rooms/:roomId/members',
      operation: 'listRoomMembers',
      defaults: { scope: 'members' },
    },
  }),
  resume: command({
    summary: 'Opens rooms from the last events that the client has.',
    reply:
      '`resumed {rooms}`: for each room the fields of `room_joined`, or `{roomId, error: {code}}`',
    others: '`user_joined`',
    tier: 'stable',
    limit: 'reads',
    answer: 'resumed',
    input: (t) =>
      t.Object({
        rooms: t.Array(t.Object({ roomId: t.Id, ...t.position }), {
          maxItems: LIMITS.openRoomsMax,
        }),
      }),
    example: { rooms: [{ roomId: EXAMPLE_IDS.room, lastSequence: 0 }] },
    http: { kind: 'none', reason: 'opens rooms on a connection' },
  }),
  user_typing: command({
    summary: 'Says that the user begins or ends to type.',
    reply: 'none',
    others: '`user_typing {roomId, userId, username, isTyping}`',
    tier: 'stable',
    limit: undefined,
    forTokens: true,
    answer: undefined,
    input: (t) => t.Object({ roomId: t.Optional(t.Id), isTyping: t.Boolean() }),
    example: { roomId: EXAMPLE_IDS.room, isTyping: true },
    http: { kind: 'none', reason: 'ends with the connection' },
  }),
  mark_read: command({
    summary: 'Moves the position up to which the user has read a room.',
    reply: '`read_position {roomId, userId, username, sequence}`',
    others: 'the same',
    tier: 'stable',
    limit: 'readMarks',
    answer: 'read_position',
    input: (t) => t.Object({ roomId: t.Id, sequence: t.Sequence }),
    example: { roomId: EXAMPLE_IDS.room, sequence: 1 },
    http: { kind: 'derived', route: 'PUT /api/rooms/:roomId/read', operation: 'markRead' },
  }),
  mark_unread: command({
    summary: 'Marks a room as unread until it is next marked as read.',
    reply:
      '`read_position`, unchanged; `room_list` shows `markedUnread` until the room is next marked as read',
    others:
      'the same. If you receive your own read position with a sequence that you already have, the mark was set or removed: send `get_rooms`',
    tier: 'stable',
    limit: 'readMarks',
    answer: 'read_position',
    input: (t) => t.Object({ roomId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room },
    http: { kind: 'derived', route: 'DELETE /api/rooms/:roomId/read', operation: 'markUnread' },
  }),
  set_notification_level: command({
    summary:
      'Chooses which messages of a room notify the user: all, only mentions, or nothing, which mutes the room.',
    reply:
      '`notification_level {roomId, level}`: `all`, `mentions` or `nothing`. The server stores it; clients decide what they show',
    others: "none; `notification_level` goes to the user's other connections",
    tier: 'stable',
    limit: 'changes',
    answer: 'notification_level',
    input: (t) => t.Object({ roomId: t.Id, level: t.NotificationLevel }),
    example: { roomId: EXAMPLE_IDS.room, level: 'nothing' },
    http: {
      kind: 'derived',
      route: 'PUT /api/rooms/:roomId/notifications',
      operation: 'setNotificationLevel',
      body: 'notificationLevel',
      fields: ['level'],
    },
  }),
  set_topic: command({
    summary: 'Sets the topic of a room or channel, for users who may manage it; empty for none.',
    reply:
      '`room_changed {roomId, name, topic, posting, inviting, pinning, mentioningAll, slowModeSeconds, archived, visibility, pictureUrl?}`; the topic is one line of at most 250 characters, an empty one removes it. Allowed with `canManage`, as `update_room`',
    others: 'the same, after every change of the settings',
    tier: 'stable',
    limit: 'changes',
    audited: ['room.update'],
    answer: 'room_changed',
    input: (t) => t.Object({ roomId: t.Id, topic: t.String() }),
    example: { roomId: EXAMPLE_IDS.room, topic: 'Lunch at 12' },
    http: {
      kind: 'derived',
      route: 'PUT /api/rooms/:roomId/topic',
      operation: 'setTopic',
      body: 'topic',
      fields: ['topic'],
    },
  }),
  create_room: command({
    summary: 'Creates a room, or with `workspaceId` a channel; the user becomes its owner.',
    reply:
      '`room_settings {room: {id, name, kind, visibility, topic, description, posting, inviting, pinning, mentioningAll, slowModeSeconds, archived, memberTotal, isDefault?, role?, canManage?, canGiveRoles?, canDelete?, canSetDefault?, workspaceId?}}`. Unlike a room that a join has created, it is kept while it is empty. A name that another room has is `CONFLICT`; private rooms may have the names of others. A private room exists for its members only: nobody joins it by name, its owner and moderators add people, by name (`PUT /api/rooms/:roomId/members/:userId`) or with an invitation link. A private channel is hidden from the other members of its workspace too, and only members of the workspace become members of it. With `isDefault`, who is new on the server, or in the workspace of a channel, becomes a member, except guests; owners and admins of the server or workspace decide it, and a private room cannot be one',
    others: '',
    tier: 'stable',
    limit: 'creations',
    answer: 'room_settings',
    input: (t) =>
      t.Object({
        name: t.String(),
        /** Default: `public`. */
        visibility: t.Optional(t.Visibility),
        topic: t.Optional(t.String()),
        description: t.Optional(t.String()),
        ...t.permissions,
        slowModeSeconds: t.Optional(t.SlowMode),
        /** Whether new users become members of it. */
        isDefault: t.Optional(t.Boolean()),
        workspaceId: t.Optional(t.Id),
      }),
    example: { name: 'Lunch', topic: 'At 12' },
    http: { kind: 'derived', route: 'POST /api/rooms', operation: 'createRoom', status: 201 },
  }),
  get_room: command({
    summary: 'Reads the settings of a room.',
    reply: '`room_settings {room}`',
    others: '',
    tier: 'stable',
    limit: 'reads',
    answer: 'room_settings',
    input: (t) => t.Object({ roomId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room },
    http: { kind: 'derived', route: 'GET /api/rooms/:roomId', operation: 'getRoom' },
  }),
  update_room: command({
    summary: 'Changes the settings of a room, for users who may manage it.',
    reply:
      '`room_settings {room}`. Absent fields stay, and an empty topic or description removes it; a description has at most 1000 characters. With `posting: "moderators"` the writes of other members are `FORBIDDEN`, except reactions and deletions of own messages. `pinning`, `inviting` and `mentioningAll` are chosen in the same way: who pins and unpins messages; who lets others into the room, by name, by a link, or by a mention of a user outside; and who mentions `@everyone`, `@room`, `@here` and user groups with more than 20 members. By default, `inviting` is `members` in a public room and `moderators` in a private one. With `slowModeSeconds`, 5 to 21600, a member who is no moderator sends one message in this time, also over several connections and nodes; another is `RATE_LIMITED` with the wait; 0 turns it off. A new name follows the rules of names of new rooms; the old one is free at once, and links by id stay valid. `visibility` makes a room public or private, for those with `canGiveRoles`: a room that becomes private keeps its members and is missing for all others, one that becomes public shows all its messages, which needs a recent proof of identity, and is `CONFLICT` if a public room has its name; a public channel is for the members of its workspace, and only a member of a room makes it private. Allowed with `canManage`: for the owner and moderators of the room, owners and admins of the server, and in a channel also those of the workspace; direct conversations and groups have no settings. `isDefault` is changed with `canSetDefault`, by owners and admins of the server or workspace; a room that becomes private is no longer one',
    others: '`room_changed`',
    tier: 'stable',
    limit: 'changes',
    audited: ['room.update'],
    // Nothing takes back what strangers have read.
    proof: ['visibility=public'],
    answer: 'room_settings',
    input: (t) =>
      t.Object({
        roomId: t.Id,
        name: t.Optional(t.String()),
        topic: t.Optional(t.String()),
        description: t.Optional(t.String()),
        ...t.permissions,
        slowModeSeconds: t.Optional(t.SlowMode),
        /** Whether new users become members of it. */
        isDefault: t.Optional(t.Boolean()),
        /** Of a room, by its owner and those who administer the server: others lose a room that becomes private. */
        visibility: t.Optional(t.Visibility),
      }),
    example: { roomId: EXAMPLE_IDS.room, description: 'Where to eat', posting: 'members' },
    http: { kind: 'derived', route: 'PATCH /api/rooms/:roomId', operation: 'updateRoom' },
  }),
  archive_room: command({
    summary: 'Archives a room, for users who may manage it.',
    reply:
      '`room_settings {room}`. The room can be read, and leaves the lists of those who are not members. Writes are `FORBIDDEN`, except deletions, leaving and removals, and so are changes of its settings and new members',
    others: '`room_changed`',
    tier: 'stable',
    limit: 'changes',
    audited: ['room.archive'],
    answer: 'room_settings',
    input: (t) => t.Object({ roomId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room },
    http: { kind: 'derived', route: 'POST /api/rooms/:roomId/archive', operation: 'archiveRoom' },
  }),
  unarchive_room: command({
    summary: 'Opens an archived room again, for users who may manage it.',
    reply: '`room_settings {room}`',
    others: '`room_changed`',
    tier: 'stable',
    limit: 'changes',
    audited: ['room.unarchive'],
    answer: 'room_settings',
    input: (t) => t.Object({ roomId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room },
    http: {
      kind: 'derived',
      route: 'POST /api/rooms/:roomId/unarchive',
      operation: 'unarchiveRoom',
    },
  }),
  delete_room: command({
    summary:
      'Deletes a room or channel with all its messages, for its owner and those who administer the server or the workspace.',
    reply:
      '`room_left {roomId, reason: "deleted"}`. The room is gone at once, for all: `NOT_FOUND`, and its name is free. Its messages, files and memberships are deleted in steps, also after a restart. Allowed with `canDelete`',
    others: '`room_left {roomId, reason: "deleted"}` to every connection of a member',
    tier: 'stable',
    limit: 'changes',
    audited: ['room.delete'],
    proof: true,
    answer: 'room_left',
    input: (t) => t.Object({ roomId: t.Id }),
    example: { roomId: EXAMPLE_IDS.room },
    http: {
      kind: 'derived',
      route: 'DELETE /api/rooms/:roomId',
      operation: 'deleteRoom',
      fields: ['roomId'],
    },
  }),
  explain: command({
    summary:
      'Says whether a user may do something in a room, and which row of the table of roles decides it; for users who may manage the room, and owners and admins of the server.',
    reply:
      '`explanation {roomId, userId, command, allowed, reason}`: `command` is the type of a command, or the name of an operation of `/api/openapi.json`; `reason` is one sentence that names the [row](operations.md#roles)',
    others: '',
    tier: 'administrative',
    limit: 'reads',
    answer: 'explanation',
    input: (t) => t.Object({ roomId: t.Id, userId: t.Id, command: t.String({ maxLength: 64 }) }),
    example: { roomId: EXAMPLE_IDS.room, userId: EXAMPLE_IDS.user, command: 'delete_message' },
    http: {
      kind: 'derived',
      route: 'GET /api/rooms/:roomId/explain',
      operation: 'explainPermission',
      fields: ['allowed', 'reason'],
    },
  }),
  create_group: command({
    summary: 'Creates a group.',
    reply:
      '`group_created {roomId, name, members, invited?}`: a room of at most 50 users, already open for all its members. `invited` lists users who become members when they accept: strangers of users who want to be asked first (`PUT /api/privacy`). A user who has blocked you is shown as if there were no block, and receives nothing. Other members see the group in `get_rooms` or with its first event. The name is one line of at most 100 characters',
    others: '',
    tier: 'stable',
    limit: 'creations',
    answer: 'group_created',
    input: (t) =>
      t.Object({
        userIds: t.Array(t.Id, { maxItems: LIMITS.groupMembersMax }),
        name: t.Optional(t.String()),
      }),
    example: { userIds: [EXAMPLE_IDS.user], name: 'Lunch' },
    http: {
      kind: 'derived',
      route: 'POST /api/groups',
      operation: 'createGroup',
      under: 'group',
      status: 201,
    },
  }),
};
