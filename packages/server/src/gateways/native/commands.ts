/**
 * Commands of the native dialect: each reads the payload, calls the domain, and encodes the answer.
 * The domain implements what a command does.
 */
import type { ClientFrameType, MessageId, RoomId, UserId, WorkspaceId } from '@parley/protocol';
import { ChatError } from '@parley/protocol';
import { shownName } from '../../model/user.ts';
import {
  toCustomEmoji,
  toFullRoomEntry,
  toListEnd,
  toMemberPayload,
  toUserGroup,
} from '../common/payloads.ts';
import { toPosition } from '../common/resume-position.ts';
import type { Commands } from './command-context.ts';
import {
  toMemberships,
  toMessagePayload,
  toOwnRoomEntry,
  toSnapshot,
  toThreadChange,
  toVersionPayload,
} from './encode.ts';
import { toActivityPage } from './encode-activity.ts';
import { toMessagePreviews } from './encode-link-previews.ts';
import { toRoomFiles } from './encode-room-files.ts';
import { toRoomChange, toRoomSettings } from './encode-room-settings.ts';
import { toSaved, toSavedEntry } from './encode-saved.ts';
import { toScheduled, toScheduledEntry } from './encode-scheduled.ts';
import { toSearchResults } from './encode-search.ts';
import { toFollowedThread } from './encode-threads.ts';
import { WRITE_COMMANDS } from './write-commands.ts';

/** A text is the id of a message: the domain checks that it exists. */
type Bound = number | MessageId | undefined;

function toBounds({
  before,
  after,
}: {
  readonly before?: number | string | undefined;
  readonly after?: number | string | undefined;
}) {
  return { before: before as Bound, after: after as Bound };
}

function toTarget(request: { readonly roomId: string; readonly messageId: string }) {
  return { roomId: request.roomId as RoomId, messageId: request.messageId as MessageId };
}

