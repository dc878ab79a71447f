/** Hooks for the messages of a room: timeline, thread, composer, typing and actions. */
import {
  ChatError,
  type ClientMessageId,
  type LoggedEvent,
  type MessageId,
  type RoomId,
} from '@parley/protocol';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { codePointCount } from '../core/messages/content-validation.ts';
import type { Message } from '../core/messages/message.ts';
import { reduceMessages } from '../core/messages/message-reducer.ts';
import type { Parley } from '../core/parley.ts';
import {
  MESSAGE_ACTIONS,
  type MessageRef,
  type ParleyRoom,
  type SentHandle,
} from '../core/parley-room.ts';
import type { Named, RoomMessage, Sender } from '../core/people.ts';
import { type TimelineMessage, timelineOf } from '../core/rooms/timeline.ts';
import type { ClientSnapshot } from '../core/snapshot.ts';
import type { Typist } from '../core/typing/typing.ts';
import { useParley, useParleyState } from './parley-state.ts';

export interface MessagesView {
  readonly status: 'loading' | 'ready' | 'failed';
  /** Stored messages, then the outgoing ones. */
  readonly messages: readonly RoomMessage[];
  readonly hasOlder: boolean;
  /** State of the page before the oldest message. */
  readonly olderPages: 'idle' | 'loading' | 'failed';
}

/** Messages of a room that `useRoom` opens. A message that did not change is the same object. */
export function useMessages(roomId: string): MessagesView & {
  readonly loadOlder: () => Promise<void>;
} {
  const parley = useParley();
  const id = roomId as RoomId;
  const view = useParleyState(useMemo(() => selectMessages(parley, id), [parley, id]));
  const loadOlder = useCallback(() => parley.client.loadOlder(id), [parley, id]);
  return useMemo(() => ({ ...view, loadOlder }), [view, loadOlder]);
}

function selectMessages(parley: Parley, id: RoomId): (snapshot: ClientSnapshot) => MessagesView {
  let last: { parts: readonly unknown[]; messages: readonly RoomMessage[] } | undefined;
  return ({ rooms, outbox, user, clockOffsetMs, presence, people }) => {
    const room = rooms.get(id);
    if (room?.kind !== 'open' || user === undefined) {
      const status = room?.kind === 'closed' ? 'failed' : 'loading';
      return { status, messages: NO_MESSAGES, hasOlder: false, olderPages: 'idle' };
    }
    const parts = [room.log.messages, outbox, user, clockOffsetMs, presence, people];
    if (last === undefined || parts.some((part, index) => part !== last?.parts[index])) {
      const timeline = timelineOf(room, outbox, { self: user, clockOffsetMs });
      const named = timeline.map((message) => parley.people.name(message));
      // A change of other people leaves the list as it is.
      const isSame =
        named.length === last?.messages.length &&
        named.every((message, index) => message === last?.messages[index]);
      last = { parts, messages: isSame && last !== undefined ? last.messages : named };
    }
    const { messages } = last;
    return { status: 'ready', messages, hasOlder: room.log.hasOlder, olderPages: room.olderPages };
  };
}

const NO_MESSAGES: readonly RoomMessage[] = Object.freeze([]);

export interface ThreadView {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: ChatError | undefined;
  /** Undefined if it was deleted for its age. */
  readonly parent: Named<Message> | undefined;
  readonly replies: readonly Named<Message>[];
  /** More replies exist than are listed. */
  readonly hasMore: boolean;
}

interface LoadedThread {
  readonly parent: Message | undefined;
  readonly replies: readonly Message[];
}

type Loaded = LoadedThread & Pick<ThreadView, 'error' | 'hasMore'> & { readonly key: string };

