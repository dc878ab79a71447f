/** Texts of the audit log, outside of the first load. */
import type { AuditAction } from '@parley/client';

const ACTIONS: Readonly<Record<AuditAction, string>> = {
  'login.accept': 'Logged in',
  'login.refuse': 'Was refused a login',
  'password.change': 'Changed the password',
  'password.reset': 'Reset a password',
  'reset.create': 'Created a link to reset a password',
  'user.create': 'Created an account',
  'user.role': 'Changed a role',
  'user.rename': 'Changed a name',
  'user.disable': 'Disabled an account',
  'user.enable': 'Enabled an account',
  'sessions.end': 'Ended all sessions',
  'message.delete': 'Deleted a message',
  'member.remove': 'Removed from a room',
  'ban.create': 'Banned from a room',
  'ban.lift': 'Lifted a ban',
  'room.update': 'Changed a room',
  'room.archive': 'Archived a room',
  'room.unarchive': 'Opened an archived room',
  'workspace.rename': 'Renamed a workspace',
  'workspace.role': 'Changed a role in a workspace',
  'workspace.remove': 'Removed from a workspace',
  'invite.create': 'Created a link',
  'invite.revoke': 'Revoked a link',
  'invite.use': 'Used a link',
  'audit.prune': 'Deleted old entries',
};

export const auditStrings = Object.freeze({
  title: 'Audit log',
  actor: 'Done by',
  actorHint: 'A username, “operator” or “server”. Empty: everybody.',
  action: 'Action',
  anyAction: 'All actions',
  actions: ACTIONS,
  show: 'Show',
  none: 'There are no such entries.',
  more: 'Show older entries',
  unknownActor: 'No account has this name.',
  entry: (id: number) => `Entry ${id}`,
});
