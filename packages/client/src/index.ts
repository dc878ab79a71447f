export type {
  ActivityEntry,
  Attachment,
  AuditAction,
  ClientMessageId,
  ErrorCode,
  InvitationActivity,
  MemberPayload,
  MessageActivity,
  MessageId,
  NotificationLevel,
  PresenceStatus,
  RoomId,
  RoomListEntry,
  RoomPermissionsPayload,
  RoomPosting,
  RoomSettingsPayload,
  SearchResultPayload,
  SelfPayload,
  SessionEndReason,
  ShownUser,
  UserId,
  UserPayload,
  WorkspaceId,
} from '@parley/protocol';
export {
  type Block,
  ChatError,
  customEmojiName,
  deviceName,
  findMentions,
  type Inline,
  isUuid,
  LIMITS,
  type ListItem,
  matchName,
  mentionNames,
  mentionsOneOf,
  normalizeEmoji,
  type OpenMention,
  openMention,
  openRoom,
  POLL_LIMITS,
  POLL_LOCK,
  type Poll,
  parseFormattedText,
  pollOf,
  previewedLinks,
  questionOf,
  roomKey,
  showBidiControls,
  type TableRow,
  toPlainText,
  toPollAttachment,
  toPollText,
  USERNAME_PATTERN,
  votesOf,
  withoutPreview,
} from '@parley/protocol';
export { reportActivity } from './browser/report-activity.ts';
export { shareSocket } from './browser/share-socket.ts';
export {
  Account,
  type Credentials,
  type FoundByName,
  type RegistrationMode,
  type SignInProvider,
  type SignInTerms,
  type UserSession,
  type WhoAmI,
} from './core/account/account.ts';
export {
  deleteAccount,
  deleteOwnAccount,
  type MessagesOfDeleted,
  purgeUser,
} from './core/account/account-deletion.ts';
export {
  type AccountNotice,
  dismissAccountNotice,
  listAccountNotices,
} from './core/account/account-notices.ts';
export {
  type AccountsPage,
  endSessionsOf,
  findServerRole,
  listAccounts,
  type ManagedAccount,
  removeAvatarOf,
  type ServerRole,
  setAccountDisabled,
  setServerRole,
} from './core/account/administration.ts';
export { type AuditEntry, type AuditPage, listAudit } from './core/account/audit.ts';
export { BlockApi } from './core/account/block-api.ts';
export {
  addCustomEmoji,
  type CustomEmoji,
  deleteCustomEmoji,
  listCustomEmoji,
} from './core/account/custom-emoji.ts';
export { declineAll } from './core/account/decline-all.ts';
export {
  acceptInvite,
  createInvite,
  type Invite,
  type InvitesPage,
  listInvites,
  mailInvite,
  type NewInvite,
  revokeInvite,
  sendsMail,
} from './core/account/invites.ts';
export { type InvitationsPage, listInvitations } from './core/account/list-invitations.ts';
export {
  changeOwnProfile,
  type OwnProfile,
  readOwnProfile,
  removeOwnAvatar,
  setOwnAvatar,
} from './core/account/own-profile.ts';
export {
  addPasskey,
  beginPasskey,
  beginPasskeyProof,
  beginPasskeySignIn,
  listPasskeys,
  type Passkey,
  proveWithPasskey,
  removePasskey,
  renamePasskey,
  signInWithPasskey,
} from './core/account/passkeys.ts';
export {
  confirmEmail,
  createPasswordReset,
  type PasswordReset,
  requestConfirmation,
  requestPasswordReset,
  resetPassword,
} from './core/account/password-resets.ts';
export type { FoundUser, PeopleSearch } from './core/account/people-search.ts';
export { changePrivacy, type Privacy, readPrivacy } from './core/account/privacy.ts';
export { type IdentityProof, needsProof, proveIdentity } from './core/account/proof.ts';
export {
  completeSignIn,
  disconnectProvider,
  goToProvider,
  type OwnProvider,
  type OwnProviders,
  type PendingSignIn,
  readOwnProviders,
  readPendingSignIn,
  type SignInCompletion,
} from './core/account/provider-sign-in.ts';
export {
  closeReport,
  dismissWarning,
  listReports,
  listWarnings,
  type ModerationWarning,
  type Report,
  type ReportAction,
  type ReportDecision,
  type ReportedMessage,
  type ReportsPage,
  report,
} from './core/account/reports.ts';
export {
  confirmSecondFactor,
  readSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
  type SecondFactorState,
  startSecondFactor,
} from './core/account/second-factor.ts';
export {
  readServerProfile,
  removeServerLogo,
  renameServer,
  type ServerProfile,
  setServerLogo,
} from './core/account/server-profile.ts';
export {
  changeUserGroup,
  createUserGroup,
  deleteUserGroup,
  listUserGroupMembers,
  listUserGroups,
  type UserGroup,
  type UserGroupMembersPage,
} from './core/account/user-groups.ts';
export { browserEnvironment } from './core/browser-environment.ts';
export {
  type ActivityEntriesPage,
  ChatClient,
  type ChatClientOptions,
  type Pins,
  type PinsPage,
  type Thread,
} from './core/chat-page-client.ts';
export type { ConnectionState, Outage, OutageCause } from './core/connection/connection-state.ts';
export { type GetToken, TokenSource } from './core/connection/token-source.ts';
export {
  CoreClient,
  type CoreClientOptions,
} from './core/core-client.ts';
export type {
  CancelTimer,
  Environment,
  OpenSocket,
  SetTimer,
  Signal,
  Signals,
  Socket,
  SocketHandlers,
} from './core/environment.ts';
export {
  type ContentCheck,
  checkContent,
  checkContentUpTo,
  codePointCount,
  contentLength,
} from './core/messages/content-validation.ts';
export { loadEditHistory, type MessageVersion } from './core/messages/edit-history.ts';
export {
  type FollowedThread,
  type FollowedThreadsPage,
  followThread,
  listThreads,
  markThreadRead,
  readThreadState,
  type ThreadState,
  unfollowThread,
} from './core/messages/followed-threads.ts';
export {
  type LinkPreview,
  type LinkPreviewsPage,
  loadLinkPreviews,
} from './core/messages/link-previews.ts';
export { loadMessage } from './core/messages/load-message.ts';
export { mentionGrammar, mentions } from './core/messages/mentions.ts';
export type { Message, MessageTarget, Reaction } from './core/messages/message.ts';
export { loadRoomFiles, type RoomFile, type RoomFilesPage } from './core/messages/room-files.ts';
export {
  listSavedMessages,
  type SavedMessage,
  type SavedMessagesPage,
  saveMessage,
  unsaveMessage,
} from './core/messages/saved-messages.ts';
export {
  cancelScheduled,
  changeScheduled,
  listScheduled,
  type ScheduledMessage,
  scheduleMessage,
} from './core/messages/scheduled-messages.ts';
export { type LoadedMatch, searchLoaded } from './core/messages/search-loaded.ts';
export {
  type FoundMessages,
  type MessageSearchRequest,
  searchMessages,
} from './core/messages/search-messages.ts';
export type { StreamingMessage, StreamingState } from './core/messages/streaming-messages.ts';
export type { DeletionsState, PendingDeletion } from './core/messages/undoable-deletions.ts';
export { type OfflineCopy, toOfflineCopy } from './core/offline-copy-format.ts';
export { indexedDb } from './core/outbox/indexed-db.ts';
export type { OutboxEntry, OutboxEntryState, OutboxState } from './core/outbox/outbox-state.ts';
export type { PersistedOutbox, PersistOutbox, StoredEntry } from './core/outbox/outbox-storage.ts';
export { removeOutboxes } from './core/outbox/remove-outboxes.ts';
export {
  type Announce,
  type EntryStore,
  type OwnedEntry,
  type RequestLock,
  type SharedOutboxOptions,
  sharedOutbox,
} from './core/outbox/shared-outbox.ts';
export {
  createParley,
  Parley,
  type ParleyConnection,
  type ParleyOptions,
} from './core/parley.ts';
export type { Notification, ParleyEvents } from './core/parley-event-types.ts';
export {
  type MessageRef,
  type NamedThread,
  type OutgoingMessage,
  ParleyRoom,
  type SentHandle,
  type ThreadHandle,
} from './core/parley-room.ts';
export type { Named, People, RoomMessage, Sender } from './core/people.ts';
export type { PublicConnectionState } from './core/public-connection-state.ts';
export type { Conversation, ConversationsState } from './core/rooms/direct-conversations-state.ts';
export { listMembers, type MembersPage } from './core/rooms/list-members.ts';
export type { MessageChange } from './core/rooms/message-changes.ts';
export {
  ModerationApi,
  type RestrictedUser,
  type RestrictionChoice,
  type RoomRole,
} from './core/rooms/moderation-api.ts';
export type { Presence, PresenceState } from './core/rooms/presence-state.ts';
export type { ListedRooms } from './core/rooms/room-list-state.ts';
export type { RoomLog } from './core/rooms/room-log.ts';
export {
  archiveRoom,
  createRoom,
  deleteRoom,
  explainPermission,
  type NewRoom,
  type RoomSettingsChange,
  readRoomSettings,
  removeRoomPicture,
  setRoomPicture,
  updateRoom,
} from './core/rooms/room-settings-api.ts';
export type {
  ClosedReason,
  ClosedRoom,
  JoiningRoom,
  Member,
  Notice,
  OpenRoom,
  RoomState,
} from './core/rooms/room-state.ts';
export { canLoadOlder } from './core/rooms/rooms.ts';
export {
  type Delivery,
  type TimelineMessage,
  type TimelineOptions,
  timelineOf,
  toTimelineMessage,
  waitingCount,
} from './core/rooms/timeline.ts';
export type {
  TimelineWindow,
  TimelineWindowState,
  WindowCenter,
} from './core/rooms/timeline-window.ts';
export {
  type ReportedUnread,
  readUpTo,
  type Unread,
  type UnreadState,
  unreadOf,
} from './core/rooms/unread-state.ts';
export {
  type ChannelEntry,
  listWorkspaces,
  WorkspaceApi,
  type WorkspaceEntry,
  type WorkspacePeople,
  type WorkspacePerson,
  type WorkspaceRole,
} from './core/rooms/workspace-api.ts';
export type { CaughtUp, ClientSnapshot } from './core/snapshot.ts';
export type { TypingState, Typist } from './core/typing/typing.ts';
export { notificationLevelOf } from './core/unread/notification-level.ts';
