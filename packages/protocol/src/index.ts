export { ACCOUNT_NOTICE_KINDS, type AccountNoticeKind } from './account-notices.ts';
export type { Attachment } from './attachments.ts';
export { AUDIT_ACTIONS, type AuditAction } from './audit-actions.ts';
export { isBlank } from './blank.ts';
export type { ChannelFrames } from './channels/client-frames.ts';
export type {
  ChannelMessage,
  ChannelServerFrames,
  FlatErrorBody,
  FlatFrameOf,
} from './channels/server-frames.ts';
export {
  type CloseReaction,
  reactionToClose,
  SESSION_EXPIRED_CLOSE_CODE,
} from './close-codes.ts';
export type { ClientFrame, ClientFrameType, ClientPayload } from './commands/client-frames.ts';
export type { CommandAnswer, LimitClass, RoutedCommand } from './commands/commands.ts';
export { CORE_LIMITS } from './core-limits.ts';
export { deviceName, knownDeviceName } from './device-name.ts';
export type { DirectFrames } from './direct/client-frames.ts';
export type { DirectMessage, DirectServerFrames } from './direct/server-frames.ts';
export { customEmojiName, normalizeEmoji } from './emoji.ts';
export { ERROR_REFERENCE } from './error-reference.ts';
export {
  ChatError,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  type ErrorEntry,
  isErrorCode,
  type SentErrorDetails,
} from './errors.ts';
export { fileIdOf, fileIdsOf } from './file-ids.ts';
export { foldName, matchName, wordBeginnings } from './folded-name.ts';
export { showBidiControls } from './formatting/bidi-controls.ts';
export type { Block, Inline, ListItem, StyleKind, TableRow } from './formatting/formatted-text.ts';
export { mentionNames } from './formatting/mention-syntax.ts';
export { type OpenMention, openMention, openRoom } from './formatting/open-mention.ts';
export { parseFormattedText } from './formatting/parse-blocks.ts';
export { toPlainText } from './formatting/plain-text.ts';
export { previewedLinks, withoutPreview } from './formatting/previewed-links.ts';
export { roomKey } from './formatting/room-syntax.ts';
export type { HttpBody, HttpBodyName } from './http/bodies.ts';
export {
  type ClientMessageId,
  type ConnectionId,
  type Epoch,
  isUuid,
  type MessageId,
  type RoomId,
  type UserId,
  type WorkspaceId,
} from './ids.ts';
export { LIMITS, USERNAME_PATTERN } from './limits.ts';
export { findMentions, type Mentions, mentionsOneOf } from './mentions.ts';
export type {
  ActivityEntry,
  ChatMessagePayload,
  CustomEmojiPayload,
  FollowedThreadPayload,
  InvitationActivity,
  LinkPreviewPayload,
  LoggedEvent,
  LoggedFrames,
  MemberPayload,
  MembershipPayload,
  MessageActivity,
  MessageChangePayload,
  MessagePreviews,
  MessageVersionPayload,
  MuteFields,
  NotificationLevel,
  OwnRoomEntry,
  PresenceStatus,
  ReactionCount,
  ReactionPayload,
  RejectedRoom,
  RoomFileKind,
  RoomFilePayload,
  RoomKind,
  RoomListEntry,
  RoomPayload,
  RoomPermissionsPayload,
  RoomPerson,
  RoomPosting,
  RoomSettingsPayload,
  RoomSnapshot,
  SavedMessagePayload,
  ScheduledMessagePayload,
  SearchResultPayload,
  SelfPayload,
  ServerFrame,
  ServerFrames,
  ServerFrameType,
  ShownUser,
  Timestamp,
  UserGroupPayload,
  UserPayload,
} from './native/server-frames.ts';
export {
  isLongerThan,
  type NormalizedText,
  normalizeText,
  withoutLongRuns,
} from './normalized-text.ts';
export { PAGE_PATHS } from './page-paths.ts';
export {
  othersOf,
  POLL_LIMITS,
  POLL_LOCK,
  type Poll,
  pollAttachmentsOf,
  pollOf,
  questionOf,
  rivalsOf,
  toPollAttachment,
  toPollText,
  votesOf,
} from './poll.ts';
export {
  fileTexts,
  hasContent,
  SEARCH_CONTENTS,
  type SearchContent,
} from './search/search-content.ts';
export {
  type FoundText,
  matchSearch,
  type SearchHighlight,
  type SearchMatch,
} from './search/search-match.ts';
export { parseSearch, type SearchPhrase, type SearchQuery } from './search/search-query.ts';
export { mayHaveStem, type StemsOf, searchWords } from './search/search-words.ts';
export { SESSION_END_TEXTS, type SessionEndReason, sessionEndOf } from './session-end.ts';
export type { SocketIoEvents } from './socketio/client-events.ts';
