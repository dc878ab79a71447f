export type {
  Attachment,
  ClientMessageId,
  ErrorCode,
  MemberPayload,
  MessageId,
  PresenceStatus,
  RoomId,
  RoomListEntry,
  UserId,
  UserPayload,
} from '@parley/protocol';
export { ChatError, isUuid, LIMITS, USERNAME_PATTERN } from '@parley/protocol';
export { Account, type Credentials, type WhoAmI } from './core/account.ts';
export { browserEnvironment } from './core/browser-environment.ts';
export { ChatClient, type ChatClientOptions } from './core/chat-client.ts';
export type { ConnectionState, Outage, OutageCause } from './core/connection-state.ts';
export { type ContentCheck, checkContent, codePointCount, contentLength } from './core/content.ts';
export type { Conversation, ConversationsState } from './core/conversations.ts';
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
export type { GrowingMessage, GrowingState } from './core/growing.ts';
export type { Message, Reaction } from './core/message.ts';
export type { MessageChange, MessageTarget } from './core/message-changes.ts';
export type { OutboxEntry, OutboxEntryState, OutboxState } from './core/outbox-state.ts';
export type { Presence, PresenceState } from './core/presence-state.ts';
export type { RoomDirectory } from './core/room-directory.ts';
export type { RoomLog } from './core/room-log.ts';
export type {
  ClosedReason,
  ClosedRoom,
  JoiningRoom,
  Member,
  Notice,
  OpenRoom,
  RoomState,
} from './core/room-state.ts';
export { canLoadOlder } from './core/rooms.ts';
export type { CaughtUp, ClientSnapshot } from './core/snapshot.ts';
export {
  type Delivery,
  type TimelineMessage,
  type TimelineOptions,
  timelineOf,
  waitingCount,
} from './core/timeline.ts';
export type { TypingState, Typist } from './core/typing.ts';
export {
  readUpTo,
  type ToldUnread,
  type Unread,
  type UnreadState,
  unreadOf,
} from './core/unread-state.ts';
