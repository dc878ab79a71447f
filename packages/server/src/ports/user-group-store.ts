import type { UserId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import type { User } from '../model/user.ts';
import type { UserGroup, UserGroupChange } from '../model/user-group.ts';

/** Groups of users. Members who do not exist are left out, and so are deleted accounts. */
export interface UserGroupStore {
  /** All, by handle. */
  listUserGroups(): Promise<UserGroup[]>;
  /** The groups of these users, by handle. */
  listUserGroupsOf(
    userIds: readonly UserId[],
  ): Promise<{ readonly userId: UserId; readonly groupId: string; readonly handle: string }[]>;
  /** By username, without users who are disabled then. */
  listUserGroupMembers(groupId: string, nowMs: number): Promise<User[]>;
  /**
   * `taken`: a user has or had this name, or another group has it; `too-many`: there are as many groups as there
   * can be; `too-large`: the group would have more members than it can have.
   */
  insertUserGroup(
    group: Omit<UserGroup, 'memberCount'>,
    memberIds: readonly UserId[],
    by: By,
  ): Promise<UserGroup | 'taken' | 'too-many' | 'too-large'>;
  /** Returns the group with the users whose mentions change. */
  changeUserGroup(
    groupId: string,
    change: UserGroupChange,
    by: By,
  ): Promise<
    | { readonly group: UserGroup; readonly userIds: readonly UserId[] }
    | 'unknown'
    | 'taken'
    | 'too-large'
  >;
  /** Returns its members; undefined if there is no such group. */
  deleteUserGroup(groupId: string, by: By): Promise<UserId[] | undefined>;
}
