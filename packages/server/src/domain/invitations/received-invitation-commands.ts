/**
 * The commands of invited users: list, accept and decline invitations. Nothing of a workspace or
 * group reaches invited users before they accept.
 */

import { ChatError } from '@parley/protocol';
import type { Invitation, ListedInvitation } from '../../model/invitation.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import { type JoinGroupDependencies, joinGroup } from '../direct/join-group.ts';

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
   * @throws {ChatError} NOT_FOUND; FORBIDDEN for a banned user.
   */
  async accept(user: User, targetId: string): Promise<void> {
    const invitation = await this.#remove(user, targetId);
    if (invitation.target.kind === 'workspace') await this.#joinWorkspace(invitation);
    else await joinGroup(this.#dependencies, user, invitation.target.id);
  }

  /** @throws {ChatError} NOT_FOUND. */
  async decline(user: User, targetId: string): Promise<void> {
    await this.#remove(user, targetId);
  }

  async #remove({ id }: User, targetId: string): Promise<Invitation> {
    await this.#dependencies.userLimits.changes.take(id);
    const invitation = await this.#dependencies.store.invitations.removeInvitation(id, targetId);
    if (invitation === undefined) throw new ChatError('NOT_FOUND');
    return invitation;
  }

  /** The inviter's permission is checked again, in the transaction that adds the member. */
  async #joinWorkspace({ target, userId, inviterId }: Invitation): Promise<void> {
    if (target.kind !== 'workspace') return;
    const { store, clock } = this.#dependencies;
    const verdict = await store.workspaces.changeWorkspaceMember({
      workspaceId: target.id,
      actorId: inviterId,
      subjectId: userId,
      role: target.role,
      nowMs: clock.nowMs(),
    });
    if (verdict !== 'allowed') throw new ChatError('NOT_FOUND');
  }
}
