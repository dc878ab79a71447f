/** The whole state of a client at one moment, as `getSnapshot` gives it out. Immutable. */
import type { RoomId, UserPayload } from '@parley/protocol';
import type { ConnectionState } from './connection/connection-state.ts';
import type { StreamingState } from './messages/streaming-messages.ts';
import type { OutboxState } from './outbox/outbox-state.ts';
import type { ConversationsState } from './rooms/conversations.ts';
import type { ListedRooms } from './rooms/listed-rooms.ts';
import type { PresenceState } from './rooms/presence-state.ts';
import type { RoomState } from './rooms/room-state.ts';
import type { Store } from './store.ts';
import type { TypingState } from './typing/typing.ts';
import type { UnreadState } from './unread/unread-state.ts';

export interface ClientSnapshot {
  readonly connection: ConnectionState;
  /** Oneself; unknown until the first welcome. */
  readonly user: UserPayload | undefined;
  /** Server's clock minus this machine's, as of the last welcome; for relative times. */
  readonly clockOffsetMs: number;
  readonly rooms: ReadonlyMap<RoomId, RoomState>;
  readonly directory: ListedRooms;
  /** Direct and group conversations of the user. */
  readonly conversations: ConversationsState;
  /** As the server last told it; `unreadOf` has what one has not read now. */
  readonly unread: UnreadState;
  readonly outbox: OutboxState;
  readonly typing: TypingState;
  /** What the assistant is saying, before it has said it. */
  readonly streaming: StreamingState;
  readonly presence: PresenceState;
  /** The last time that everything missed was caught up; absent before the first. */
  readonly caughtUp: CaughtUp | undefined;
}

export interface CaughtUp {
  readonly atMs: number;
  /** Messages of others that came with it, over all rooms. */
  readonly newMessages: number;
  /** There are more of them: a room had missed more than is caught up, and only its newest page came. */
  readonly isAtLeast: boolean;
}

export type ClientStore = Store<ClientSnapshot>;

export const EMPTY_SNAPSHOT: ClientSnapshot = Object.freeze<ClientSnapshot>({
  connection: { kind: 'closed', reason: 'not_started' },
  user: undefined,
  clockOffsetMs: 0,
  rooms: new Map(),
  conversations: new Map(),
  directory: { status: 'loading', rooms: [], hasMore: false },
  unread: new Map(),
  outbox: [],
  typing: [],
  streaming: [],
  presence: new Map(),
  caughtUp: undefined,
});
