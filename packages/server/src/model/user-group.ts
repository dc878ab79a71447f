import type { UserId } from '@parley/protocol';
import { permits } from './role-table.ts';
import { ROLES } from './stored-role.ts';

export const USER_GROUPS_MAX = 200;
export const USER_GROUP_MEMBERS_MAX = 1000;
/** A mention of groups with more members counts as a mention of everyone. */
export const USER_GROUP_MEMBERS_FEW = 20;

/** Users whom a mention of the handle reaches together. */
export interface UserGroup {
  readonly id: string;
  /** In lower case; no user has it as a username. */
  readonly handle: string;
  readonly name: string;
  readonly memberCount: number;
  readonly createdAtMs: number;
}

export interface UserGroupChange {
  readonly handle?: string | undefined;
  readonly name?: string | undefined;
  readonly added: readonly UserId[];
  readonly removed: readonly UserId[];
}

/** The roles whose mentions of groups reach the members. */
export const MENTIONING_ROLES = ROLES.filter((role) => permits('mention-user-groups', { role }));
