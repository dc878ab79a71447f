/**
 * View of a room: messages followed by outgoing messages, typing users, and people in the
 * room. The same object until something in it changes, so that a subscriber of one room
 * does not render for the others.
 */
import type {
  Attachment,
  ChatError,
  ClientMessageId,
  ErrorCode,
  MessageId,
  PresenceStatus,
  RoomId,
  SessionEndReason,
  UserId,
} from '@parley/protocol';
import type { ConnectionState } from '../connection/connection-state.ts';
import { keeper } from '../keep-equal.ts';
import type { Message } from '../messages/message.ts';
import type { OutboxEntry } from '../outbox/outbox-state.ts';
import type { Member } from '../rooms/room-state.ts';
import { type ClientSnapshot, EMPTY_SNAPSHOT } from '../snapshot.ts';
import type { FlatUser } from './dialect.ts';
import { type FlatRoom, flatRoomOf, flatRoomsOf, newRoom } from './flat-rooms.ts';

/**
 * `connecting`: first attempt in progress. `reconnecting`: the connection was lost or
 * failed, and is tried again. `closed`: the server rejected this client's frames.
 * `unauthorized`: the session has ended; log in again. `somebody_else`: this browser is
 * now logged in as another user; queued messages are kept, and not sent as that user.
 */
export type SocketState =
  | 'connecting'
  | 'open'
  | 'reconnecting'
  | 'closed'
  | 'unauthorized'
  | 'somebody_else';

/** A stored message. */
export type SentMessage<W> = W & {
  /** Never changes: use it as `key` in lists. */
  readonly key: string;
  readonly status: 'sent';
};

/** One of the user's own messages that is not stored yet, or was rejected. */
export interface UnsentMessage {
  readonly key: string;
  readonly status: 'sending' | 'failed';
  readonly clientMessageId: ClientMessageId;
  readonly senderId: UserId | undefined;
  readonly senderName: string | undefined;
  readonly content: string;
  readonly createdAt: string;
  readonly replyTo?: MessageId;
  readonly attachments?: readonly Attachment[];
  /** Reason why it failed, or why it waits (`RATE_LIMITED`, `UNAVAILABLE`) and until when. */
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly retryAtMs?: number;
  };
}

export interface RoomView<W> {
  readonly state: SocketState;
  /** Why the state is `unauthorized`, if the server said it. */
  readonly sessionEnd: SessionEndReason | undefined;
  /** Joined, and everything missed has arrived. */
  readonly isLive: boolean;
  /** Reason why the room is not open, or its history did not load. */
  readonly error: ChatError | undefined;
  readonly user: FlatUser | undefined;
  /** By sequence, then the user's own unsent messages in the order of writing. */
  readonly messages: readonly (SentMessage<W> | UnsentMessage)[];
  readonly typingUsers: readonly Member[];
  readonly presence: readonly Member[];
  /** How users appear, by id. */
  readonly statuses: ReadonlyMap<string, PresenceStatus>;
  readonly hasOlder: boolean;
  readonly isLoadingHistory: boolean;
}

/** Selectors of the view of one dialect; a message has the form of the dialect. */
type Select<W> = (snapshot: ClientSnapshot) => RoomView<W>;
type ToWire<W> = (message: Message) => W;
type Shown<W> = RoomView<W>['messages'][number];

/** Returns the function that selects the room's view from a snapshot. */
export function createRoomViewSelector<W extends object>(
  roomId: RoomId | undefined,
  toWire: ToWire<W>,
): Select<W> {
  const placeholder = newRoom(roomId ?? ('' as RoomId));
  return viewer(toWire, (snapshot) => {
    const { outbox, typing } = snapshot;
    const room = flatRoomOf(snapshot, placeholder.id) ?? placeholder;
    return {
      room,
      stored: room.log.messages,
      waiting: outbox.filter((entry) => entry.roomId === room.outboxKey),
      typists: typing.filter((typist) => typist.roomId === room.id),
    };
  });
}

