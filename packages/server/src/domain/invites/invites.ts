/**
 * Links that let people in. A user who has the link may register, and becomes a member of its rooms;
 * the creator must still be allowed to let others in when it is used.
 */

import { ChatError, type RoomId, type UserId, type WorkspaceId } from '@parley/protocol';
import { mayManageInvites } from '../../model/administration-rules.ts';
import type { Identity } from '../../model/identity.ts';
import type { Invite } from '../../model/invite.ts';
import { cutPage, formatTimeCursor, type Page, type PageRequest } from '../../model/page.ts';
import type { Room } from '../../model/room.ts';
import { heldRole } from '../../model/room-member.ts';
import { mayInvite } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import { mayManageChannels } from '../../model/workspace-policy.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { type Store, StoreUnavailable } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import { findReadable } from '../core/read-permission.ts';
import { requireRight } from '../core/require-right.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { archived, sendsNoMail } from '../errors.ts';
import {
  type AddRoomMemberDependencies,
  addRoomMember,
  listGroupMembers,
  requirePlace,
} from '../invitations/add-room-member.ts';
import { joinDefaultRooms } from '../invitations/join-default-rooms.ts';
import { checkAddress } from '../primitives/email-address.ts';
import { positionAfter } from '../primitives/list-position.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import { findOpenInvite, mayAddToWorkspace, type OpenInvite } from './find-open-invite.ts';
import { createInvite, type InviteTerms } from './new-invite.ts';

interface InvitesDependencies extends AddRoomMemberDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'invites' | 'rooms' | 'workspaces'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newId' | 'newToken'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly firstOwner: { isToken(token: string): boolean };
  /** Whether this server sends mail. */
  readonly hasMail: boolean;
  /** Counts wrong tokens as wrong passwords are counted. */
  readonly attempts: {
    countInvite(userId: UserId, address: string | undefined): Promise<() => Promise<void>>;
  };
}

interface InviteRequest extends InviteTerms {
  readonly roomIds: readonly RoomId[];
  readonly workspaceId?: WorkspaceId | undefined;
}

/** An invite with the user who has created it. */
interface CreatedInvite extends Invite {
  readonly creator: User;
}

const LISTED_MAX = 100;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Strangers get this mail: of one user, and to one address. */
const MAILS_OF_USER = { attemptsMax: 50, windowMs: DAY_MS };
const MAILS_TO_ADDRESS = { attemptsMax: 3, windowMs: DAY_MS };

export class Invites {
  readonly #dependencies: InvitesDependencies;

  constructor(dependencies: InvitesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Returns the invite with the token of its link, which is stored nowhere. With an e-mail address,
   * the link is mailed there instead: without a token.
   *
   * @throws {ChatError} VALIDATION_ERROR; NOT_FOUND or FORBIDDEN if the user may not let others into
   *   a room or workspace; FORBIDDEN if the server sends no mail; CONFLICT if the user has too many;
   *   RATE_LIMITED.
   */
  async create(
    identity: Identity,
    request: InviteRequest,
  ): Promise<{ invite: Invite; token?: string }> {
    const { store, secrets, clock, userLimits } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    requireRight(user, 'create-invites');
    const roomIds = [...new Set(request.roomIds)];
    for (const roomId of roomIds) await this.#requireRoom(user, roomId);
    // Every user is in the default workspace.
    const workspaceId =
      request.workspaceId === DEFAULT_WORKSPACE_ID ? undefined : request.workspaceId;
    if (workspaceId !== undefined) await this.#requireWorkspace(user, workspaceId);
    const email = request.email === undefined ? undefined : checkAddress(request.email);
    if (email !== undefined) await this.#countMail(user, email);
    const wanted = { ...request, creatorId: user.id, roomIds, workspaceId, email };
    const made = await createInvite({ invites: store.invites, secrets }, wanted, byOf(user, clock));
    return email === undefined ? made : { invite: made.invite };
  }

  /** @throws {ChatError} FORBIDDEN, RATE_LIMITED. */
  async #countMail(user: User, email: string): Promise<void> {
    const { store, secrets, clock, hasMail } = this.#dependencies;
    if (!hasMail) throw sendsNoMail();
    const limits = [
      { key: `mailed invites of ${user.id}`, ...MAILS_OF_USER },
      { key: `mailed invites to ${secrets.digest(email.toLowerCase())}`, ...MAILS_TO_ADDRESS },
    ];
    rejectWait(await store.accounts.countAttempt(limits, clock.nowMs()));
  }

