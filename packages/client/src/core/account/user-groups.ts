/** Groups of users, which a mention reaches together. Outside of the classes, so that pages load it when they need it. */
import type { UserGroupPayload, UserId, UserPayload } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

type HasHttp = { readonly http: Pick<Http, 'call'> };

/** A group; `joined` if the user is a member of it. */
export type UserGroup = UserGroupPayload;

export interface UserGroupMembersPage {
  readonly members: readonly UserPayload[];
  /** For the next page; undefined at the end. */
  readonly next?: string;
}

/** All groups, by handle. @throws {ChatError} `FORBIDDEN` for guests; `RATE_LIMITED`, `UNAVAILABLE`. */
export async function listUserGroups({ http }: HasHttp): Promise<readonly UserGroup[]> {
  // The server documents the answers of these routes.
  const { groups } = (await http.call('GET', '/api/user-groups')) as {
    readonly groups: readonly UserGroup[];
  };
  return groups;
}

/**
 * A page of the members of a group, by username.
 *
 * @param next From the page before.
 * @throws {ChatError} `FORBIDDEN` for guests; `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function listUserGroupMembers(
  { http }: HasHttp,
  groupId: string,
  next?: string,
): Promise<UserGroupMembersPage> {
  const after = next === undefined ? '' : `?after=${encodeURIComponent(next)}`;
  return (await http.call('GET', `${pathOf(groupId)}/members${after}`)) as UserGroupMembersPage;
}

/**
 * Creates a group; for owners and admins of the server.
 *
 * @param group `userIds`: up to 100 of its members.
 * @throws {ChatError} `FORBIDDEN`; `VALIDATION_ERROR`; `CONFLICT` for a handle that a user or a group has, or a user
 * had, and for too many groups; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function createUserGroup(
  { http }: HasHttp,
  group: {
    readonly handle: string;
    readonly name: string;
    readonly userIds?: readonly UserId[];
  },
): Promise<UserGroup> {
  return groupOf(await http.call('POST', '/api/user-groups', group));
}

/**
 * Changes a group; for owners and admins of the server. Absent fields stay.
 *
 * @param change `add` and `remove`: up to 100 users each.
 * @throws {ChatError} As `createUserGroup`, and `NOT_FOUND`; `CONFLICT` also for more than 1000 members.
 */
export async function changeUserGroup(
  { http }: HasHttp,
  groupId: string,
  change: {
    readonly handle?: string;
    readonly name?: string;
    readonly add?: readonly UserId[];
    readonly remove?: readonly UserId[];
  },
): Promise<UserGroup> {
  return groupOf(await http.call('PATCH', pathOf(groupId), change));
}

/** Deletes a group; its members stay users. @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`. */
export async function deleteUserGroup({ http }: HasHttp, groupId: string): Promise<void> {
  await http.call('DELETE', pathOf(groupId));
}

function groupOf(answer: unknown): UserGroup {
  return (answer as { readonly group: UserGroup }).group;
}

function pathOf(groupId: string): string {
  return `/api/user-groups/${encodeURIComponent(groupId)}`;
}
