/** Makes a user a member of a room that exists. */

import { ChatError, LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import {
  announceAdded,
  type MembershipAnnouncerDependencies,
} from '../core/membership-announcer.ts';
import type { StreamPosition } from '../delivery/room-stream.ts';
import { archived } from '../errors.ts';
import type { UnreadNotifier } from '../rooms/unread-notifier.ts';

export interface AddRoomMemberDependencies extends MembershipAnnouncerDependencies {
  readonly store: Pick<Store, 'invitations' | 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom'>;
  readonly unreadNotifier: Pick<UnreadNotifier, 'showTo'>;
  readonly conversations: {
    /** Opens a direct or group room on every connection of its new members, from the events behind `head` on. */
    openNew(
      start: { readonly room: Room; readonly head: StreamPosition },
      members: readonly Pick<User, 'id'>[],
    ): Promise<void>;
  };
}

/** The members of a group. */
export async function listGroupMembers(
  { store }: { readonly store: Pick<Store, 'rooms'> },
  roomId: RoomId,
): Promise<UserId[]> {
  const page = { after: undefined, limit: LIMITS.groupMembersMax };
  return (await store.rooms.listMembers(roomId, page)).map(({ user }) => user.id);
}

/**
 * Two users who are added at the same time may exceed the limit by one.
 *
 * @throws {ChatError} VALIDATION_ERROR for a full group.
 */
export function requirePlace(memberIds: Iterable<UserId>): void {
  if ([...memberIds].length < LIMITS.groupMembersMax) return;
  const message = `A group has 2 to ${LIMITS.groupMembersMax} people`;
  throw new ChatError('VALIDATION_ERROR', { field: 'userId', message });
}

/**
 * Opens a group on the user's connections from its head, and shows another room in their lists:
 * earlier messages are its history.
 *
 * @throws {ChatError} NOT_FOUND; FORBIDDEN for a banned user, a user outside the workspace of a
 *   channel, and an archived room.
 */
export async function addRoomMember(
  dependencies: AddRoomMemberDependencies,
  user: User,
  {
    roomId,
    actorId,
    isByLink,
  }: { readonly roomId: RoomId; readonly actorId: UserId; readonly isByLink?: boolean },
): Promise<void> {
  const { store, clock, connectedUsers, conversations, unreadNotifier } = dependencies;
  const atMs = clock.nowMs();
  const added = await store.rooms.addMember(roomId, user.id, atMs, actorId);
  if (added === 'banned' || added === 'foreign') throw new ChatError('FORBIDDEN');
  if (added === 'archived') throw archived();
  // An earlier invitation would admit the user again after a removal.
  await store.invitations.withdrawInvitation(user.id, roomId);
  const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id);
  if (found === undefined || added === 'no-room') throw new ChatError('NOT_FOUND');
  const { room } = found;
  connectedUsers.joinedRoom(user.id, room);
  const { headSequence: sequence } = await store.rooms.readUnread(roomId, [user.id]);
  await conversations.openNew({ room, head: { sequence, epoch: undefined } }, [user]);
  unreadNotifier.showTo(user.id, room);
  announceAdded(dependencies, room, user, { ...added, actorId, atMs, isByLink });
}