  /** Those of the user that have not expired, latest first. @throws {ChatError} VALIDATION_ERROR. */
  async list({ id }: User, page: PageRequest = {}): Promise<Page<Invite>> {
    const { limit = LISTED_MAX } = page;
    const { store, clock } = this.#dependencies;
    const after = positionAfter(page.after);
    const nowMs = clock.nowMs();
    const rows = await store.invites.listInvites(id, { nowMs, limit: limit + 1, after });
    return cutPage(rows, limit, cursorOf);
  }

  /**
   * Those of all users with their creators, also expired ones, latest first.
   *
   * @throws {ChatError} FORBIDDEN, VALIDATION_ERROR.
   */
  async listAll(user: User, page: PageRequest = {}): Promise<Page<CreatedInvite>> {
    if (!mayManageInvites(user)) throw new ChatError('FORBIDDEN');
    const { limit = LISTED_MAX } = page;
    const { store, clock } = this.#dependencies;
    const after = positionAfter(page.after);
    const bounds = { nowMs: clock.nowMs(), limit: limit + 1, after };
    const rows = await store.invites.listInvites(undefined, bounds);
    const ids = new Set(rows.map(({ creatorId }) => creatorId));
    const users = new Map(
      (await store.accounts.listUsers([...ids])).map((each) => [each.id, each]),
    );
    const created = rows.flatMap((invite) => {
      const creator = users.get(invite.creatorId);
      return creator === undefined ? [] : [{ ...invite, creator }];
    });
    return cutPage(created, limit, cursorOf);
  }

  /** The link lets no user in afterwards. @throws {ChatError} NOT_FOUND. */
  async revoke(identity: Identity, inviteId: string): Promise<void> {
    const { store, clock, userLimits } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    const creatorId = mayManageInvites(user) ? undefined : user.id;
    const wasThere = await store.invites.deleteInvite(
      inviteId,
      creatorId,
      byOf(identity.user, clock),
    );
    if (!wasThere) throw new ChatError('NOT_FOUND');
  }

