/**
 * The members of a workspace and their roles. Users who leave a workspace leave its channels, each
 * in its position of the log.
 */

import {
  ChatError,
  LIMITS,
  USERNAME_PATTERN,
  type UserId,
  type WorkspaceId,
} from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import { cutPage, type Page } from '../../model/page.ts';
import type { User } from '../../model/user.ts';
import type { MemberChangeRequest, WorkspaceMember } from '../../model/workspace.ts';
import type { MemberVerdict, WorkspaceRole } from '../../model/workspace-policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { findUserById } from '../accounts/find-user-by-id.ts';
import { byOf } from '../core/act.ts';
import { onlyInReach } from '../core/people-in-reach.ts';
import { unusable } from '../core/usable-account.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { AddRoomMemberDependencies } from '../invitations/add-room-member.ts';
import { type ConsentDependencies, findConsent } from '../invitations/consent-policy.ts';
import { joinDefaultRooms } from '../invitations/join-default-rooms.ts';
import type { DomainSettings } from '../settings.ts';
import type { StrayMemberships } from './stray-memberships.ts';
import type { Workspaces } from './workspaces.ts';

interface MembersRequest {
  readonly workspaceId: WorkspaceId;
  readonly after: UserId | undefined;
  readonly limit: number | undefined;
}

interface WorkspaceMembersDependencies extends ConsentDependencies, AddRoomMemberDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers' | 'largeRoomPeople'>;
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms' | 'workspaces'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly userLimits: Pick<
    UserRateLimits,
    'changes' | 'creations' | 'requests' | 'requestsOfPair'
  >;
  readonly workspaces: Pick<Workspaces, 'findOwn'>;
  readonly strayMemberships: Pick<StrayMemberships, 'endOf'>;
}

export class WorkspaceMembers {
  readonly #dependencies: WorkspaceMembersDependencies;

