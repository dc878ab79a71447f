/** Lists the users who are in a room, as a viewer may see them. */

import type { UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { ConnectionStream, Subscription } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomParticipants } from '../delivery/room-participants.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import { take } from '../primitives/take.ts';

export interface ParticipantListDependencies {
  readonly presence: Pick<UserPresence, 'isHidden' | 'isHiddenIn' | 'members'>;
}

type ParticipantNames = Pick<RoomParticipants, 'usernameElsewhere'>;

/** Maximum number of members in one reply; clients fetch the rest by pages. */
export const PARTICIPANTS_LISTED_MAX = 200;

/** Sorted by username. */
export function listParticipants(
  dependencies: ParticipantListDependencies,
  participants: ParticipantNames,
  ids: Iterable<UserId>,
  viewerId?: UserId,
): readonly Member[] {
  const members = describeParticipants(dependencies, participants, ids, viewerId);
  return members.sort((a, b) => compareNames(a.username, b.username));
}

/**
 * Participants with their presence as the viewer may see it: online while another node has reported
 * the participant, but not the presence.
 */
export function describeParticipants(
  { presence }: ParticipantListDependencies,
  participants: ParticipantNames,
  ids: Iterable<UserId>,
  viewerId?: UserId,
): Member[] {
  return [...ids].flatMap((userId): Member[] => {
    const [member] = presence.members([userId], viewerId);
    if (member !== undefined) return [member];
    const username = participants.usernameElsewhere(userId);
    if (username === undefined) return [];
    return [{ userId, username, status: 'online', lastSeenAtMs: undefined, statusText: undefined }];
  });
}

/** A part of the members of a large room: sorting all of them for each join would cost too much. */
export function listSomeParticipants(
  dependencies: ParticipantListDependencies,
  { connection, stream }: Subscription,
): readonly Member[] {
  const { id: viewerId } = connection.user;
  const visible = visibleParticipants(dependencies, stream, viewerId);
  const ids = take(visible, PARTICIPANTS_LISTED_MAX);
  return listParticipants(dependencies, stream.participants, ids, viewerId);
}

/**
 * Sends the current members and their read positions to a client that has missed events about them.
 */
export function sendParticipants(
  dependencies: ParticipantListDependencies,
  subscription: Subscription,
): void {
  const { connection, roomId, stream } = subscription;
  const members = listSomeParticipants(dependencies, subscription);
  subscription.noteListed();
  const memberCount = countVisibleParticipants(dependencies, stream, connection.user.id);
  broadcast({ kind: 'members', roomId, members, memberCount }, [connection]);
  for (const position of stream.participants.readPositions.latest()) {
    const { presence } = dependencies;
    if (!presence.isHiddenIn(stream.room, position.userId, connection.user.id))
      broadcast(position, [connection]);
  }
}

/** Usernames differ in more than case, so none are equal. */
function compareNames(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Number of users in a room, as the viewer may know it. */
export function countVisibleParticipants(
  dependencies: ParticipantListDependencies,
  stream: ConnectionStream,
  viewerId: UserId,
): number {
  if (stream.room.kind !== 'direct') return stream.participants.count;
  return [...visibleParticipants(dependencies, stream, viewerId)].length;
}

/** In a direct room, users who are hidden from the other do not show either that they have it open. */
export function* visibleParticipants(
  { presence }: ParticipantListDependencies,
  { room, participants }: ConnectionStream,
  viewerId: UserId,
  ids = participants.ids(),
): Iterable<UserId> {
  const isDirect = room.kind === 'direct';
  for (const id of ids) {
    if (!isDirect || !presence.isHiddenIn(room, id, viewerId)) yield id;
  }
}
