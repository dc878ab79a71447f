/** Permissions of the owners and admins of the server over the accounts of users. */
import type { ReportDecision } from './report.ts';
import { permits } from './role-table.ts';
import { ROLES } from './stored-role.ts';
import type { Role, User } from './user.ts';

export const ACCOUNT_ACTIONS = [
  'end-sessions',
  'rename',
  'disable',
  'enable',
  'reset-password',
  'delete',
  'make-guest',
  'make-member',
  'make-moderator',
  'make-admin',
  'make-owner',
] as const;
export type AccountAction = (typeof ACCOUNT_ACTIONS)[number];

const BY_ADMINS: readonly AccountAction[] = [
  'end-sessions',
  'rename',
  'disable',
  'enable',
  'make-guest',
  'make-member',
  'make-moderator',
];
/** A reset lets the admin log in as the user, and a deletion is final: only for users with a lower role. */
const BELOW: readonly AccountAction[] = [...BY_ADMINS, 'reset-password', 'delete'];
/** An owner is no owner any more before the account is deleted. */
const OF_OWNERS = ACCOUNT_ACTIONS.filter((action) => action !== 'delete');
/** By the role of the actor, and then of the account. Everything else is forbidden. */
const ALLOWED: Readonly<Record<Role, Partial<Record<Role, readonly AccountAction[]>>>> = {
  owner: {
    ...{ owner: OF_OWNERS, admin: ACCOUNT_ACTIONS, moderator: ACCOUNT_ACTIONS },
    ...{ member: ACCOUNT_ACTIONS, guest: ACCOUNT_ACTIONS },
  },
  admin: { admin: BY_ADMINS, moderator: BELOW, member: BELOW, guest: BELOW },
  moderator: {},
  member: {},
  guest: {},
};
/** Users must not lock themselves out, nor give themselves a role. */
const ON_ONESELF: readonly AccountAction[] = ['end-sessions', 'rename'];

/** Moderators suspend for at most 30 days; those who may disable accounts, for any time. */
const SUSPENSION_MS_MAX = 30 * 24 * 60 * 60 * 1000;

type Actor = Pick<User, 'id' | 'role' | 'disabledAtMs'>;

export function mayListAccounts(actor: Pick<User, 'role' | 'disabledAtMs'>): boolean {
  return permits('administer', actor) && actor.disabledAtMs === undefined;
}

/** Whether the user moderates all rooms. */
export function mayModerateServer(actor: Pick<User, 'role' | 'disabledAtMs'>): boolean {
  return permits('delete-messages', actor) && actor.disabledAtMs === undefined;
}

/** Whether the user may remove all messages of another user, in rooms that the user cannot read too. */
export function mayPurge(actor: Actor, account: Pick<User, 'role'>): boolean {
  return mayModerateServer(actor) && ROLES.indexOf(actor.role) > ROLES.indexOf(account.role);
}

/** Whether the user reads the reports of users to the moderators of the server. */
export function mayReadReports(actor: Pick<User, 'role' | 'disabledAtMs'>): boolean {
  return permits('handle-reports', actor) && actor.disabledAtMs === undefined;
}

/**
 * Roles of the users about whom a moderator reads reports, those about the reader left out: lower ones. No
 * role is above the owners, who read those about each other.
 */
export function rolesInReportsFor(reader: Pick<User, 'role' | 'disabledAtMs'>): readonly Role[] {
  if (!mayReadReports(reader)) return [];
  return reader.role === 'owner' ? ROLES : ROLES.slice(0, ROLES.indexOf(reader.role));
}

/**
 * Whether the user may do this about a report of a user of a lower role.
 *
 * @param reporterId Others decide about a report than the user who has made it; owners have none above them.
 */
export function mayActOnReport(
  actor: Actor,
  decision: ReportDecision,
  account: Pick<User, 'id' | 'role'>,
  { nowMs, reporterId }: { readonly nowMs: number; readonly reporterId: User['id'] | undefined },
): boolean {
  if (account.id === actor.id || !rolesInReportsFor(actor).includes(account.role)) return false;
  if (reporterId === actor.id && actor.role !== 'owner') return false;
  const { action } = decision;
  const isShort =
    action !== 'suspend' ||
    (decision.untilMs ?? Number.POSITIVE_INFINITY) <= nowMs + SUSPENSION_MS_MAX;
  if (!isShort) return mayAdminister(actor, 'disable', account);
  // No role is above the owners, who would else have reports about each other for ever.
  if (action === 'dismiss' && actor.role === 'owner') return true;
  return ROLES.indexOf(actor.role) > ROLES.indexOf(account.role);
}

/** Whether the user may list and revoke the invites of all users. */
export function mayManageInvites(actor: Pick<User, 'role' | 'disabledAtMs'>): boolean {
  return mayListAccounts(actor);
}

/** Whether the user may give the server a name and a logo. */
export const mayChangeServer = mayListAccounts;

/** The audit log names addresses of all users. */
export const mayReadAudit = mayListAccounts;

export function mayAdminister(
  actor: Actor,
  action: AccountAction,
  account: Pick<User, 'id' | 'role'>,
): boolean {
  if (!mayListAccounts(actor)) return false;
  if (actor.id === account.id && !ON_ONESELF.includes(action)) return false;
  // An unknown role has no entry, whatever its name.
  const byRole = new Map(Object.entries(ALLOWED[actor.role]));
  return byRole.get(account.role)?.includes(action) ?? false;
}
