/** Makes a user a member of a group that exists. */

import { ChatError, LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { StreamPosition } from '../delivery/room-stream.ts';
import {
  announceAdded,
  type MembershipAnnouncerDependencies,
} from '../rooms/membership-announcer.ts';

export interface JoinGroupDependencies extends MembershipAnnouncerDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom'>;
  readonly conversations: {
    /** Opens a room on every connection of its new members, from the events behind `head` on. */
    openNew(
      start: { readonly room: Room; readonly head: StreamPosition },
      members: readonly Pick<User, 'id'>[],
    ): Promise<void>;
  };
}

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
 * Opens the group on the user's connections from its head: earlier messages are its history.
 *
 * @throws {ChatError} NOT_FOUND; FORBIDDEN for a banned user.
 */
export async function joinGroup(
  dependencies: JoinGroupDependencies,
  user: User,
  { roomId, actorId }: { readonly roomId: RoomId; readonly actorId: UserId },
): Promise<void> {
  const { store, clock, connectedUsers, conversations } = dependencies;
  const atMs = clock.nowMs();
  const added = await store.rooms.addMember(roomId, user.id, atMs, actorId);
  if (added === 'banned') throw new ChatError('FORBIDDEN');
  const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id);
  if (found === undefined) throw new ChatError('NOT_FOUND');
  connectedUsers.joinedRoom(user.id, found.room);
  const { headSequence: sequence } = await store.rooms.readUnread(roomId, [user.id]);
  await conversations.openNew({ room: found.room, head: { sequence, epoch: undefined } }, [user]);
  if (typeof added === 'object') {
    announceAdded(dependencies, found.room, user, { ...added, actorId, atMs });
  }
}
