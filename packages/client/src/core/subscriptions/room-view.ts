/**
 * What one sees of a room: messages with what is on its way behind them, who types,
 * who is there. The same object until something of it changes, so that whoever
 * looks at one room hears nothing of the others.
 */
import type {
  Attachment,
  ChatError,
  ClientMessageId,
  ErrorCode,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';
import type { ConnectionState } from '../connection/connection-state.ts';
import type { OutboxEntry } from '../outbox/outbox-state.ts';
import type { FlatMessage, FlatUser } from './flat-dialect.ts';
import { type FlatRoom, type FlatSnapshot, newRoom, type Person } from './room-state.ts';

/**
 * `connecting`: the first try is under way. `reconnecting`: the connection was lost, or
 * did not come about, and is tried again. `closed`: the server found this client at
 * fault. `unauthorized`: the session is over; log in again. `somebody_else`: this
 * browser is logged in as another person by now; what waits is kept, and not sent as theirs.
 */
export type SocketState =
  | 'connecting'
  | 'open'
  | 'reconnecting'
  | 'closed'
  | 'unauthorized'
  | 'somebody_else';

/** A message that is stored. */
export type SentMessage<M> = M & {
  /** Stays the same from the first moment on: made for `key` in lists. */
  readonly key: string;
  readonly status: 'sent';
};

/** A message of one's own that is not stored yet, or was refused. */
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
  /** Why it failed, or why it waits (`RATE_LIMITED`, `UNAVAILABLE`) and until when. */
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly retryAtMs?: number;
  };
}

export interface RoomView<M> {
  readonly state: SocketState;
  /** Joined, and everything that was missed is there. */
  readonly isLive: boolean;
  /** Why the room is not open, or its history did not come. */
  readonly error: ChatError | undefined;
  readonly user: FlatUser | undefined;
  /** By sequence, then one's own that are not stored yet, in the order in which they were written. */
  readonly messages: readonly (SentMessage<M> | UnsentMessage)[];
  readonly typingUsers: readonly Person[];
  readonly presence: readonly Person[];
  readonly hasOlder: boolean;
  readonly isLoadingHistory: boolean;
}

/** Gives the function that reads the room's view out of a snapshot. */
export function roomViewer<M extends FlatMessage>(
  roomId: RoomId | undefined,
): (snapshot: FlatSnapshot<M>) => RoomView<M> {
  const placeholder: FlatRoom<M> = newRoom(roomId ?? ('' as RoomId));
  return viewer(({ rooms, outbox, typing }) => {
    const room = (roomId === undefined ? undefined : rooms.get(roomId)) ?? placeholder;
    return {
      room,
      stored: room.log.messages,
      waiting: outbox.filter((entry) => entry.roomId === room.outboxKey),
      typists: typing.filter((typist) => typist.roomId === room.id),
    };
  });
}

/** The same for all conversations together: what came while somebody looked at them. */
export function inboxViewer<M extends FlatMessage>(): (snapshot: FlatSnapshot<M>) => RoomView<M> {
  const placeholder: FlatRoom<M> = newRoom('' as RoomId);
  const listOf = keptList<M>();
  return viewer(({ connection, rooms, outbox, typing }) => {
    const stored = [...rooms.values()].flatMap(({ log, inboxFrom }) =>
      inboxFrom === undefined ? [] : log.messages.filter(({ sequence }) => sequence >= inboxFrom),
    );
    const status = connection.kind === 'open' ? 'live' : 'waiting';
    return {
      room: { ...placeholder, status },
      // Within a conversation the order is that of its log: sorting keeps what is equal where it is.
      stored: listOf(stored.sort(byTime)),
      waiting: outbox,
      typists: typing,
    };
  });
}

function byTime(one: FlatMessage, other: FlatMessage): number {
  if (one.createdAt === other.createdAt) return 0;
  return one.createdAt < other.createdAt ? -1 : 1;
}

interface Sight<M> {
  readonly room: FlatRoom<M>;
  readonly stored: readonly M[];
  readonly waiting: readonly OutboxEntry[];
  readonly typists: readonly Person[];
}

function viewer<M extends FlatMessage>(
  look: (snapshot: FlatSnapshot<M>) => Sight<M>,
): (snapshot: FlatSnapshot<M>) => RoomView<M> {
  const listMessages = messageLister<M>();
  const typistsOf = keptList<Person>();
  const peopleOf = keptList<Person>();
  let latest: RoomView<M> | undefined;

  return (snapshot) => {
    const { room, stored, waiting, typists } = look(snapshot);
    const { connection, user } = snapshot;
    const view: RoomView<M> = {
      state: stateOf(connection),
      isLive: room.status === 'live',
      error: room.error,
      user,
      messages: listMessages(stored, waiting, user),
      typingUsers: typistsOf(typists),
      presence: peopleOf([...room.people.values()]),
      hasOlder: room.log.hasOlder,
      isLoadingHistory: room.isLoading,
    };
    if (latest === undefined || !isSame(latest, view)) latest = view;
    return latest;
  };
}

/** What was shown of a message stays the same object, so that its row need not be drawn again. */
function messageLister<M extends FlatMessage>(): (
  stored: readonly M[],
  waiting: readonly OutboxEntry[],
  user: FlatUser | undefined,
) => RoomView<M>['messages'] {
  const waitingOf = keptList<OutboxEntry>();
  let sent = new WeakMap<M, SentMessage<M>>();
  let unsent = new WeakMap<OutboxEntry, UnsentMessage>();
  let from: readonly unknown[] = [];
  let latest: RoomView<M>['messages'] = [];

  return (stored, waiting, user) => {
    const now = [stored, waitingOf(waiting), user];
    if (now.every((each, index) => each === from[index])) return latest;
    // Whose messages are one's own is seen anew.
    if (user !== from[2]) [sent, unsent] = [new WeakMap(), new WeakMap()];
    from = now;
    latest = [
      ...stored.map((message) => kept(sent, message, (each) => toSent(each, user))),
      ...waiting.map((entry) => kept(unsent, entry, (each) => toUnsent(each, user))),
    ];
    return latest;
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
      // Who looks at it wants it: it is about to begin.
      return connection.reason === 'incompatible' ? 'closed' : 'connecting';
    default:
      return connection satisfies never;
  }
}

function toSent<M extends FlatMessage>(message: M, user: FlatUser | undefined): SentMessage<M> {
  const { clientMessageId, senderId, id } = message;
  const isOwn = clientMessageId !== undefined && senderId === user?.id;
  return { ...message, key: isOwn ? clientMessageId : id, status: 'sent' };
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

/** What was made of the same object before. */
function kept<K extends object, V>(made: WeakMap<K, V>, from: K, make: (from: K) => V): V {
  const earlier = made.get(from);
  if (earlier !== undefined) return earlier;
  const value = make(from);
  made.set(from, value);
  return value;
}

/** The same array as long as its elements are the same. */
function keptList<T>(): (list: readonly T[]) => readonly T[] {
  let latest: readonly T[] = [];
  return (list) => {
    const isEqual =
      list.length === latest.length && list.every((each, index) => each === latest[index]);
    if (!isEqual) latest = list;
    return latest;
  };
}

function isSame<T extends object>(one: T, other: T): boolean {
  // Both have the same keys.
  const keys = Object.keys(one) as (keyof T)[];
  return keys.every((key) => Object.is(one[key], other[key]));
}
