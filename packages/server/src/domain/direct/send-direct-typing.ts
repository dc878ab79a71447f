/** Typing to another user, in a direct room that need not be open, or exist yet. */

import { ChatError } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { ConnectedUsers } from '../presence/connected-users.ts';
import type { Typing, TypingTarget } from '../presence/typing.ts';
import { directKeyOf, directRoomIdOf } from './direct-room-identity.ts';
import {
  findOpenDirectRoom,
  findOtherUser,
  findRoomByKey,
  type UserReference,
} from './find-or-create-direct-room.ts';
import { isAutoSubscribed } from './room-kinds.ts';

export interface DirectTypingDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly presence: Pick<ConnectedUsers, 'connectionsOf'>;
  readonly typing: Pick<Typing, 'start' | 'startOutside' | 'stop'>;
}

/**
 * Shows the recipient that the user is typing, even before the first message. No room is
 * created for it: the user may never send anything.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, UNAVAILABLE.
 */
export async function sendDirectTyping(
  dependencies: DirectTypingDependencies,
  connection: ChatConnection,
  { recipient, isTyping }: { readonly recipient: UserReference; readonly isTyping: boolean },
): Promise<void> {
  const { store, typing } = dependencies;
  const { user } = connection;
  const other = await findOtherUser(dependencies, user, recipient);
  if (isTyping && (await store.accounts.isBlockedBetween(user.id, other.id))) {
    throw new ChatError('FORBIDDEN');
  }
  const stream = findOpenDirectRoom(connection, other.id);
  const target = stream ?? (await targetBetween(dependencies, user, other));
  if (connection.isClosed) return;
  if (!isTyping) typing.stop(connection, target);
  else if (stream !== undefined) typing.start(connection, stream);
  else typing.startOutside(connection, target);
}

/** Where a user types to another if the room of the two is not open on this connection. */
async function targetBetween(
  dependencies: DirectTypingDependencies,
  user: User,
  other: User,
): Promise<TypingTarget> {
  const { secrets, streams, presence } = dependencies;
  const nameKey = directKeyOf(user.id, other.id);
  const found = await findRoomByKey(dependencies, user, nameKey);
  if (found !== undefined) {
    return { room: found, connections: () => streams.get(found.id)?.connections() ?? [] };
  }
  const room = { id: directRoomIdOf(secrets, nameKey), kind: 'direct', nameKey } as const;
  // The connections that would get the room's first message.
  const isRecipient = ({ link }: ChatConnection) => isAutoSubscribed(link.dialect, room);
  return { room, connections: () => presence.connectionsOf(other.id).filter(isRecipient) };
}