/** A thread of an open room: its first page, kept current by the room's messages. */
export function useThread(roomId: string, messageId: string): ThreadView {
  const parley = useParley();
  const key = `${roomId} ${messageId}`;
  const [loaded, setLoaded] = useState<Loaded>();
  const select = useCallback(
    ({ rooms, connection }: ClientSnapshot) => {
      const room = rooms.get(roomId as RoomId);
      return {
        held: room?.kind === 'open' ? room.log.messages : undefined,
        isReady: connection.kind === 'open',
      };
    },
    [roomId],
  );
  const { held, isReady } = useParleyState(select);
  useEffect(() => {
    if (!isReady) return undefined;
    let isCurrent = true;
    const finish = (thread: Partial<Loaded>): void => {
      const empty = { error: undefined, parent: undefined, replies: [], hasMore: false };
      if (isCurrent) setLoaded({ ...empty, ...thread, key: `${roomId} ${messageId}` });
    };
    parley.client
      .loadThread(roomId as RoomId, messageId as MessageId)
      .then(finish, (error: unknown) => finish({ error: ChatError.from(error) }));
    // Messages before the room's window are only in the thread.
    const unobserve = parley.client.observeRoom(roomId as RoomId, (event) => {
      if (event.kind !== 'logged') return;
      setLoaded((thread) => thread && changeThread(thread, event.event));
    });
    return () => {
      isCurrent = false;
      unobserve();
    };
  }, [parley, roomId, messageId, isReady]);
  const thread = loaded?.key === key ? loaded : undefined;
  const merged = useMemo(
    () => mergeThread(thread, held ?? [], messageId as MessageId),
    [thread, held, messageId],
  );
  const replies = useNamed(merged.replies);
  const [parent] = useNamed(useMemo(() => (merged.parent ? [merged.parent] : []), [merged]));
  return useMemo(() => {
    const status = thread === undefined ? 'loading' : 'ready';
    return {
      parent,
      replies,
      status: thread?.error === undefined ? status : 'failed',
      error: thread?.error,
      hasMore: thread?.hasMore ?? false,
    };
  }, [thread, parent, replies]);
}

function useNamed(messages: readonly Message[]): readonly Named<Message>[] {
  const { people } = useParley();
  return useParleyState(useCallback(() => messages.map(people.nameMessage), [people, messages]));
}

function changeThread(thread: Loaded, event: LoggedEvent): Loaded {
  const { parent } = thread;
  const [changed] = parent === undefined ? [] : reduceMessages([parent], event);
  return { ...thread, parent: changed, replies: reduceMessages(thread.replies, event) };
}

/** Messages of the room are newer than the page. */
export function mergeThread(
  loaded: LoadedThread | undefined,
  held: readonly Message[],
  parentId: MessageId,
): LoadedThread {
  const current = held.filter((message) => message.parentId === parentId);
  const replies = new Map((loaded?.replies ?? []).map((reply) => [reply.sequence, reply]));
  for (const reply of current) replies.set(reply.sequence, reply);
  return {
    parent: held.find(({ id }) => id === parentId) ?? loaded?.parent,
    replies: [...replies.values()].sort((a, b) => a.sequence - b.sequence),
  };
}

export interface RoomComposer {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** Code points of the text. */
  readonly length: number;
  /** Reason why the last attempt was not accepted; the text is kept. */
  readonly error: ChatError | undefined;
  /** Sends the text and empties the composer; undefined if it was not accepted. */
  readonly send: () => SentHandle | undefined;
}

interface Draft {
  readonly text: string;
  readonly error?: ChatError;
}

/**
 * A message being written: reports typing, and keeps the text if it is not accepted. Each room has a
 * text of its own.
 */
export function useComposer(
  roomId: string,
  { replyTo }: { readonly replyTo?: MessageRef | undefined } = {},
): RoomComposer {
  const parley = useParley();
  const [drafts, setDrafts] = useState<Readonly<Record<string, Draft>>>({});
  const { text, error } = drafts[roomId] ?? { text: '', error: undefined };
  const room = useMemo(() => parley.room(roomId), [parley, roomId]);
  const store = useCallback(
    (draft: Draft) => setDrafts((others) => ({ ...others, [roomId]: draft })),
    [roomId],
  );
  const setText = useCallback(
    (next: string) => {
      store({ text: next });
      room.setTyping(next !== '');
    },
    [room, store],
  );
  const send = useCallback(() => {
    try {
      const sent = room.send(replyTo === undefined ? { text } : { text, replyTo });
      store({ text: '' });
      return sent;
    } catch (thrown) {
      store({ text, error: ChatError.from(thrown) });
      return undefined;
    }
  }, [room, text, replyTo, store]);
  const length = codePointCount(text);
  return useMemo(
    () => ({ text, setText, length, error, send }),
    [text, setText, length, error, send],
  );
}

/** A user who is writing: `sender.name` is the name to show. */
export type NamedTypist = Typist & { readonly sender: Sender };

/** Other users who are writing in a room. */
export function useTyping(roomId: string): readonly NamedTypist[] {
  const typists = useParleyState(
    useCallback(
      ({ typing }: ClientSnapshot) => typing.filter((typist) => typist.roomId === roomId),
      [roomId],
    ),
  );
  const senders = useSenders(typists);
  return useMemo(
    () => senders.flatMap((sender, index) => withSender(typists[index], sender)),
    [typists, senders],
  );
}

function withSender(typist: Typist | undefined, sender: Sender): NamedTypist[] {
  return typist === undefined ? [] : [{ ...typist, sender }];
}

const NO_PEOPLE: readonly Pick<Typist, 'userId' | 'username'>[] = Object.freeze([]);

