/** Ends memberships: leave, remove, ban; and lifts bans. */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { AccessLostReason } from '../../model/room-event.ts';
import { mayModerate } from '../../model/room-policy.ts';
import {
  type Author,
  type StoreAndBroadcastDependencies,
  storeAndBroadcast,
} from '../delivery/store-and-broadcast.ts';
import { findReadable, type ReadPermissionDependencies } from './read-permission.ts';

export type EndMembershipDependencies = StoreAndBroadcastDependencies & ReadPermissionDependencies;

export interface AccessRequest {
  readonly roomId: RoomId;
  readonly subjectId: UserId;
  readonly reason: AccessLostReason;
}

/**
 * Ends a membership, the author's own or another user's, in its position of the room's log: nothing
 * later reaches that user. A ban also keeps out users who are not members.
 *
 * @throws {ChatError} NOT_FOUND, FORBIDDEN, UNAVAILABLE.
 */
export function endRoomMembership(
  dependencies: EndMembershipDependencies,
  author: Author,
  { roomId, subjectId, reason }: AccessRequest,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const command = { kind: 'access-lost', roomId, subjectId, reason } as const;
  storeAndBroadcast(
    dependencies,
    author,
    { ...command, clientMessageId: undefined },
    {
      identity: [command.kind, subjectId, reason],
      onAcknowledged: (result) => (result instanceof ChatError ? reject(result) : resolve()),
    },
  );
  return promise;
}

/** Lifts a ban, which does not make the user a member. @throws {ChatError} NOT_FOUND, FORBIDDEN. */
export async function liftBan(
  dependencies: EndMembershipDependencies,
  { user }: Author,
  { roomId, subjectId }: Pick<AccessRequest, 'roomId' | 'subjectId'>,
): Promise<void> {
  const { room, role: roomRole } = await findReadable(dependencies, user.id, roomId);
  const { role } = user;
  if (roomRole === undefined || !mayModerate({ role, roomRole }, room.kind)) {
    throw new ChatError('FORBIDDEN');
  }
  const wasBanned = await dependencies.store.rooms.liftBan(roomId, subjectId);
  if (!wasBanned) throw new ChatError('NOT_FOUND', { field: 'userId' });
}
