/** Finds or creates the direct room of two users. */

import { ChatError, type UserId } from '@parley/protocol';
import { directKeyOf, directRoomIdOf, recipientOf } from '../../model/direct-room-identity.ts';
import type { Room } from '../../model/room.ts';
import type { FoundRoom } from '../../model/room-member.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import { findUserById } from '../accounts/find-user-by-id.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import { onlyInReach } from '../core/people-in-reach.ts';
import { requireExisting } from '../core/usable-account.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { requireAccepted } from '../invitations/accepted-writers.ts';
import { countRequest } from '../invitations/consent-policy.ts';
import { type CreateRoomDependencies, createPrivateRoom } from '../rooms/create-private-room.ts';
import type { AutoSubscriber } from './auto-subscriber.ts';

type DirectRoomFinderDependencies = CreateRoomDependencies & {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly userLimits: Pick<UserRateLimits, 'creations' | 'requests' | 'requestsOfPair'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'isMember' | 'isNoted' | 'joinedRoom'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
  readonly conversations: Pick<AutoSubscriber, 'openRestored'>;
};

export type UserReference =
  | { readonly kind: 'id'; readonly id: UserId }
  | { readonly kind: 'username'; readonly username: string };

export class DirectRoomFinder {
  readonly #dependencies: DirectRoomFinderDependencies;

  constructor(dependencies: DirectRoomFinderDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The direct room with a user. A new one has only the author as a member if the recipient has
   * blocked the author: messages are stored as usual, and reach nobody until the block ends.
   *
   * @throws {ChatError} NOT_FOUND, VALIDATION_ERROR, RATE_LIMITED; CONFLICT for a deleted account; FORBIDDEN if the author has
   *   blocked the recipient, or the recipient does not accept messages from the author.
   */
  async findOrCreate(user: User, recipient: UserReference): Promise<{ readonly room: Room }> {
    const other = await this.findOtherUser(user, recipient);
    requireExisting(other, recipient.kind === 'id' ? 'recipientId' : 'recipient');
    const nameKey = directKeyOf(user.id, other.id);
    const found = await this.#find(user, nameKey);
    if (found !== undefined) {
      if (found.role === undefined) await this.#enter(user, other, found.room);
      else this.#noteFound(user.id, found.room);
      await this.#noteMember(other.id, found.room);
      return { room: found.room };
    }
    const { store, userLimits } = this.#dependencies;
    // In an existing room the commit checks blocks. A room in which the author may not write is not
    // created.
    const standing = await store.invitations.findStanding(other.id, user.id, nameKey);
    if (standing.isBlocked) {
      throw new ChatError('FORBIDDEN', { message: 'You have blocked this user' });
    }
    requireAccepted(user, other, standing);
    await userLimits.creations.take(user.id);
    const pair = { userId: other.id, authorId: user.id };
    if (!standing.isKnown) await countRequest(this.#dependencies, pair, standing);
    const members = standing.hasBlocked ? [user] : [user, other];
    const room = await createPrivateRoom(this.#dependencies, members, {
      id: directRoomIdOf(this.#dependencies.secrets, nameKey),
      kind: 'direct',
      name: '',
      nameKey,
      roleOf: () => 'member',
    });
    // Another node may have created it at the same time.
    for (const { id } of members) this.#noteFound(id, room);
    return { room };
  }

  /**
   * Makes a user a member of the direct room that another user has begun during a block. The earlier
   * messages are its history, and read.
   */
  async restore(user: User, otherId: UserId): Promise<void> {
    const found = await this.#find(user, directKeyOf(user.id, otherId));
    if (found === undefined || found.role !== undefined) return;
    await this.#addMember(user, found.room);
    await this.#dependencies.conversations.openRestored(user, found.room);
  }

  /** @throws {ChatError} FORBIDDEN if the author has blocked the other user. */
  async #enter(author: User, other: User, room: Room): Promise<void> {
    const { invitations } = this.#dependencies.store;
    const standing = await invitations.findStanding(other.id, author.id, room.nameKey);
    if (standing.isBlocked) {
      throw new ChatError('FORBIDDEN', { message: 'You have blocked this user' });
    }
    await this.#addMember(author, room);
    this.#noteFound(author.id, room);
  }

  async #addMember(user: User, room: Room): Promise<void> {
    const { store, clock } = this.#dependencies;
    await store.rooms.addMember(room.id, user.id, clock.nowMs());
  }

  #find(user: Pick<User, 'id'>, nameKey: string): Promise<FoundRoom | undefined> {
    const { rooms } = this.#dependencies.store;
    const reference = { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey } as const;
    return rooms.findRoom(reference, user.id);
  }

  async #noteMember(id: UserId, room: Room): Promise<void> {
    const { connectedUsers, store } = this.#dependencies;
    if (connectedUsers.isNoted(id, room.id)) return;
    const found = await store.rooms.findRoom({ kind: 'id', id: room.id }, id);
    if (found?.role !== undefined) this.#noteFound(id, room);
  }

  /** If its members are new to this node, another node has made the room. */
  #noteFound(userId: UserId, room: Room): void {
    const { connectedUsers, events } = this.#dependencies;
    if (connectedUsers.isMember(userId, room.id)) return;
    connectedUsers.joinedRoom(userId, room);
    events.emit('roomFound', userId, room);
  }

  /** @throws {ChatError} NOT_FOUND, also if the user does not reach the other; VALIDATION_ERROR for the user's own account. */
  async findOtherUser(user: User, reference: UserReference): Promise<User> {
    const { store } = this.#dependencies;
    const named =
      reference.kind === 'id'
        ? await findUserById(store.accounts, reference.id)
        : await store.accounts.findUser(reference);
    const found = await onlyInReach(this.#dependencies, user, named);
    const field = reference.kind === 'id' ? 'recipientId' : 'recipient';
    if (found === undefined) throw new ChatError('NOT_FOUND', { field });
    if (found.id !== user.id) return found;
    throw new ChatError('VALIDATION_ERROR', { field, message: 'You cannot message yourself' });
  }

  /** Finds a direct room by the key that `directKeyOf` makes of its two users. */
  async findByKey(user: User, nameKey: string): Promise<Room | undefined> {
    return (await this.#find(user, nameKey))?.room;
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
