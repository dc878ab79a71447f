/**
 * The commands of invited users: list, accept and decline invitations. Nothing of a workspace or
 * group reaches invited users before they accept.
 */

import { ChatError } from '@parley/protocol';
import type { Invitation, ListedInvitation } from '../../model/invitation.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import {
  type JoinGroupDependencies,
  joinGroup,
  listGroupMembers,
  requirePlace,
} from '../direct/join-group.ts';

export interface ReceivedInvitationCommandsDependencies extends JoinGroupDependencies {
  readonly store: Pick<Store, 'invitations' | 'rooms' | 'workspaces'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

const INVITATIONS_LISTED_MAX = 100;

export class ReceivedInvitationCommands {
  readonly #dependencies: ReceivedInvitationCommandsDependencies;

  constructor(dependencies: ReceivedInvitationCommandsDependencies) {
    this.#dependencies = dependencies;
  }

  list({ id }: User): Promise<ListedInvitation[]> {
    return this.#dependencies.store.invitations.listInvitations(id, INVITATIONS_LISTED_MAX);
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
        ? await this.#joinWorkspace(invitation)
        : await this.#joinGroup(user, invitation);
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

  /** The inviter's permission and the invitation are checked again, in the transaction that adds the member. */
  async #joinWorkspace({ target, userId, inviterId }: Invitation): Promise<boolean> {
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
    return verdict === 'allowed';
  }

  /** Members of a group may add others. */
  async #joinGroup(user: User, { target, inviterId }: Invitation): Promise<boolean> {
    if (target.kind !== 'group') return false;
    const memberIds = await listGroupMembers(this.#dependencies, target.id);
    if (!memberIds.includes(inviterId)) return false;
    if (!memberIds.includes(user.id)) requirePlace(memberIds);
    await joinGroup(this.#dependencies, user, target.id);
    return true;
  }
}