/** Those who have a room open, as far as the server lists them, with the names to show. */
export function useMembers(roomId: string): readonly Sender[] {
  const members = useParleyState(
    useCallback(
      ({ rooms }: ClientSnapshot) => {
        const room = rooms.get(roomId as RoomId);
        return room?.kind === 'open' ? [...room.members.values()] : NO_PEOPLE;
      },
      [roomId],
    ),
  );
  return useSenders(members);
}

/** The user behind a message, with the name to show, also when it changes. */
export function useSender({
  userId,
  sender,
}: {
  readonly userId: string;
  readonly sender: Sender | string;
}): Sender {
  const { people } = useParley();
  const username = typeof sender === 'string' ? sender : sender.username;
  return useParleyState(
    useCallback(() => people.get(userId, username), [people, userId, username]),
  );
}

function useSenders(of: readonly Pick<Typist, 'userId' | 'username'>[]): readonly Sender[] {
  const { people } = useParley();
  return useParleyState(
    useCallback(() => of.map((each) => people.get(each.userId, each.username)), [people, of]),
  );
}

/** An outgoing message, or its `clientMessageId`; not its `key`. */
export type UnsentRef = ClientMessageId | Pick<TimelineMessage, 'delivery'>;

type RoomActions = Pick<ParleyRoom, (typeof MESSAGE_ACTIONS)[number]>;

/** The actions of a room on its messages, and those on unsent messages. */
export interface MessageActions extends Readonly<RoomActions> {
  /** Edits a queued, pending or failed message; a failed one is sent again. */
  readonly editUnsent: (message: UnsentRef, text: string) => Promise<void>;
  /** Sends a failed message again. @throws {ChatError} `VALIDATION_ERROR` for the key of a message. */
  readonly retry: (message: UnsentRef) => void;
  /** Discards a failed message. @throws {ChatError} As `retry`. */
  readonly discard: (message: UnsentRef) => void;
  readonly status: 'idle' | 'pending' | 'failed';
  /** Error of the last action that failed; the next one clears it. */
  readonly error: ChatError | undefined;
}

interface ActionState {
  readonly pending: number;
  readonly error?: ChatError;
}

const IDLE: ActionState = Object.freeze({ pending: 0 });

type Action = (...about: readonly unknown[]) => Promise<void>;

/** The actions of a room, each of them run by `run`. */
function ofRoom(room: ParleyRoom, run: (action: Promise<void>) => Promise<void>): RoomActions {
  const actions = MESSAGE_ACTIONS.map((name): [string, Action] => {
    const action = room[name].bind(room) as Action;
    return [name, (...about) => run(action(...about))];
  });
  // Each has the parameters of the method with its name.
  return Object.fromEntries(actions) as unknown as RoomActions;
}

/** Actions on messages of a room; each promise rejects with a `ChatError`. */
export function useMessageActions(roomId: string): MessageActions {
  const parley = useParley();
  const [states, setStates] = useState<Readonly<Record<string, ActionState>>>({});
  const { pending, error } = states[roomId] ?? IDLE;
  const actions = useMemo(() => {
    const room = parley.room(roomId);
    const setState = (change: (state: ActionState) => ActionState): void =>
      setStates((all) => ({ ...all, [roomId]: change(all[roomId] ?? IDLE) }));
    const run = async (action: Promise<void>): Promise<void> => {
      setState((state) => ({ pending: state.pending + 1 }));
      try {
        await action;
        setState((state) => ({ ...state, pending: state.pending - 1 }));
      } catch (thrown) {
        const failure = ChatError.from(thrown);
        setState((state) => ({ pending: state.pending - 1, error: failure }));
        throw failure;
      }
    };
    return {
      ...ofRoom(room, run),
      editUnsent: async (message: UnsentRef, text: string) =>
        run(parley.client.editUnsent(clientIdOf(message), text)),
      retry: (message: UnsentRef) => parley.client.retry(clientIdOf(message)),
      discard: (message: UnsentRef) => parley.client.discard(clientIdOf(message)),
    };
  }, [parley, roomId]);
  const idle = error === undefined ? 'idle' : 'failed';
  const status = pending > 0 ? 'pending' : idle;
  return useMemo(() => ({ ...actions, status, error }), [actions, status, error]);
}

function clientIdOf(message: UnsentRef): ClientMessageId {
  const { delivery } = typeof message === 'string' ? { delivery: undefined } : message;
  const id =
    delivery === undefined ? message : 'entry' in delivery && delivery.entry.clientMessageId;
  // A key also names the user.
  if (typeof id === 'string' && !id.includes(' ')) return id as ClientMessageId;
  const text = 'Pass an unsent message, or its clientMessageId';
  throw new ChatError('VALIDATION_ERROR', { field: 'clientMessageId', message: text });
}