export const COMMANDS: Commands<ClientFrameType> = {
  ...WRITE_COMMANDS,

  join_room({ chat, connection, reply }, { roomName, roomId, create: mayCreate, ...position }) {
    const [room, field] = roomId === undefined ? [roomName, 'roomName'] : [roomId, 'roomId'];
    if (room === undefined) {
      throw new ChatError('VALIDATION_ERROR', {
        field,
        message: `The field '${field}' is missing`,
      });
    }
    const request = { room, field, mayCreate, position: toPosition(position) };
    return chat.rooms.join(connection, request, (joined) => {
      const snapshot = toSnapshot(joined, connection.user.id);
      const { id, topic } = joined.room;
      const { memberCount, memberTotal, title: name } = joined;
      const room = { id, name, topic, memberCount, memberTotal };
      reply('room_joined', { ...snapshot, roomName: name, room });
    });
  },

  async leave_room({ chat, connection, reply }, { roomId: id, membership }) {
    const roomId = id as RoomId;
    if (membership !== true) {
      chat.subscriptions.leave(connection, roomId, () => reply('room_left', { roomId }));
      return;
    }
    const sequence = await chat.memberships.leave(connection, roomId);
    reply('room_left', { roomId, reason: 'left', sequence });
  },

  async get_rooms({ chat, user, reply }, { own, q, after, limit }) {
    if (own === true) {
      if (q !== undefined) {
        const message = "'q' does not go with 'own'";
        throw new ChatError('VALIDATION_ERROR', { field: 'q', message });
      }
      const { rooms, ...end } = await chat.roomLists.listOwn(user, { after, limit });
      reply('room_list', { rooms: rooms.map(toOwnRoomEntry), ...toListEnd(end) });
      return;
    }
    const page = { after: after as RoomId | undefined, limit, q };
    const { rooms, ...end } = await chat.roomLists.listVisible(user, page);
    reply('room_list', { rooms: rooms.map(toFullRoomEntry), ...toListEnd(end) });
  },

  async get_members({ chat, user, connection, reply }, { roomId, scope, q, after, limit }) {
    const page = { roomId: roomId as RoomId, after: after as UserId | undefined, limit };
    if (scope === 'members') {
      const request = { ...page, after, q };
      const { members, hasMore, next, ...counts } = await chat.members.read(user, request);
      const shown = members.map((member) => ({ ...toMemberPayload(member), role: member.role }));
      const end = toListEnd({ hasMore, next });
      reply('member_list', { roomId: page.roomId, members: shown, ...counts, ...end });
      return;
    }
    if (q !== undefined) {
      const message = "'q' needs the scope 'members'";
      throw new ChatError('VALIDATION_ERROR', { field: 'q', message });
    }
    const { members, memberCount, ...end } = await chat.participants.read(
      connection ?? { user },
      page,
    );
    const { roomId: id } = page;
    const shown = members.map(toMemberPayload);
    reply('member_list', { roomId: id, members: shown, memberCount, ...toListEnd(end) });
  },

  async get_history({ chat, user, reply }, { roomId: id, around, ...rest }) {
    const roomId = id as RoomId;
    const middle = { around: around as Bound, aroundTime: rest.aroundTime };
    const request = { roomId, ...toBounds(rest), ...middle, limit: rest.limit };
    const asked = { ...request, withChanges: true };
    const { changes, ...page } = await chat.history.readMessages(user, asked);
    const messages = page.messages.map(toMessagePayload);
    reply('history', { roomId, ...page, messages, ...toMemberships(changes) });
  },

  async get_thread({ chat, user, reply }, { roomId, messageId, before, after, limit }) {
    const page = { roomId: roomId as RoomId, ...toBounds({ before, after }), limit };
    const parentId = messageId as MessageId;
    const { parent, messages, hasMore, isFollowing, unreadCount } = await chat.history.readThread(
      user,
      { ...page, parentId },
    );
    reply('thread', {
      ...{ roomId: page.roomId, following: isFollowing, unreadCount },
      ...(parent === undefined ? {} : { parent: toMessagePayload(parent) }),
      messages: messages.map(toMessagePayload),
      hasMore,
    });
  },

  async get_link_previews({ chat, user, reply }, { roomId: id, before, after, limit }) {
    const roomId = id as RoomId;
    const request = { roomId, ...toBounds({ before, after }), limit };
    const { enabled, messages, lastSequence } = await chat.linkPreviews.list(user, request);
    reply('link_previews', {
      ...{ roomId, enabled },
      messages: messages.map((each) => toMessagePreviews(roomId, each)),
      ...(lastSequence !== undefined && { lastSequence }),
    });
  },

  async get_pins({ chat, user, reply }, { roomId: id, before, limit }) {
    const roomId = id as RoomId;
    const page = { roomId, before: before as Bound, limit };
    const { messages, hasMore } = await chat.history.readPins(user, page);
    reply('pins', { roomId, messages: messages.map(toMessagePayload), hasMore });
  },

  async get_room_files({ chat, user, reply }, { roomId: id, ...request }) {
    const roomId = id as RoomId;
    const page = await chat.roomFiles.list(user, { ...request, roomId });
    reply('room_files', { roomId, ...toRoomFiles(page) });
  },

  async get_edit_history({ chat, user, reply }, request) {
    const target = {
      roomId: request.roomId as RoomId,
      messageId: request.messageId as MessageId,
    };
    const versions = await chat.history.readVersions(user, target);
    reply('edit_history', { ...target, versions: versions.map(toVersionPayload) });
  },

  async get_activity({ chat, user, reply }, { next }) {
    reply('activity', toActivityPage(await chat.activity.list(user, next)));
  },

  async search_messages({ chat, user, reply }, request) {
    reply('search_results', toSearchResults(await chat.messageSearch.search(user, request)));
  },

  async list_threads({ chat, user, reply }, request) {
    const { items, next, unreadThreads } = await chat.threads.list(user, request);
    const end = next === undefined ? {} : { next };
    reply('thread_list', { threads: items.map(toFollowedThread), unreadThreads, ...end });
  },

  async follow_thread({ chat, user, reply }, request) {
    reply(
      'thread_changed',
      toThreadChange(await chat.threads.follow(user, toTarget(request), true)),
    );
  },

  async unfollow_thread({ chat, user, reply }, request) {
    reply(
      'thread_changed',
      toThreadChange(await chat.threads.follow(user, toTarget(request), false)),
    );
  },

  async mark_thread_read({ chat, user, reply }, { sequence, ...request }) {
    const read = { ...toTarget(request), sequence };
    reply('thread_changed', toThreadChange(await chat.threads.markRead(user, read)));
  },

  async save_message({ chat, user, reply }, { messageId: id, remindAt }) {
    const messageId = id as MessageId;
    reply('message_saved', toSaved(await chat.savedMessages.save(user, { messageId, remindAt })));
  },

  async unsave_message({ chat, user, reply }, { messageId: id }) {
    const messageId = id as MessageId;
    await chat.savedMessages.remove(user, messageId);
    reply('message_unsaved', { messageId });
  },

  async get_saved_messages({ chat, user, reply }, request) {
    const { items, next } = await chat.savedMessages.list(user, request);
    const end = next === undefined ? {} : { next };
    reply('saved_messages', { saved: items.map(toSavedEntry), ...end });
  },

  async schedule_message({ chat, user, reply }, { parentMessageId, ...request }) {
    const { clientMessageId, attachments = [], ...rest } = request;
    const place = {
      roomId: rest.roomId as RoomId,
      parentId: parentMessageId as MessageId | undefined,
    };
    const wanted = { ...rest, ...place, attachments, clientMessageId };
    reply('message_scheduled', toScheduled(await chat.scheduledMessages.schedule(user, wanted)));
  },

  async list_scheduled({ chat, user, reply }) {
    const scheduled = await chat.scheduledMessages.list(user);
    reply('scheduled_messages', { scheduled: scheduled.map(toScheduledEntry) });
  },

  async change_scheduled({ chat, user, reply }, { scheduledId, ...change }) {
    const changed = await chat.scheduledMessages.change(user, scheduledId, change);
    reply('message_scheduled', toScheduled(changed));
  },

  async cancel_scheduled({ chat, user, reply }, { scheduledId }) {
    await chat.scheduledMessages.cancel(user, scheduledId);
    reply('scheduled_cancelled', { scheduledId });
  },

  resume({ chat, connection, reply }, { rooms }) {
    const requests = rooms.map(({ roomId, ...position }) => ({
      roomId: roomId as RoomId,
      position: toPosition(position),
    }));
    return chat.resumption.resume(connection, requests, (resumed) => {
      const entries = resumed.map((result) =>
        result.kind === 'opened'
          ? toSnapshot(result, connection.user.id)
          : { roomId: result.roomId, error: { code: result.error.code } },
      );
      reply('resumed', { rooms: entries });
    });
  },

  user_typing({ chat, connection }, { roomId, isTyping }) {
    return chat.typing.set(connection, { roomId: roomId as RoomId | undefined, isTyping });
  },

  async mark_read({ chat, user, connection, reply }, { roomId, sequence }) {
    const mark = { roomId: roomId as RoomId, sequence };
    const { position } = await chat.readReceipts.markRead(connection ?? { user }, mark);
    const { id: userId, username } = user;
    reply('read_position', { roomId: mark.roomId, userId, username, sequence: position.sequence });
  },

  async mark_unread({ chat, user, connection, reply }, { roomId: id }) {
    const roomId = id as RoomId;
    const { sequence } = await chat.readReceipts.markUnread(connection ?? { user }, roomId);
    const { id: userId, username } = user;
    reply('read_position', { roomId, userId, username, sequence });
  },

  async set_notification_level({ chat, user, connection, reply }, { roomId, level }) {
    const choice = { roomId: roomId as RoomId, level };
    await chat.notificationLevels.choose({ user, connection }, choice);
    reply('notification_level', choice);
  },

  async set_topic({ chat, user, connection, reply }, { roomId, topic }) {
    const author = { user, connection };
    const { room } = await chat.roomSettings.change(author, roomId as RoomId, { topic });
    reply('room_changed', toRoomChange(room));
  },

  async create_room({ chat, user, reply }, { workspaceId: id, ...settings }) {
    const workspaceId = id as WorkspaceId | undefined;
    const found =
      workspaceId === undefined
        ? await chat.roomSettings.create(user, settings)
        : await chat.channels.createWith(user, workspaceId, settings);
    reply('room_settings', { room: toRoomSettings(user, found) });
  },

  async get_room({ chat, user, reply }, { roomId }) {
    const found = await chat.roomSettings.read(user, roomId as RoomId);
    reply('room_settings', { room: toRoomSettings(user, found) });
  },

  async update_room({ chat, user, connection, reply }, { roomId, ...settings }) {
    const author = { user, connection };
    const found = await chat.roomSettings.change(author, roomId as RoomId, settings);
    reply('room_settings', { room: toRoomSettings(user, found) });
  },

  async archive_room({ chat, user, connection, reply }, { roomId }) {
    const change = { archived: true };
    const found = await chat.roomSettings.change({ user, connection }, roomId as RoomId, change);
    reply('room_settings', { room: toRoomSettings(user, found) });
  },

  async unarchive_room({ chat, user, connection, reply }, { roomId }) {
    const change = { archived: false };
    const found = await chat.roomSettings.change({ user, connection }, roomId as RoomId, change);
    reply('room_settings', { room: toRoomSettings(user, found) });
  },

  async delete_room({ chat, user, reply }, { roomId: id }) {
    const roomId = id as RoomId;
    await chat.roomDeletion.delete(user, roomId);
    reply('room_left', { roomId, reason: 'deleted' });
  },

  async explain({ chat, user, reply }, { roomId: id, userId: subjectId, command }) {
    const request = { roomId: id as RoomId, userId: subjectId as UserId, command };
    reply('explanation', { ...request, ...(await chat.permissions.explain(user, request)) });
  },

  async create_group({ chat, user, reply }, { userIds, name }) {
    const { room, members, invitedIds } = await chat.groups.create(
      { user },
      {
        userIds: userIds as UserId[],
        name,
      },
    );
    reply('group_created', {
      roomId: room.id,
      name: room.name,
      members: members.map(toMemberPayload),
      ...(invitedIds.length === 0 ? {} : { invited: invitedIds }),
    });
  },

  async create_user_group({ chat, user, reply }, { handle, name, userIds = [] }) {
    const request = { handle, name, userIds: userIds as UserId[] };
    reply('user_group', { group: toUserGroup(await chat.userGroups.create(user, request)) });
  },

  async update_user_group({ chat, user, reply }, { groupId, handle, name, add = [], remove = [] }) {
    const change = { handle, name, added: add as UserId[], removed: remove as UserId[] };
    const changed = await chat.userGroups.change(user, groupId, change);
    reply('user_group', { group: toUserGroup(changed) });
  },

  async delete_user_group({ chat, user, reply }, { groupId }) {
    await chat.userGroups.delete(user, groupId);
    reply('user_group_deleted', { groupId });
  },

  async get_user_groups({ chat, user, reply }) {
    const groups = await chat.userGroups.list(user);
    reply('user_group_list', { groups: groups.map(toUserGroup) });
  },

  async get_user_group_members({ chat, user, reply }, { groupId, ...page }) {
    const { items, ...end } = await chat.userGroups.listMembers(user, groupId, page);
    const members = items.map((each) => ({
      ...{ id: each.id, username: each.username, ...shownName(each) },
    }));
    reply('user_group_members', { groupId, members, ...toListEnd(end) });
  },

  async get_custom_emoji({ chat, user, reply }) {
    const emoji = await chat.customEmojis.list(user);
    reply('custom_emoji_list', { emoji: emoji.map(toCustomEmoji) });
  },

  async delete_custom_emoji({ chat, user, reply }, { name }) {
    await chat.customEmojis.delete(user, name);
    reply('custom_emoji_deleted', { name });
  },

  async decline_invitations({ chat, user, reply }, { inviterId: id, ...how }) {
    const inviterId = id as UserId;
    const declined = await chat.invitations.declineAll(user, { inviterId, ...how });
    reply('invitations_declined', { inviterId, ...declined });
  },

  async set_presence({ chat, user, connection, reply }, { status, statusText, until }) {
    const request = { status, statusText, until };
    const member = await chat.presenceStatus.set(connection ?? { user }, request);
    if (member !== undefined) reply('presence_update', toMemberPayload(member));
  },

  report_activity({ chat, connection, reply }, { idle }) {
    const member = chat.presenceStatus.reportActivity(connection, idle);
    if (member !== undefined) reply('presence_update', toMemberPayload(member));
  },

  async set_display_name({ chat, connection, reply }, { displayName }) {
    const { user } = connection;
    await chat.profiles.setDisplayName(user, displayName);
    const [member] = chat.presence.members([user.id], user.id);
    if (member !== undefined) reply('presence_update', toMemberPayload(member));
  },

  heartbeat({ reply }, { sequence }) {
    reply('heartbeat', { sequence });
  },

  ping({ reply }) {
    reply('pong', {});
  },
};