  /**
   * Makes a user a member of the rooms of an invite, and returns them. A user who is let in counts
   * once, however often the link is used.
   *
   * @throws {ChatError} NOT_FOUND for an invite that lets no user in; FORBIDDEN if the user is banned
   *   from all of its rooms, which perhaps are archived, or outside the workspace of a private channel and not let into that;
   *   VALIDATION_ERROR for a full group; RATE_LIMITED.
   */
  async accept(
    identity: Pick<Identity, 'user'>,
    token: string,
    address: string | undefined,
  ): Promise<readonly Room[]> {
    const { store, clock, userLimits, attempts, firstOwner } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    // The owner has come with it, and the page that registered opens the link.
    if (user.role === 'owner' && firstOwner.isToken(token)) return [];
    const forget = await attempts.countInvite(user.id, address);
    const open = await findOpenInvite(this.#dependencies, token);
    if (open === undefined) throw unknownToken();
    await forget();
    const missing = await this.#findMissing(user, open);
    if (missing === 'banned') throw new ChatError('FORBIDDEN');
    if (missing === 'archived') throw archived();
    if (missing === 'some') {
      const { actor: _, atMs: nowMs, ...from } = byOf(identity.user, clock);
      const use = { inviteId: open.invite.id, userId: user.id, ...from, nowMs };
      if ((await store.invites.takePlace(use)) === 'closed') throw unknownToken();
    }
    return this.#enter(user, open);
  }

  /**
   * Makes a user who has registered with an invite a member of its rooms. The account exists: what
   * fails here is done when the user opens the link again.
   */
  async enterRegistered(user: User, token: string): Promise<readonly Room[]> {
    try {
      const open = await findOpenInvite(this.#dependencies, token);
      return open === undefined ? [] : await this.#enter(user, open);
    } catch (error) {
      if (error instanceof StoreUnavailable) return [];
      throw error;
    }
  }

  /** @throws {ChatError} NOT_FOUND, FORBIDDEN. */
  async #requireRoom(user: User, roomId: RoomId): Promise<void> {
    const found = await findReadable(this.#dependencies, user.id, roomId);
    const { room, workspaceRole } = found;
    const isAllowed = mayInvite(
      { role: user.role, roomRole: heldRole(found), workspaceRole },
      room,
    );
    if (!isAllowed) throw new ChatError('FORBIDDEN', { field: 'roomIds' });
    if (room.archivedAtMs !== undefined) throw archived();
  }

  /** @throws {ChatError} NOT_FOUND, FORBIDDEN. */
  async #requireWorkspace({ id, role }: User, workspaceId: WorkspaceId): Promise<void> {
    const found = await this.#dependencies.store.workspaces.findWorkspace(workspaceId, id);
    const isAllowed = found && mayManageChannels({ role, workspaceRole: found.role });
    if (isAllowed) return;
    const isKnown = found?.role !== undefined;
    throw new ChatError(isKnown ? 'FORBIDDEN' : 'NOT_FOUND', { field: 'workspaceId' });
  }

  /**
   * Whether the user lacks a membership that the invite gives.
   *
   * @throws {ChatError} VALIDATION_ERROR for a full group.
   */
  async #findMissing(
    { id: userId }: User,
    { inviter, rooms, workspaceId }: OpenInvite,
  ): Promise<'none' | 'some' | 'banned' | 'archived'> {
    const { store } = this.#dependencies;
    const found = [];
    for (const { id } of rooms) {
      const room = await store.rooms.findRoom({ kind: 'id', id }, userId);
      if (room === undefined || room.ban !== undefined) continue;
      const { kind, workspaceId: placeId } = room.room;
      const isForeign = kind === 'channel' && room.workspaceRole === undefined;
      if (isForeign && !(await mayAddToWorkspace(this.#dependencies, inviter, placeId))) continue;
      found.push(room);
    }
    if (rooms.length > 0 && found.length === 0) return 'banned';
    // An archived room has no new members.
    const open = found.filter(
      ({ room, role }) => role !== undefined || room.archivedAtMs === undefined,
    );
    if (rooms.length > 0 && open.length === 0 && workspaceId === undefined) return 'archived';
    const missing = open.filter(
      ({ room, role, workspaceRole }) =>
        role === undefined || (room.kind === 'channel' && workspaceRole === undefined),
    );
    for (const { room } of missing) {
      if (room.kind === 'group') requirePlace(await listGroupMembers(this.#dependencies, room.id));
    }
    if (missing.length > 0) return 'some';
    if (workspaceId === undefined) return 'none';
    const workspace = await store.workspaces.findWorkspace(workspaceId, userId);
    return workspace?.role === undefined ? 'some' : 'none';
  }

  /** Returns the rooms that the user is a member of afterwards. */
  async #enter(user: User, open: OpenInvite): Promise<readonly Room[]> {
    const { inviter, rooms, workspaceId } = open;
    if (workspaceId !== undefined) await this.#enterWorkspace(user, inviter, workspaceId);
    const entered: Room[] = [];
    for (const room of rooms) {
      if (await this.#enterRoom(user, inviter, room)) entered.push(room);
    }
    return entered;
  }

  /** A group may be full, a room archived, or the user banned from it, by now. */
  async #enterRoom(user: User, inviter: User, room: Room): Promise<boolean> {
    const { id: roomId, kind, workspaceId } = room;
    try {
      // The owner of a private channel lets only members of the workspace into it.
      if (kind === 'channel' && !(await this.#enterWorkspace(user, inviter, workspaceId))) {
        return false;
      }
      const { rooms } = this.#dependencies.store;
      const found = await rooms.findRoom({ kind: 'id', id: roomId }, user.id);
      if (found?.role !== undefined) return true;
      if (kind === 'group') requirePlace(await listGroupMembers(this.#dependencies, roomId));
      // The members of a room that strangers cannot join see whose link let the user in.
      const actorId = room.visibility === 'public' ? user.id : inviter.id;
      await addRoomMember(this.#dependencies, user, { roomId, actorId, isByLink: true });
      return true;
    } catch (error) {
      if (error instanceof ChatError) return false;
      throw error;
    }
  }

  /** Members keep their roles. The inviter's right is checked in the transaction, too. */
  async #enterWorkspace(user: User, inviter: User, workspaceId: WorkspaceId): Promise<boolean> {
    const { store, clock } = this.#dependencies;
    const found = await store.workspaces.findWorkspace(workspaceId, user.id);
    if (found?.role !== undefined) return true;
    const verdict = await store.workspaces.changeWorkspaceMember({
      ...{ workspaceId, actorId: inviter.id, subjectId: user.id },
      role: 'member',
      nowMs: clock.nowMs(),
    });
    if (verdict !== 'allowed') return false;
    await joinDefaultRooms(this.#dependencies, user, workspaceId);
    return true;
  }
}

function cursorOf({ createdAtMs, id }: Invite): string {
  return formatTimeCursor({ atMs: createdAtMs, id });
}

function unknownToken(): ChatError {
  return new ChatError('NOT_FOUND', { field: 'token' });
}
