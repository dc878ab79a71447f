/**
 * The commands of invited users: list, accept and decline invitations. Nothing of a workspace or
 * group reaches invited users before they accept.
 */

import { ChatError } from '@parley/protocol';
import type { Invitation, ListedInvitation } from '../../model/invitation.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import type { AutoSubscriber } from '../direct/auto-subscriber.ts';
import type { ConnectedUsers } from '../presence/connected-users.ts';

export interface ReceivedInvitationCommandsDependencies {
  readonly store: Pick<Store, 'invitations' | 'rooms' | 'workspaces'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly conversations: Pick<AutoSubscriber, 'openNew'>;
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
    else await this.#joinGroup(user, invitation);
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

  /** Opens the group from its head: earlier messages are its history. */
  async #joinGroup(user: User, { target }: Invitation): Promise<void> {
    if (target.kind !== 'group') return;
    const { store, clock, connectedUsers } = this.#dependencies;
    const { id: roomId } = target;
    const added = await store.rooms.addMember(roomId, user.id, clock.nowMs());
    if (added === 'banned') throw new ChatError('FORBIDDEN');
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id);
    if (found === undefined) throw new ChatError('NOT_FOUND');
    connectedUsers.joinedRoom(user.id, found.room);
    const { headSequence: sequence } = await store.rooms.readUnread(roomId, [user.id]);
    const head = { sequence, epoch: undefined };
    await this.#dependencies.conversations.openNew({ room: found.room, head }, [user]);
  }
}
