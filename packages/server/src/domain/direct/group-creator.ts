/** Creates a group: a private room of a few users. */

import { ChatError, isBlank, LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { requireRight } from '../core/require-right.ts';
import { requireUsable } from '../core/usable-account.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { type ConsentDependencies, findConsent } from '../invitations/consent-policy.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';
import { createPrivateRoom } from '../rooms/create-private-room.ts';
import type { AutoSubscriber } from './auto-subscriber.ts';

interface GroupCreatorDependencies extends ConsentDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly secrets: Pick<Crypto, 'newId' | 'newRandomId'>;
  readonly presence: Pick<UserPresence, 'describe'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom'>;
  readonly userLimits: Pick<UserRateLimits, 'creations' | 'requests' | 'requestsOfPair'>;
  readonly conversations: Pick<AutoSubscriber, 'openNew'>;
}

interface GroupRequest {
  readonly userIds: readonly UserId[];
  readonly name: string | undefined;
}

interface Group {
  readonly room: Room;
  /**
   * All members, including those who are offline, and users who have blocked the creator: they only
   * have an invitation, which they do not see.
   */
  readonly members: readonly Member[];
  /** Users who become members by accepting an invitation. */
  readonly invitedIds: readonly UserId[];
}

/** For display only. */
const GROUP_NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 100 };

export class GroupCreator {
  readonly #dependencies: GroupCreatorDependencies;

  constructor(dependencies: GroupCreatorDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Creates a group that its creator owns. When this resolves, it is open on all connections of
   * its members.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, CONFLICT for a disabled account, FORBIDDEN if the creator has blocked a user,
   *   RATE_LIMITED, UNAVAILABLE.
   */
  async create(
    { user }: Pick<ChatConnection, 'user'>,
    { userIds, name = '' }: GroupRequest,
  ): Promise<Group> {
    requireRight(user, 'create-rooms');
    const { secrets, presence, connectedUsers, userLimits } = this.#dependencies;
    const others = [...new Set(userIds)].filter((id) => id !== user.id);
    if (others.length === 0 || others.length >= LIMITS.groupMembersMax) {
      const message = `A group has 2 to ${LIMITS.groupMembersMax} people`;
      throw new ChatError('VALIDATION_ERROR', { field: 'userIds', message });
    }
    const shownName = isBlank(name) ? '' : toName(name, GROUP_NAME);
    await userLimits.creations.take(user.id);
    const { shown, unwantedBy, invitedIds } = await this.#findGroupUsers(user, others);
    const members = await presence.describe(shown, user.id);
    const users = shown.filter(({ id }) => !unwantedBy.has(id));
    const room = await createPrivateRoom(this.#dependencies, users, {
      id: secrets.newId() as RoomId, // A new id is of the right kind.
      kind: 'group',
      name: shownName,
      nameKey: `group:${secrets.newRandomId()}`,
      roleOf: ({ id }) => (id === user.id ? 'owner' : 'member'),
    });
    for (const { id } of users) connectedUsers.joinedRoom(id, room);
    await this.#invite(user, room.id, [...invitedIds, ...unwantedBy]);
    await this.#dependencies.conversations.openNew(
      { room, head: { sequence: 0, epoch: undefined } },
      users,
    );
    return { room, members, invitedIds };
  }

  async #findGroupUsers(user: User, otherIds: readonly UserId[]) {
    const { accounts } = this.#dependencies.store;
    const shown = [user];
    const unwantedBy = new Set<UserId>();
    const invitedIds: UserId[] = [];
    for (const userId of otherIds) {
      const found = await accounts.findUser({ kind: 'id', id: userId });
      if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'userIds' });
      requireUsable(found, this.#dependencies.clock.nowMs(), 'userIds');
      const addition = { author: user, user: found, to: 'new-group' } as const;
      const { isAsked, isUnwanted } = await findConsent(this.#dependencies, addition);
      if (isAsked) {
        invitedIds.push(userId);
        continue;
      }
      shown.push(found);
      if (isUnwanted) unwantedBy.add(userId);
    }
    return { shown, unwantedBy, invitedIds };
  }

  async #invite(
    { id: inviterId }: User,
    roomId: RoomId,
    userIds: readonly UserId[],
  ): Promise<void> {
    const { store, clock } = this.#dependencies;
    if (userIds.length === 0) return;
    const target = { kind: 'group', id: roomId } as const;
    const invitation = { target, inviterId, createdAtMs: clock.nowMs() };
    await store.invitations.insertInvitations(userIds.map((userId) => ({ userId, ...invitation })));
  }
}
