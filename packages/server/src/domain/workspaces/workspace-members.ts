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
import type { User } from '../../model/user.ts';
import type { MemberChangeRequest, WorkspaceMember } from '../../model/workspace.ts';
import type { MemberVerdict, WorkspaceRole } from '../../model/workspace-policy.ts';
import { requiresConsent } from '../invitations/consent-policy.ts';
import type { StrayMemberships } from './stray-memberships.ts';
import { findOwnWorkspace, type WorkspaceDependencies } from './workspaces.ts';

export interface MembersRequest {
  readonly workspaceId: WorkspaceId;
  readonly after: UserId | undefined;
  readonly limit: number | undefined;
}

/** @throws {ChatError} NOT_FOUND for users who are not members. */
export async function listWorkspaceMembers(
  dependencies: WorkspaceDependencies,
  user: User,
  { workspaceId, after, limit }: MembersRequest,
): Promise<WorkspaceMember[]> {
  await findOwnWorkspace(dependencies, user, workspaceId);
  const page = { after, limit: limit ?? LIMITS.membersPageDefault };
  return dependencies.store.workspaces.listWorkspaceMembers(workspaceId, page);
}

export interface MemberRequest {
  readonly workspaceId: WorkspaceId;
  readonly username: string;
}

export interface MemberChange extends WorkspaceMember {
  /** Whether the user has to accept before the role applies. */
  readonly isInvited: boolean;
}

/**
 * Adds a user or changes a member's role; invites a user whose consent is required.
 *
 * @throws {ChatError} NOT_FOUND, FORBIDDEN, RATE_LIMITED; CONFLICT if no owner would be left.
 */
export async function setWorkspaceMember(
  dependencies: WorkspaceDependencies,
  user: User,
  { workspaceId, username, role }: MemberRequest & { readonly role: WorkspaceRole },
): Promise<MemberChange> {
  dependencies.userLimits.changes.take(user.id);
  await findOwnWorkspace(dependencies, user, workspaceId);
  const subject = await findPerson(dependencies, username);
  const { id: subjectId } = subject;
  const isInvitation = await needsConsent(dependencies, user, { workspaceId, subjectId, role });
  if (isInvitation) dependencies.userLimits.creations.take(user.id);
  await changeMember(dependencies, user, { workspaceId, subjectId, role, isInvitation });
  return { user: subject, role, isInvited: isInvitation };
}

/**
 * Whether the user has to accept first: an ownership always; a membership if the user requires
 * consent or has blocked a member.
 *
 * @throws {ChatError} FORBIDDEN if one of the two has blocked the other.
 */
async function needsConsent(
  dependencies: WorkspaceDependencies,
  { id: actorId }: User,
  change: Pick<MemberChangeRequest, 'workspaceId' | 'subjectId' | 'role'>,
): Promise<boolean> {
  const { workspaceId, subjectId, role } = change;
  if (subjectId === actorId) return false;
  const { workspaces, invitations } = dependencies.store;
  const from = (await workspaces.findWorkspace(workspaceId, subjectId))?.role;
  if (from === 'owner' || (from !== undefined && role !== 'owner')) return false;
  const isAsked = await requiresConsent(dependencies, subjectId, actorId);
  if (isAsked || role === 'owner') return true;
  return invitations.hasBlockedMember(subjectId, workspaceId);
}

/**
 * Removes a user from a workspace and from its channels: after this resolves, no later message
 * there reaches the user.
 *
 * @throws {ChatError} as `setWorkspaceMember`; UNAVAILABLE.
 */
export async function removeWorkspaceMember(
  dependencies: WorkspaceDependencies & {
    readonly strayMemberships: Pick<StrayMemberships, 'endOf'>;
  },
  user: User,
  { workspaceId, username }: MemberRequest,
): Promise<void> {
  dependencies.userLimits.changes.take(user.id);
  await findOwnWorkspace(dependencies, user, workspaceId);
  const subject = await findPerson(dependencies, username);
  try {
    await changeMember(dependencies, user, { workspaceId, subjectId: subject.id, role: undefined });
  } finally {
    // Also if the user was removed before: an earlier attempt may have failed halfway.
    await dependencies.strayMemberships.endOf({ workspaceId, subjectId: subject.id });
  }
}

async function findPerson({ store }: WorkspaceDependencies, written: string): Promise<User> {
  const username = written.trim();
  const found = new RegExp(USERNAME_PATTERN).test(username)
    ? await store.accounts.findUser({ kind: 'username', username })
    : undefined;
  if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'username' });
  return found;
}

async function changeMember(
  { store, clock }: WorkspaceDependencies,
  { id: actorId }: User,
  change: Omit<MemberChangeRequest, 'actorId' | 'nowMs'>,
): Promise<void> {
  const nowMs = clock.nowMs();
  const verdict = await store.workspaces.changeWorkspaceMember({ ...change, actorId, nowMs });
  if (verdict !== 'allowed') throw toRejection(verdict);
}

function toRejection(verdict: Exclude<MemberVerdict, 'allowed'>): ChatError {
  switch (verdict) {
    case 'unknown':
      return new ChatError('NOT_FOUND');
    case 'no-member':
      return new ChatError('NOT_FOUND', { field: 'username' });
    case 'forbidden':
      return new ChatError('FORBIDDEN');
    case 'last-owner':
      return new ChatError('CONFLICT', { message: 'A workspace needs at least one owner' });
    default:
      return verdict satisfies never;
  }
}
