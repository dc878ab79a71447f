/**
 * Consent: a person is taken into a workspace or a group by others, or is asked first.
 * Nothing of what a person is invited to reaches them before they accept.
 */
import { ChatError, type UserId } from '@parley/protocol';
import type { Invitation, ListedInvitation } from '../../model/invitation.ts';
import type { User } from '../../model/user.ts';
import { directKeyOf } from '../direct/direct-room-rules.ts';
import type { Parts } from '../parts.ts';
import { subscribeNewConversation } from './auto-subscribe.ts';

const INVITATIONS_LISTED_MAX = 100;

/**
 * Whether a person has to be asked before the other takes them in somewhere.
 *
 * @throws {ChatError} FORBIDDEN if one of the two has blocked the other.
 */
export async function mustAsk({ store }: Parts, userId: UserId, otherId: UserId): Promise<boolean> {
  const key = directKeyOf(userId, otherId);
  const standing = await store.invitations.findStanding(userId, otherId, key);
  if (standing.isBlocked) throw new ChatError('FORBIDDEN');
  return standing.asksFirst && !standing.isKnown;
}

export interface Privacy {
  /** Strangers who add the person to a group or workspace only invite them. */
  readonly askBeforeStrangers: boolean;
}

export class InvitationCommands {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  list({ id }: User): Promise<ListedInvitation[]> {
    return this.#parts.store.invitations.listInvitations(id, INVITATIONS_LISTED_MAX);
  }

  /**
   * Makes the person a member, if the inviter may still add them.
   *
   * @throws {ChatError} NOT_FOUND; FORBIDDEN for a person who is banned.
   */
  async accept(user: User, targetId: string): Promise<void> {
    const invitation = await this.#take(user, targetId);
    if (invitation.target.kind === 'workspace') await this.#joinWorkspace(invitation);
    else await this.#joinGroup(user, invitation);
  }

  /** @throws {ChatError} NOT_FOUND. */
  async decline(user: User, targetId: string): Promise<void> {
    await this.#take(user, targetId);
  }

  async findPrivacy({ id }: User): Promise<Privacy> {
    return { askBeforeStrangers: await this.#parts.store.invitations.findAsksFirst(id) };
  }

  async setPrivacy({ id }: User, { askBeforeStrangers }: Privacy): Promise<void> {
    this.#parts.userLimits.changes.take(id);
    await this.#parts.store.invitations.setAsksFirst(id, askBeforeStrangers);
  }

  async #take({ id }: User, targetId: string): Promise<Invitation> {
    this.#parts.userLimits.changes.take(id);
    const invitation = await this.#parts.store.invitations.takeInvitation(id, targetId);
    if (invitation === undefined) throw new ChatError('NOT_FOUND');
    return invitation;
  }

  /** The inviter's right is checked again, in the transaction that makes the member. */
  async #joinWorkspace({ target, userId, inviterId }: Invitation): Promise<void> {
    if (target.kind !== 'workspace') return;
    const { store, clock } = this.#parts;
    const verdict = await store.workspaces.changeWorkspaceMember({
      workspaceId: target.id,
      actorId: inviterId,
      subjectId: userId,
      role: target.role,
      nowMs: clock.nowMs(),
    });
    if (verdict !== 'allowed') throw new ChatError('NOT_FOUND');
  }

  /** Opens the group from its head: what was said before is its history. */
  async #joinGroup(user: User, { target }: Invitation): Promise<void> {
    if (target.kind !== 'group') return;
    const { store, clock, people } = this.#parts;
    const { id: roomId } = target;
    const added = await store.rooms.addMember(roomId, user.id, clock.nowMs());
    if (added === 'banned') throw new ChatError('FORBIDDEN');
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, user.id);
    if (found === undefined) throw new ChatError('NOT_FOUND');
    people.joinedRoom(user.id, found.room);
    const { headSequence: sequence } = await store.rooms.readUnread(roomId, [user.id]);
    await subscribeNewConversation(this.#parts, { room: found.room, sequence }, [user]);
  }
}