/** The same for all conversations together: messages that arrived during a subscription. */
export function createInboxViewSelector<W extends object>(toWire: ToWire<W>): Select<W> {
  const placeholder = newRoom('' as RoomId);
  return viewer(toWire, (snapshot) => {
    const { connection, outbox, typing } = snapshot;
    const stored = flatRoomsOf(snapshot).flatMap(({ log, inboxFrom = Number.POSITIVE_INFINITY }) =>
      log.messages.filter(({ sequence }) => sequence >= inboxFrom),
    );
    return {
      room: { ...placeholder, kind: connection.kind === 'open' ? 'open' : 'joining' },
      // Sorting is stable: within a conversation the order is that of its log.
      stored: stored.sort((one, other) => one.sentAtMs - other.sentAtMs),
      waiting: outbox,
      typists: typing,
    };
  });
}

interface Sight {
  readonly room: FlatRoom;
  readonly stored: readonly Message[];
  readonly waiting: readonly OutboxEntry[];
  readonly typists: readonly Member[];
}

function viewer<W extends object>(
  toWire: ToWire<W>,
  look: (snapshot: ClientSnapshot) => Sight,
): Select<W> {
  // The view of an unchanged message stays the same object, so that its row is not rendered again.
  let shown = new WeakMap<Message | OutboxEntry, Shown<W>>();
  const keepMessages = keeper<RoomView<W>['messages']>();
  const keepTypists = keeper<readonly Member[]>();
  const keepPresence = keeper<readonly Member[]>();
  const keepView = keeper<RoomView<W>>();
  let earlier = EMPTY_SNAPSHOT;
  let statuses: RoomView<W>['statuses'] = new Map();

  return (snapshot) => {
    const { room, stored, waiting, typists } = look(snapshot);
    const { connection, presence, user } = snapshot;
    if (presence !== earlier.presence) {
      statuses = new Map([...presence].map(([userId, { status }]) => [userId, status]));
    }
    // Another user has other own messages, so the views are built again.
    if (user !== earlier.user) shown = new WeakMap();
    earlier = snapshot;
    const show = <E extends Message | OutboxEntry>(each: E, make: (each: E) => Shown<W>) => {
      const made = shown.get(each) ?? make(each);
      shown.set(each, made);
      return made;
    };
    return keepView({
      state: stateOf(connection),
      sessionEnd: connection.kind === 'unauthorized' ? connection.sessionEnd : undefined,
      isLive: room.kind === 'open',
      error: room.error,
      user,
      messages: keepMessages([
        ...stored.map((message) => show(message, (each) => toSent(each, toWire, user))),
        ...waiting.map((entry) => show(entry, (each) => toUnsent(each, user))),
      ]),
      typingUsers: keepTypists(typists),
      presence: keepPresence([...room.members.values()]),
      statuses,
      hasOlder: room.log.hasOlder,
      isLoadingHistory: room.isLoading,
    });
  };
}

function stateOf(connection: ConnectionState): SocketState {
  switch (connection.kind) {
    case 'open':
    case 'unauthorized':
      return connection.kind;
    case 'waiting':
      return 'reconnecting';
    case 'connecting':
      return connection.outage.cause === 'starting' ? 'connecting' : 'reconnecting';
    case 'closed':
      if (connection.reason === 'somebody_else') return 'somebody_else';
      // A subscriber exists, so the connection is about to start.
      return connection.reason === 'incompatible' ? 'closed' : 'connecting';
    default:
      return connection satisfies never;
  }
}

function toSent<W extends object>(
  message: Message,
  toWire: ToWire<W>,
  user: FlatUser | undefined,
): SentMessage<W> {
  const { clientMessageId, userId, id } = message;
  const isOwn = clientMessageId !== undefined && userId === user?.id;
  return { ...toWire(message), key: isOwn ? clientMessageId : id, status: 'sent' };
}

function toUnsent(entry: OutboxEntry, user: FlatUser | undefined): UnsentMessage {
  const { clientMessageId, content, composedAtMs, replyTo, attachments, state } = entry;
  return {
    key: clientMessageId,
    status: state.kind === 'failed' ? 'failed' : 'sending',
    clientMessageId,
    senderId: user?.id,
    senderName: user?.username,
    content,
    createdAt: new Date(composedAtMs).toISOString(),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(attachments === undefined ? {} : { attachments }),
    ...('code' in state ? { error: errorOf(state) } : {}),
  };
}

function errorOf(
  state: Extract<OutboxEntry['state'], { readonly code: ErrorCode }>,
): NonNullable<UnsentMessage['error']> {
  const { code, message } = state;
  return state.kind === 'held' ? { code, message, retryAtMs: state.untilMs } : { code, message };
}
