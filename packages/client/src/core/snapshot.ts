/** The complete state of a client at one moment, as returned by `getSnapshot`. Immutable. */
import type { RoomId, SelfPayload, ShownUser, UserId } from '@parley/protocol';
import type { ConnectionState } from './connection/connection-state.ts';
import type { StreamingState } from './messages/streaming-messages.ts';
import type { DeletionsState } from './messages/undoable-deletions.ts';
import type { OutboxState } from './outbox/outbox-state.ts';
import type { ConversationsState } from './rooms/direct-conversations-state.ts';
import type { PresenceState } from './rooms/presence-state.ts';
import type { ListedRooms } from './rooms/room-list-state.ts';
import type { RoomState } from './rooms/room-state.ts';
import type { UnreadState } from './rooms/unread-state.ts';
import type { Store } from './store.ts';
import type { TypingState } from './typing/typing.ts';

export interface ClientSnapshot {
  readonly connection: ConnectionState;
  /** The user; undefined until the first greeting. */
  readonly user: SelfPayload | undefined;
  /** Clock of the server minus clock of this machine at the last greeting; for relative times. */
  readonly clockOffsetMs: number;
  /** Code points of a message's text that the server accepts; undefined until it has told. */
  readonly contentLengthMax?: number | undefined;
  readonly rooms: ReadonlyMap<RoomId, RoomState>;
  readonly directory: ListedRooms;
  /** Direct and group conversations of the user. */
  readonly conversations: ConversationsState;
  /** Unread counts as last reported by the server; `unreadOf` gives the current count. */
  readonly unread: UnreadState;
  readonly outbox: OutboxState;
  /** Messages that the user is deleting. */
  readonly deletions: DeletionsState;
  readonly typing: TypingState;
  /** Messages of the assistant in progress. */
  readonly streaming: StreamingState;
  readonly presence: PresenceState;
  /** People who are not present, as far as the server was asked. */
  readonly people: ReadonlyMap<UserId, ShownUser>;
  /** The last completed catch-up; undefined before the first. */
  readonly caughtUp: CaughtUp | undefined;
}

export interface CaughtUp {
  readonly atMs: number;
  /** Messages of others in the catch-up, over all rooms. */
  readonly newMessages: number;
  /** There are more: a room missed more than fits, and only its newest page was sent. */
  readonly isAtLeast: boolean;
}

export type ClientStore = Store<ClientSnapshot>;

/** The store freezes it. */
export const EMPTY_SNAPSHOT: ClientSnapshot = {
  connection: { kind: 'closed', reason: 'not_started' },
  user: undefined,
  clockOffsetMs: 0,
  rooms: new Map(),
  conversations: new Map(),
  directory: { status: 'loading', rooms: [], hasMore: false },
  unread: new Map(),
  outbox: [],
  deletions: new Map(),
  typing: [],
  streaming: [],
  presence: new Map(),
  people: new Map(),
  caughtUp: undefined,
};
