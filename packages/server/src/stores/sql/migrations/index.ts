/** Schema versions in order; version n is the n-th entry. Entries are appended, never edited. */
import { baseline } from './0001-baseline.ts';
import { invites } from './0002-invites.ts';
import { disabledAccounts } from './0003-disabled-accounts.ts';
import { memberCounts } from './0004-member-counts.ts';
import { roomSettings } from './0005-room-settings.ts';
import { firstAccount } from './0007-first-account.ts';
import { invitesByTime } from './0008-invites-by-time.ts';
import { auditLog } from './0009-audit-log.ts';
import { passwordResets } from './0011-password-resets.ts';
import { files } from './0013-files.ts';
import { search } from './0014-search.ts';
import { guestInvites } from './0015-guest-invites.ts';
import { removals } from './0016-removals.ts';
import { deletedRooms } from './0018-deleted-rooms.ts';
import { secondFactors } from './0020-second-factors.ts';
import { restrictions } from './0022-restrictions.ts';
import { defaultRooms } from './0023-default-rooms.ts';
import { reports } from './0025-reports.ts';
import { suspensions } from './0026-suspensions.ts';
import { recentProofs } from './0027-recent-proofs.ts';
import { ownProfile } from './0028-own-profile.ts';
import { mail } from './0029-mail.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = Object.freeze([
  baseline,
  invites,
  disabledAccounts,
  memberCounts,
  firstAccount,
  invitesByTime,
  roomSettings,
  auditLog,
  passwordResets,
  files,
  search,
  guestInvites,
  removals,
  deletedRooms,
  secondFactors,
  restrictions,
  defaultRooms,
  reports,
  suspensions,
  recentProofs,
  ownProfile,
  mail,
]);
