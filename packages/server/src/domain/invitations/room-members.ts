/** Adds users to a group or room that exists. */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import { mayInvite } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { findUserById } from '../accounts/find-user-by-id.ts';
import { findReadable } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { DomainSettings } from '../settings.ts';
import {
  type AddRoomMemberDependencies,
  addRoomMember,
  listGroupMembers,
  requirePlace,
} from './add-room-member.ts';
import { type ConsentDependencies, findConsent } from './consent-policy.ts';

interface RoomMembersDependencies extends AddRoomMemberDependencies, ConsentDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers' | 'largeRoomPeople'>;
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'creations' | 'requests'>;
}

export class RoomMembers {
  readonly #dependencies: RoomMembersDependencies;

  constructor(dependencies: RoomMembersDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Adds a user, also by the id in the application that authenticates them, to a group or room, or
   * invites a user who requires consent. A user who has blocked the author is only invited, without
   * seeing it, and reported as added. A member stays a member.
   *
   * @throws {ChatError} NOT_FOUND, VALIDATION_ERROR for a full group, RATE_LIMITED, UNAVAILABLE;
   *   FORBIDDEN for direct rooms and channels, for authors who may not invite, a banned user, a user
   *   whom the author has blocked, and an archived room.
   */
  async add(
    author: User,
    { roomId, subjectId: givenId }: { readonly roomId: RoomId; readonly subjectId: UserId },
  ): Promise<'added' | 'invited'> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.changes.take(author.id);
    const found = await findReadable(this.#dependencies, author.id, roomId);
    const { room, role: roomRole, workspaceRole } = found;
    const isAllowed = mayInvite({ role: author.role, roomRole, workspaceRole }, room);
    // Users come into a channel by way of its workspace.
    if (!isAllowed || room.kind === 'channel') throw new ChatError('FORBIDDEN');
    const subject = await findUserById(store.accounts, givenId);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const { id: subjectId } = subject;
    const there = await store.rooms.findRoom({ kind: 'id', id: roomId }, subjectId);
    if (there?.role !== undefined) return 'added';
    const isGroup = room.kind === 'group';
    if (isGroup) {
      await userLimits.creations.take(author.id);
      await this.#requirePlaceFor(subjectId, roomId);
    }
    if (there?.isBanned === true) throw new ChatError('FORBIDDEN');
    const pair = { userId: subjectId, authorId: author.id };
    const consent = await findConsent(this.#dependencies, pair, { isInWorkspace: !isGroup });
    const isAsked = consent.asksFirst && !consent.isKnown;
    if (isAsked || consent.isUnwanted) {
      const target = { kind: 'group', id: roomId } as const;
      const createdAtMs = this.#dependencies.clock.nowMs();
      const invitation = { userId: subjectId, target, inviterId: author.id, createdAtMs };
      await store.invitations.insertInvitations([invitation]);
      return isAsked ? 'invited' : 'added';
    }
    await addRoomMember(this.#dependencies, subject, { roomId, actorId: author.id });
    return 'added';
  }

  /**
   * Invited users count: a user who has blocked the author is only invited, which the number of places
   * must not show.
   */
  async #requirePlaceFor(userId: UserId, roomId: RoomId): Promise<void> {
    const { invitations } = this.#dependencies.store;
    const invited = (await invitations.listInvited([roomId])).get(roomId) ?? [];
    const memberIds = await listGroupMembers(this.#dependencies, roomId);
    const places = new Set([...memberIds, ...invited.map(({ id }) => id)]);
    if (!places.has(userId)) requirePlace(places);
  }
}
