/** Adds users to a group that exists. */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import { requiresConsent } from '../invitations/consent-policy.ts';
import { findReadable } from '../rooms/read-permission.ts';
import {
  type JoinGroupDependencies,
  joinGroup,
  listGroupMembers,
  requirePlace,
} from './join-group.ts';

export interface GroupMembersDependencies extends JoinGroupDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly userLimits: Pick<UserRateLimits, 'creations'>;
}

export class GroupMembers {
  readonly #dependencies: GroupMembersDependencies;

  constructor(dependencies: GroupMembersDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Adds a user to a group of the author, or invites a user who requires consent or has blocked a
   * member. A member stays a member.
   *
   * @throws {ChatError} NOT_FOUND, VALIDATION_ERROR for a full group, RATE_LIMITED, UNAVAILABLE;
   *   FORBIDDEN for other rooms, a banned user, and if the author and the user have blocked each
   *   other.
   */
  async add(
    author: User,
    { roomId, subjectId }: { readonly roomId: RoomId; readonly subjectId: UserId },
  ): Promise<'added' | 'invited'> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.creations.take(author.id);
    const { room, role } = await findReadable(this.#dependencies, author.id, roomId);
    if (room.kind !== 'group' || role === undefined) throw new ChatError('FORBIDDEN');
    const subject = await store.accounts.findUser({ kind: 'id', id: subjectId });
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const memberIds = await listGroupMembers(this.#dependencies, roomId);
    if (memberIds.includes(subjectId)) return 'added';
    requirePlace(memberIds);
    if (await this.#needsConsent(author.id, subjectId, memberIds)) {
      const target = { kind: 'group', id: roomId } as const;
      const createdAtMs = this.#dependencies.clock.nowMs();
      const invitation = { userId: subjectId, target, inviterId: author.id, createdAtMs };
      await store.invitations.insertInvitations([invitation]);
      return 'invited';
    }
    await joinGroup(this.#dependencies, subject, roomId);
    // An earlier invitation would admit the user again after a removal.
    await store.invitations.removeInvitation(subjectId, roomId);
    return 'added';
  }

  /** As for a new group. */
  async #needsConsent(
    authorId: UserId,
    subjectId: UserId,
    memberIds: readonly UserId[],
  ): Promise<boolean> {
    if (await requiresConsent(this.#dependencies, subjectId, authorId)) return true;
    const { invitations } = this.#dependencies.store;
    const blockers = await invitations.listBlockersAmong([...memberIds, subjectId]);
    return blockers.includes(subjectId);
  }
}
