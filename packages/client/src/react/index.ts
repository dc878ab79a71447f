'use client';

export type { Attachment, ChannelMessage, DirectMessage, ErrorCode } from '@parley/protocol';
export { ChatError } from '@parley/protocol';
export type { FlatUser } from '../core/flat/dialect.ts';
export type {
  RoomView,
  SentMessage,
  SocketState,
  UnsentMessage,
} from '../core/flat/room-view.ts';
export type { Member as Person } from '../core/rooms/room-state.ts';
export { Composer, type ComposerProps, type ComposerState } from './composer.ts';
export { isComposing } from './is-composing.ts';
export {
  type MessageActions,
  type MessagesView,
  type NamedTypist,
  type RoomComposer,
  type ThreadView,
  type UnsentRef,
  useComposer,
  useMembers,
  useMessageActions,
  useMessages,
  useSender,
  useThread,
  useTyping,
} from './message-hooks.ts';
export type { MessageListClient } from './message-list/list-client.ts';
export type { ListViewport, PlacedRow } from './message-list/list-viewport.ts';
export {
  type MessageListHandle,
  type MessageListProps as TimelineListProps,
  type MessageListState,
  type OlderMessages,
  TimelineList,
} from './message-list/message-list.ts';
export {
  MessageList,
  type NamedMessageListProps as MessageListProps,
  type NamedMessageRow as MessageRow,
  type NamedRepliesRow as RepliesRow,
  type NamedRow as MessageListRow,
} from './message-list/named-message-list.ts';
export type { NoticeRow, StreamingRow, TimelineRow } from './message-list/timeline-rows.ts';
export { usePageVisible } from './message-list/use-page-visible.ts';
export type { ListPosition } from './message-list/use-show-position.ts';
export {
  type ConnectionView,
  type RoomsView,
  type RoomView as ParleyRoomView,
  useConnection,
  useMe,
  usePresence,
  useRoom,
  useRooms,
  useUnread,
} from './parley-hooks.ts';
export { ParleyProvider, type ParleyProviderProps } from './parley-provider.ts';
export { useParley, useParleyState } from './parley-state.ts';
export {
  type ChatWs,
  type ChatWsActions,
  type SendMessageOptions,
  type UseChatWsOptions,
  useChatWs,
} from './use-chat-ws.ts';
export {
  type MessagePalWs,
  type MessagePalWsActions,
  type UseMessagePalWsOptions,
  useMessagePalWs,
  useMessagePalWs as useMessagePalWebSocket,
} from './use-message-pal-ws.ts';