  constructor(dependencies: WorkspaceMembersDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {ChatError} NOT_FOUND for users who are not members. */
  async list(
    user: User,
    { workspaceId, after, limit }: MembersRequest,
  ): Promise<Page<WorkspaceMember>> {
    await this.#dependencies.workspaces.findOwn(user, workspaceId);
    const count = limit ?? LIMITS.membersPageDefault;
    const page = { after, limit: count + 1 };
    const { settings, store } = this.#dependencies;
    const members = await store.workspaces.listWorkspaceMembers(workspaceId, page);
    // A user who is missing from the list would show the block.
    const unwanted = await store.invitations.listUnwantedMembers(workspaceId, {
      ...page,
      asksByDefault: settings.askBeforeStrangers,
    });
    const ids = new Set(members.map(({ user: { id } }) => id));
    const rows = [
      ...members,
      ...unwanted.filter(({ user: { id } }) => id !== user.id && !ids.has(id)),
    ].sort((a, b) => (a.user.id < b.user.id ? -1 : 1));
    return cutPage(rows, count, ({ user: { id } }) => id);
  }

  /**
   * Adds a user or changes a member's role; invites a user whose consent is required. A user who has
   * blocked the author is only invited, without seeing it, and reported as added.
   *
   * @throws {ChatError} NOT_FOUND, FORBIDDEN, RATE_LIMITED; CONFLICT if no owner would be left, and for an
   *   account that is disabled or deleted.
   */
  async set(
    user: ActingUser,
    { role, ...request }: MemberRequest & { readonly role: WorkspaceRole },
  ): Promise<MemberChange> {
    const { workspaceId } = request;
    await this.#dependencies.userLimits.changes.take(user.id);
    await this.#dependencies.workspaces.findOwn(user, workspaceId);
    const subject = await this.#findPerson(user, request);
    const { id: subjectId } = subject;
    const change = { workspaceId, subjectId, role };
    const { isInvited, isUnwanted } = await this.#findConsent(user, subject, change);
    if (isInvited) await this.#dependencies.userLimits.creations.take(user.id);
    await this.#changeMember(user, { ...change, isInvitation: isInvited || isUnwanted });
    if (!isInvited && !isUnwanted) {
      await joinDefaultRooms(this.#dependencies, subject, workspaceId, user.id);
    }
    return { user: subject, role, isInvited };
  }

  /**
   * `isInvited`: the user has to accept first: an ownership always; a membership if the user requires
   * consent, also of known users. `isUnwanted`: the user has blocked the author.
   *
   * @throws {ChatError} FORBIDDEN if the author has blocked the user, or the user does not accept messages
   *   from the author; RATE_LIMITED.
   */
  async #findConsent(
    actor: User,
    subject: User,
    change: Pick<MemberChangeRequest, 'workspaceId' | 'subjectId' | 'role'>,
  ): Promise<{ readonly isInvited: boolean; readonly isUnwanted: boolean }> {
    const { workspaceId, subjectId, role } = change;
    const unasked = { isInvited: false, isUnwanted: false };
    if (subjectId === actor.id) return unasked;
    const { workspaces } = this.#dependencies.store;
    const from = (await workspaces.findWorkspace(workspaceId, subjectId))?.role;
    if (from === 'owner' || (from !== undefined && role !== 'owner')) return unasked;
    const addition = { author: actor, user: subject, to: 'workspace' } as const;
    const { isAsked, isUnwanted } = await findConsent(this.#dependencies, addition);
    return { isInvited: isAsked || role === 'owner', isUnwanted };
  }

  /**
   * Removes a user from a workspace and from its channels: after this resolves, no later message
   * there reaches the user.
   *
   * @throws {ChatError} as `set`; UNAVAILABLE.
   */
  async remove(user: ActingUser, request: MemberRequest): Promise<void> {
    const { workspaceId } = request;
    await this.#dependencies.userLimits.changes.take(user.id);
    await this.#dependencies.workspaces.findOwn(user, workspaceId);
    const subject = await this.#findPerson(user, request);
    try {
      await this.#changeMember(user, { workspaceId, subjectId: subject.id, role: undefined });
    } finally {
      // Also if the user was removed before: an earlier attempt may have failed halfway.
      await this.#dependencies.strayMemberships.endOf({ workspaceId, subjectId: subject.id });
    }
  }

  async #findPerson(asker: User, request: MemberRequest): Promise<User> {
    const { accounts } = this.#dependencies.store;
    const named =
      request.userId === undefined
        ? await this.#findByName(request.username.trim())
        : await findUserById(accounts, request.userId);
    const found = await onlyInReach(this.#dependencies, asker, named);
    const field = request.userId === undefined ? 'username' : 'userId';
    if (found === undefined) throw new ChatError('NOT_FOUND', { field });
    return found;
  }

  async #findByName(username: string): Promise<User | undefined> {
    if (!new RegExp(USERNAME_PATTERN).test(username)) return undefined;
    return this.#dependencies.store.accounts.findUser({ kind: 'username', username });
  }

  async #changeMember(
    user: ActingUser,
    change: Omit<MemberChangeRequest, 'actorId' | 'nowMs' | 'by'>,
  ): Promise<void> {
    const { store, clock } = this.#dependencies;
    const by = byOf(user, clock);
    const request = { ...change, actorId: user.id, nowMs: by.atMs, by };
    const verdict = await store.workspaces.changeWorkspaceMember(request);
    if (verdict !== 'allowed') throw toRejection(verdict);
  }
}

export type MemberRequest = { readonly workspaceId: WorkspaceId } & (
  | { readonly username: string; readonly userId?: undefined }
  /** An id of Parley, or of the application that authenticates the user. */
  | { readonly userId: UserId }
);

interface MemberChange extends WorkspaceMember {
  /** Whether the user has to accept before the role applies. */
  readonly isInvited: boolean;
}

function toRejection(verdict: Exclude<MemberVerdict, 'allowed'>): ChatError {
  switch (verdict) {
    case 'unknown':
      return new ChatError('NOT_FOUND');
    case 'no-member':
      return new ChatError('NOT_FOUND', { field: 'username' });
    case 'forbidden':
      return new ChatError('FORBIDDEN');
    case 'disabled':
      return unusable('userId');
    case 'last-owner':
      return new ChatError('CONFLICT', { message: 'A workspace needs at least one owner' });
    default:
      return verdict satisfies never;
  }
}
