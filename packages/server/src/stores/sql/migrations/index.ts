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
import { signInIdentities } from './0030-sign-in-identities.ts';
import { slowMode } from './0031-slow-mode.ts';
import { savedMessages } from './0032-saved-messages.ts';
import { mailedInvites } from './0035-mailed-invites.ts';
import { passkeys } from './0036-passkeys.ts';
import { accountNotices } from './0037-account-notices.ts';
import { signInWays } from './0038-sign-in-ways.ts';
import { privacy } from './0039-privacy.ts';
import { mutesByUser } from './0040-mutes-by-user.ts';
import { barredOrigins } from './0041-barred-origins.ts';
import { reportsByReporter } from './0042-reports-by-reporter.ts';
import { messageRemovals } from './0043-message-removals.ts';
import { serverProfile } from './0044-server-profile.ts';
import { usernameLooks } from './0045-username-looks.ts';
import { scheduledMessages } from './0046-scheduled-messages.ts';
import { userGroups } from './0047-user-groups.ts';
import { privateChannels } from './0048-private-channels.ts';
import { linkPreviews } from './0050-link-previews.ts';
import { roomPermissions } from './0051-room-permissions.ts';
import { followedThreads } from './0053-followed-threads.ts';
import { messageVersions } from './0055-message-versions.ts';
import { searchRooms } from './0059-search-rooms.ts';
import { customEmoji } from './0060-custom-emoji.ts';
import { roomPictures } from './0061-room-pictures.ts';
import { alsoToRoom } from './0062-also-to-room.ts';
import { workspacePictures } from './0065-workspace-pictures.ts';
import { fileDurations } from './0066-file-durations.ts';
import { scheduledFiles } from './0067-scheduled-files.ts';
import { wantedPreviews } from './0068-wanted-previews.ts';
import { blurHashes } from './0069-blur-hashes.ts';
import { thumbnailsDue } from './0070-thumbnails-due.ts';
import { imports } from './0071-imports.ts';
import { searchByRoom } from './0072-search-by-room.ts';
import { mailedResets } from './0073-mailed-resets.ts';
import { pendingEmails } from './0074-pending-emails.ts';
import { sanctionRanks } from './0075-sanction-ranks.ts';
import { departures } from './0076-departures.ts';
import { urgentMail } from './0077-urgent-mail.ts';
import { heirs } from './0078-heirs.ts';
import { closerUsernameLooks } from './0079-username-looks.ts';
import { filesByUser } from './0080-files-by-user.ts';
import { repeatedActs } from './0081-repeated-acts.ts';
import { removalsInTurns } from './0082-removals-in-turns.ts';
import { suspensionEnds } from './0086-suspension-ends.ts';
import { ownRooms } from './0087-own-rooms.ts';
import { renamed } from './0092-renamed.ts';
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
  signInIdentities,
  slowMode,
  savedMessages,
  mailedInvites,
  passkeys,
  accountNotices,
  signInWays,
  privacy,
  mutesByUser,
  barredOrigins,
  reportsByReporter,
  messageRemovals,
  serverProfile,
  usernameLooks,
  scheduledMessages,
  privateChannels,
  userGroups,
  linkPreviews,
  messageVersions,
  followedThreads,
  roomPermissions,
  customEmoji,
  searchRooms,
  roomPictures,
  alsoToRoom,
  workspacePictures,
  fileDurations,
  scheduledFiles,
  wantedPreviews,
  blurHashes,
  thumbnailsDue,
  imports,
  searchByRoom,
  mailedResets,
  pendingEmails,
  sanctionRanks,
  departures,
  urgentMail,
  heirs,
  closerUsernameLooks,
  filesByUser,
  repeatedActs,
  removalsInTurns,
  suspensionEnds,
  ownRooms,
  renamed,
]);
