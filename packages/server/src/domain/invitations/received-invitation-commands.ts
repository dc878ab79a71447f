/**
 * The commands of invited users: list, accept and decline invitations. Nothing of a workspace or
 * group reaches invited users before they accept.
 */

import { ChatError, type UserId } from '@parley/protocol';
import type { Invitation, ListedInvitation } from '../../model/invitation.ts';
import { cutPage, formatTimeCursor, type Page, type PageRequest } from '../../model/page.ts';
import { heldRole } from '../../model/room-member.ts';
import { mayInvite } from '../../model/room-policy.ts';
import { isDisabled, type User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { BlockCommands } from '../blocks/block-commands.ts';
import { onlyInReach } from '../core/people-in-reach.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { positionAfter } from '../primitives/list-position.ts';
import type { MembershipRemoval } from '../rooms/membership-removal.ts';
import {
  type AddRoomMemberDependencies,
  addRoomMember,
  listGroupMembers,
  requirePlace,
} from './add-room-member.ts';
import { joinDefaultRooms } from './join-default-rooms.ts';

interface ReceivedInvitationCommandsDependencies extends AddRoomMemberDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms' | 'workspaces'>;
  readonly blocks: Pick<BlockCommands, 'block'>;
  readonly memberships: Pick<MembershipRemoval, 'endAdmitted'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

const INVITATIONS_LISTED_MAX = 100;
const GROUPS_LEFT_TOGETHER = 100;

interface DeclineAll {
  readonly inviterId: UserId;
  readonly block?: boolean;
  readonly leaveGroups?: boolean;
}

interface Declined {
  /** Number of invitations. */
  readonly declined: number;
  /** Number of groups that the user has left. */
  readonly left: number;
}

export class ReceivedInvitationCommands {
  readonly #dependencies: ReceivedInvitationCommandsDependencies;

  constructor(dependencies: ReceivedInvitationCommandsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Latest first. @throws {ChatError} VALIDATION_ERROR. */
  async list({ id }: User, page: PageRequest = {}): Promise<Page<ListedInvitation>> {
    const { limit = INVITATIONS_LISTED_MAX } = page;
    const after = positionAfter(page.after);
    const { invitations } = this.#dependencies.store;
    const rows = await invitations.listInvitations(id, limit + 1, after);
    return cutPage(rows, limit, ({ invitation: { createdAtMs: atMs, target } }) =>
      formatTimeCursor({ atMs, id: target.id }),
    );
  }

  /**
   * Makes the user a member, if the inviter may still add members.
   *
   * @throws {ChatError} NOT_FOUND; FORBIDDEN for a banned user; VALIDATION_ERROR for a full group.
   */
  async accept(user: User, targetId: string): Promise<void> {
    const { invitations } = this.#dependencies.store;
    await this.#dependencies.userLimits.changes.take(user.id);
    const invitation = await invitations.findInvitation(user.id, targetId);
    if (invitation === undefined) throw new ChatError('NOT_FOUND');
    const isJoined =
      invitation.target.kind === 'workspace'
        ? await this.#joinWorkspace(user, invitation)
        : await this.#joinRoom(user, invitation);
    // Not before: after a failure, the user can accept again.
    await invitations.removeInvitation(user.id, targetId);
    if (!isJoined) throw new ChatError('NOT_FOUND');
  }

  /** @throws {ChatError} NOT_FOUND. */
  async decline({ id }: User, targetId: string): Promise<void> {
    await this.#dependencies.userLimits.changes.take(id);
    const invitation = await this.#dependencies.store.invitations.removeInvitation(id, targetId);
    if (invitation === undefined) throw new ChatError('NOT_FOUND');
  }

  /**
   * Declines all invitations of a user, also future ones if the user is blocked. With `leaveGroups`,
   * the user also leaves all groups that this user has created.
   *
   * @throws {ChatError} NOT_FOUND for an unknown inviter; RATE_LIMITED, UNAVAILABLE.
   */
  async declineAll(user: User, { inviterId, block, leaveGroups }: DeclineAll): Promise<Declined> {
    const { blocks, memberships, store, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const named = await store.accounts.findUser({ kind: 'id', id: inviterId });
    const inviter = await onlyInReach(this.#dependencies, user, named);
    if (inviter === undefined || inviterId === user.id) {
      throw new ChatError('NOT_FOUND', { field: 'inviterId' });
    }
    // First: no invitation comes between.
    if (block === true) await blocks.block(user, inviterId);
    const declined = await store.invitations.removeInvitationsFrom(user.id, inviterId);
    let left = 0;
    for (; leaveGroups === true; ) {
      const groups = await store.rooms.listGroupsCreatedBy(
        user.id,
        inviterId,
        GROUPS_LEFT_TOGETHER,
      );
      if (groups.length === 0) break;
      for (const roomId of groups) {
        const author = { user, connection: undefined };
        await memberships.endAdmitted(author, { roomId, subjectId: user.id, reason: 'left' });
        left += 1;
      }
    }
    return { declined, left };
  }

  /** The inviter's permission and the invitation are checked again, in the transaction that adds the member. */
  async #joinWorkspace(user: User, { target, userId, inviterId }: Invitation): Promise<boolean> {
    if (target.kind !== 'workspace') return false;
    const { store, clock } = this.#dependencies;
    const verdict = await store.workspaces.changeWorkspaceMember({
      workspaceId: target.id,
      actorId: inviterId,
      subjectId: userId,
      role: target.role,
      isAcceptance: true,
      nowMs: clock.nowMs(),
    });
    if (verdict !== 'allowed') return false;
    await joinDefaultRooms(this.#dependencies, user, target.id);
    return true;
  }

  /** The target is a group or another room. */
  async #joinRoom(user: User, { target, inviterId }: Invitation): Promise<boolean> {
    if (target.kind !== 'group') return false;
    const { store, clock } = this.#dependencies;
    const { accounts, rooms } = store;
    const { id: roomId } = target;
    const [inviter, found] = await Promise.all([
      accounts.findUser({ kind: 'id', id: inviterId }),
      rooms.findRoom({ kind: 'id', id: roomId }, inviterId),
    ]);
    // As a link of theirs: the rights of a disabled account end.
    if (inviter === undefined || isDisabled(inviter, clock.nowMs())) return false;
    if (found === undefined) return false;
    const { room, workspaceRole } = found;
    if (!mayInvite({ role: inviter.role, roomRole: heldRole(found), workspaceRole }, room))
      return false;
    if (room.kind === 'group') {
      const memberIds = await listGroupMembers(this.#dependencies, roomId);
      if (!memberIds.includes(user.id)) requirePlace(memberIds);
    }
    await addRoomMember(this.#dependencies, user, { roomId, actorId: user.id });
    return true;
  }
}
