/** Adds users to a group or room that exists, and gives its members roles. */

import { ChatError, type RoomId, type UserId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { RoomRole } from '../../model/room.ts';
import { heldRole } from '../../model/room-member.ts';
import { isKnownToOthers, mayGiveRoles, mayInvite } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { findPersonById } from '../accounts/find-user-by-id.ts';
import { byOf } from '../core/act.ts';
import { announceRoles } from '../core/membership-announcer.ts';
import { findReadable } from '../core/read-permission.ts';
import { requireUsable, unusable } from '../core/usable-account.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { RoomSettings } from '../rooms/room-settings.ts';
import type { DomainSettings } from '../settings.ts';
import {
  type AddRoomMemberDependencies,
  addRoomMember,
  listGroupMembers,
  requirePlace,
} from './add-room-member.ts';
import { type ConsentDependencies, findConsent } from './consent-policy.ts';

interface RoomMembersDependencies extends AddRoomMemberDependencies, ConsentDependencies {
  readonly roomSettings: Pick<RoomSettings, 'read'>;
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers' | 'largeRoomPeople'>;
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly userLimits: Pick<
    UserRateLimits,
    'changes' | 'creations' | 'requests' | 'requestsOfPair'
  >;
}

interface AddRequest {
  readonly roomId: RoomId;
  readonly subjectId: UserId;
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
   *   FORBIDDEN for direct rooms and public channels, a user outside the workspace of a private channel,
   *   authors who may not invite, a banned user, a user whom the author has blocked or who does not accept
   *   messages from the author, and an archived room; CONFLICT for an account that is disabled or deleted.
   */
  async add(
    author: User,
    { roomId, subjectId: givenId }: AddRequest,
  ): Promise<'added' | 'invited'> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.changes.take(author.id);
    const found = await findReadable(this.#dependencies, author.id, roomId);
    const { room, workspaceRole } = found;
    const isAllowed = mayInvite(
      { role: author.role, roomRole: heldRole(found), workspaceRole },
      room,
    );
    // Users come into a public channel by way of its workspace.
    const isChannel = room.kind === 'channel';
    if (!isAllowed || (isChannel && isKnownToOthers(room))) throw new ChatError('FORBIDDEN');
    const subject = await findPersonById(this.#dependencies, author, givenId);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const { id: subjectId } = subject;
    const there = await store.rooms.findRoom({ kind: 'id', id: roomId }, subjectId);
    if (isChannel && there?.workspaceRole === undefined) throw outsideWorkspace();
    if (there?.role !== undefined) return 'added';
    requireUsable(subject, this.#dependencies.clock.nowMs(), 'userId');
    const isGroup = room.kind === 'group';
    if (isGroup) {
      await userLimits.creations.take(author.id);
      await this.#requirePlaceFor(subjectId, roomId);
    }
    if (there?.ban !== undefined) throw new ChatError('FORBIDDEN');
    const addition = { author, user: subject, to: room };
    const { isAsked, isUnwanted } = await findConsent(this.#dependencies, addition);
    if (isAsked || isUnwanted) {
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
   * Gives a user a role in the room, as a new member if necessary. A new owner takes the room over: the
   * former one becomes a moderator.
   *
   * @throws {ChatError} As `add`; FORBIDDEN for authors who may not give roles; CONFLICT for the owner,
   *   without whom the room would have none, and a higher role of a disabled account.
   */
  async giveRole(
    author: ActingUser,
    { roomId, subjectId: givenId, role }: AddRequest & { readonly role: RoomRole },
  ): Promise<'added' | 'invited'> {
    const { store, userLimits, clock, roomSettings } = this.#dependencies;
    await userLimits.changes.take(author.id);
    const { room, role: roomRole, workspaceRole } = await roomSettings.read(author, roomId);
    const isAllowed = mayGiveRoles({ role: author.role, roomRole, workspaceRole }, room.kind);
    const subject = await findPersonById(this.#dependencies, author, givenId);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'userId' });
    const there = await store.rooms.findRoom({ kind: 'id', id: roomId }, subject.id);
    const isNew = there?.role === undefined;
    if (!isAllowed && (role !== 'member' || !isNew)) throw new ChatError('FORBIDDEN');
    if (isNew) {
      const how = await this.add(author, { roomId, subjectId: subject.id });
      if (role === 'member' || how === 'invited') return how;
    }
    const by = byOf(author, clock);
    const given = await store.rooms.giveRole(roomId, subject.id, role, by);
    if (given.kind === 'forbidden') throw new ChatError('FORBIDDEN');
    if (given.kind === 'only-owner') throw withoutOwner();
    if (given.kind === 'disabled') throw unusable('userId');
    // A user who has blocked the author is only invited, which the author does not see.
    if (given.kind === 'absent' && !isNew) throw new ChatError('NOT_FOUND', { field: 'userId' });
    if (given.kind === 'given') {
      announceRoles(this.#dependencies, roomId, given, { actorId: author.id, atMs: by.atMs });
    }
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

function outsideWorkspace(): ChatError {
  const message = 'This user is not in the workspace of the channel';
  return new ChatError('FORBIDDEN', { field: 'userId', message });
}

function withoutOwner(): ChatError {
  const message = 'A room has an owner: make another member the owner';
  return new ChatError('CONFLICT', { field: 'role', message });
}
