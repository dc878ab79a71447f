/** Finds or creates the direct room of two users. */

import { ChatError, type UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import type { ClusterMemberships } from '../rooms/cluster-memberships.ts';
import { type CreateRoomDependencies, createPrivateRoom } from '../rooms/create-private-room.ts';
import { directKeyOf, directRoomIdOf, recipientOf } from './direct-room-identity.ts';

export type DirectRoomFinderDependencies = CreateRoomDependencies & {
  readonly store: Pick<Store, 'accounts'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly userLimits: Pick<UserRateLimits, 'creations'>;
  readonly clusterMemberships: Pick<ClusterMemberships, 'noteFound'>;
};

export type UserReference =
  | { readonly kind: 'id'; readonly id: UserId }
  | { readonly kind: 'username'; readonly username: string };

export class DirectRoomFinder {
  readonly #dependencies: DirectRoomFinderDependencies;

  constructor(dependencies: DirectRoomFinderDependencies) {
    this.#dependencies = dependencies;
  }

  /** The direct room with a user. @throws {ChatError} NOT_FOUND, VALIDATION_ERROR, FORBIDDEN, RATE_LIMITED. */
  async findOrCreate(user: User, recipient: UserReference): Promise<{ readonly room: Room }> {
    const other = await this.findOtherUser(user, recipient);
    const nameKey = directKeyOf(user.id, other.id);
    const found = await this.findByKey(user, nameKey);
    if (found !== undefined) {
      for (const { id } of [user, other])
        this.#dependencies.clusterMemberships.noteFound(id, found);
      return { room: found };
    }
    // In an existing room the commit checks blocks. A room in which no user may write is not created.
    if (await this.#dependencies.store.accounts.isBlockedBetween(user.id, other.id)) {
      throw new ChatError('FORBIDDEN');
    }
    await this.#dependencies.userLimits.creations.take(user.id);
    const room = await createPrivateRoom(this.#dependencies, [user, other], {
      id: directRoomIdOf(this.#dependencies.secrets, nameKey),
      kind: 'direct',
      name: '',
      nameKey,
      roleOf: () => 'member',
    });
    // Another node may have created it at the same time.
    for (const { id } of [user, other]) this.#dependencies.clusterMemberships.noteFound(id, room);
    return { room };
  }

  /** @throws {ChatError} NOT_FOUND; VALIDATION_ERROR for the user's own account. */
  async findOtherUser(user: User, reference: UserReference): Promise<User> {
    const { store } = this.#dependencies;
    const found = await store.accounts.findUser(reference);
    const field = reference.kind === 'id' ? 'recipientId' : 'recipient';
    if (found === undefined) throw new ChatError('NOT_FOUND', { field });
    if (found.id !== user.id) return found;
    throw new ChatError('VALIDATION_ERROR', { field, message: 'You cannot message yourself' });
  }

  /** Finds a direct room by the key that `directKeyOf` makes of its two users. */
  async findByKey({ id }: User, nameKey: string): Promise<Room | undefined> {
    const { store } = this.#dependencies;
    const reference = { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey } as const;
    return (await store.rooms.findRoom(reference, id))?.room;
  }
}

/** The stream of the direct room with this user if it is open on the connection: no store is asked. */
export function findOpenDirectRoom(
  { openRooms, user }: ChatConnection,
  recipientId: UserId,
): ConnectionStream | undefined {
  for (const { stream } of openRooms) {
    if (recipientOf(stream.room, user.id) === recipientId) return stream;
  }
  return undefined;
}
