/** Lists the users who are in a room, as a viewer may see them. */

import type { UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { ConnectionStream, Subscription } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import { take } from '../primitives/take.ts';

export interface ParticipantListDependencies {
  readonly presence: Pick<UserPresence, 'isHidden' | 'members'>;
}

/** Maximum number of members in one reply; clients fetch the rest by pages. */
const PARTICIPANTS_LISTED_MAX = 200;

/** Sorted by username. */
export function listParticipants(
  { presence }: ParticipantListDependencies,
  ids: Iterable<UserId>,
  viewerId?: UserId,
): readonly Member[] {
  return presence.members(ids, viewerId).sort((a, b) => compareNames(a.username, b.username));
}

/** A part of the members of a large room: sorting all of them for each join would cost too much. */
export function listSomeParticipants(
  dependencies: ParticipantListDependencies,
  { connection, stream }: Subscription,
): readonly Member[] {
  const { id: viewerId } = connection.user;
  const ids = take(visibleParticipants(dependencies, stream, viewerId), PARTICIPANTS_LISTED_MAX);
  return listParticipants(dependencies, ids, viewerId);
}

/**
 * Sends the current members and their read positions to a client that has missed events about them.
 */
export function sendParticipants(
  dependencies: ParticipantListDependencies,
  subscription: Subscription,
): void {
  const { connection, roomId } = subscription;
  const { participants } = subscription.stream;
  const members = listSomeParticipants(dependencies, subscription);
  broadcast({ kind: 'members', roomId, members, memberCount: participants.count }, [connection]);
  for (const position of participants.readPositions.latest()) {
    const isHidden = dependencies.presence.isHidden(position.userId, connection.user.id);
    if (!isHidden) broadcast(position, [connection]);
  }
}

/** Usernames differ in more than case, so none are equal. */
function compareNames(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** In a direct room, a block also hides whether the other user has it open. */
function* visibleParticipants(
  { presence }: ParticipantListDependencies,
  { room, participants }: ConnectionStream,
  viewerId: UserId,
): Iterable<UserId> {
  const isDirect = room.kind === 'direct';
  for (const id of participants.ids()) {
    if (!isDirect || !presence.isHidden(id, viewerId)) yield id;
  }
}
