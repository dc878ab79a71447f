/** Adds users to a group that exists. */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { findUserById } from '../accounts/find-user-by-id.ts';
import { findReadable } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { type ConsentDependencies, findConsent } from '../invitations/consent-policy.ts';
import {
  type JoinGroupDependencies,
  joinGroup,
  listGroupMembers,
  requirePlace,
} from '../invitations/join-group.ts';
import type { DomainSettings } from '../settings.ts';

interface GroupMembersDependencies extends JoinGroupDependencies, ConsentDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers' | 'largeRoomPeople'>;
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly userLimits: Pick<UserRateLimits, 'creations' | 'requests'>;
}

export class GroupMembers {
  readonly #dependencies: GroupMembersDependencies;

  constructor(dependencies: GroupMembersDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Adds a user, also by the id in the application that authenticates them, to a group of the author, or
   * invites a user who requires consent. A user who has
   * blocked the author is only invited, without seeing it, and reported as added. A member stays a
   * member.
   *
   * @throws {ChatError} NOT_FOUND, VALIDATION_ERROR for a full group, RATE_LIMITED, UNAVAILABLE;
   *   FORBIDDEN for other rooms, a banned user, and a user whom the author has blocked.
   */
  async add(
    author: User,
    { roomId, subjectId: givenId }: { readonly roomId: RoomId; readonly subjectId: UserId },
  ): Promise<'added' | 'invited'> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.creations.take(author.id);
    const { room, role } = await findReadable(this.#dependencies, author.id, roomId);
    if (room.kind !== 'group' || role === undefined) throw new ChatError('FORBIDDEN');
    const subject = await findUserById(store.accounts, givenId);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const { id: subjectId } = subject;
    const memberIds = await listGroupMembers(this.#dependencies, roomId);
    if (memberIds.includes(subjectId)) return 'added';
    // Invited users count: a user who has blocked the author is only invited, which the number of
    // places must not show.
    const invited = (await store.invitations.listInvited([roomId])).get(roomId) ?? [];
    const places = new Set([...memberIds, ...invited.map(({ id }) => id)]);
    if (!places.has(subjectId)) requirePlace(places);
    const there = await store.rooms.findRoom({ kind: 'id', id: roomId }, subjectId);
    if (there?.isBanned === true) throw new ChatError('FORBIDDEN');
    const pair = { userId: subjectId, authorId: author.id };
    const { asksFirst, isKnown, isUnwanted } = await findConsent(this.#dependencies, pair);
    const isAsked = asksFirst && !isKnown;
    if (isAsked || isUnwanted) {
      const target = { kind: 'group', id: roomId } as const;
      const createdAtMs = this.#dependencies.clock.nowMs();
      const invitation = { userId: subjectId, target, inviterId: author.id, createdAtMs };
      await store.invitations.insertInvitations([invitation]);
      return isAsked ? 'invited' : 'added';
    }
    await joinGroup(this.#dependencies, subject, { roomId, actorId: author.id });
    // An earlier invitation would admit the user again after a removal.
    await store.invitations.removeInvitation(subjectId, roomId);
    return 'added';
  }
}
