/** Which messages of a room call for a user's attention, as the user chooses it. */

import { ChatError, type NotificationLevel, type RoomId, type UserId } from '@parley/protocol';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { findReadable } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { Author } from '../delivery/log-writer.ts';

interface NotificationLevelsDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

export interface NotificationChoice {
  readonly roomId: RoomId;
  readonly level: NotificationLevel;
}

/**
 * Stores the choice of a member, and sends it to the user's other connections.
 *
 * @throws {ChatError} NOT_FOUND; FORBIDDEN for users who are not members; RATE_LIMITED,
 *   UNAVAILABLE.
 */
export async function chooseLevel(
  dependencies: NotificationLevelsDependencies,
  { user, connection }: Author,
  { roomId, level }: NotificationChoice,
): Promise<void> {
  const { store, connectedUsers, userLimits } = dependencies;
  await userLimits.changes.take(user.id);
  await findReadable({ store }, user.id, roomId);
  const isMember = await store.rooms.setNotificationLevel(roomId, user.id, level);
  if (!isMember) throw new ChatError('FORBIDDEN');
  showLevel(dependencies, user.id, { roomId, level }, connection);
  connectedUsers.send(user.id, { kind: 'notification-level', roomId, level });
}

/** Sends a choice to the user's connections on this node, except to one. */
export function showLevel(
  { connectedUsers }: Pick<NotificationLevelsDependencies, 'connectedUsers'>,
  userId: UserId,
  { roomId, level }: NotificationChoice,
  except?: ChatConnection | undefined,
): void {
  const others = connectedUsers.connectionsOf(userId).filter((connection) => connection !== except);
  broadcast({ kind: 'notification-level', roomId, level }, others);
}
