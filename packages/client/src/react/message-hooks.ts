/** Hooks for the messages of a room: timeline, thread, composer, typing and actions. */
import { ChatError, type ClientMessageId, type MessageId, type RoomId } from '@parley/protocol';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { codePointCount } from '../core/messages/content-validation.ts';
import type { Message } from '../core/messages/message.ts';
import { type TimelineMessage, timelineOf } from '../core/messages/timeline.ts';
import type { SentHandle } from '../core/parley-room.ts';
import type { ClientSnapshot } from '../core/snapshot.ts';
import type { Typist } from '../core/typing/typing.ts';
import { useParley, useParleyState } from './parley-state.ts';

export interface MessagesView {
  readonly status: 'loading' | 'ready' | 'failed';
  /** Stored messages, then the outgoing ones. */
  readonly messages: readonly TimelineMessage[];
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
  const view = useParleyState(useMemo(() => selectMessages(id), [id]));
  const loadOlder = useCallback(() => parley.client.loadOlder(id), [parley, id]);
  return useMemo(() => ({ ...view, loadOlder }), [view, loadOlder]);
}

function selectMessages(id: RoomId): (snapshot: ClientSnapshot) => MessagesView {
  let last: { parts: readonly unknown[]; messages: readonly TimelineMessage[] } | undefined;
  return ({ rooms, outbox, user, clockOffsetMs }) => {
    const room = rooms.get(id);
    if (room?.kind !== 'open' || user === undefined) {
      const status = room?.kind === 'closed' ? 'failed' : 'loading';
      return { status, messages: NO_MESSAGES, hasOlder: false, olderPages: 'idle' };
    }
    const parts = [room.log.messages, outbox, user, clockOffsetMs];
    if (last === undefined || parts.some((part, index) => part !== last?.parts[index])) {
      last = { parts, messages: timelineOf(room, outbox, { self: user, clockOffsetMs }) };
    }
    const { messages } = last;
    return { status: 'ready', messages, hasOlder: room.log.hasOlder, olderPages: room.olderPages };
  };
}

const NO_MESSAGES: readonly TimelineMessage[] = Object.freeze([]);

export interface ThreadView {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: ChatError | undefined;
  /** Undefined if it was deleted for its age. */
  readonly parent: Message | undefined;
  readonly replies: readonly Message[];
  /** More replies exist than are listed. */
  readonly hasMore: boolean;
}

type Loaded = Omit<ThreadView, 'status'> & { readonly key: string };

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
    parley
      .room(roomId)
      .thread(messageId)
      .load()
      .then(finish, (error: unknown) => finish({ error: ChatError.from(error) }));
    return () => {
      isCurrent = false;
    };
  }, [parley, roomId, messageId, isReady]);
  return useMemo(() => {
    const thread = loaded?.key === key ? loaded : undefined;
    const merged = mergeThread(thread, held ?? [], messageId as MessageId);
    const status = thread === undefined ? 'loading' : 'ready';
    return {
      ...merged,
      status: thread?.error === undefined ? status : 'failed',
      error: thread?.error,
      hasMore: thread?.hasMore ?? false,
    };
  }, [loaded, key, held, messageId]);
}

/** Messages of the room are newer than the page. */
export function mergeThread(
  loaded: Pick<ThreadView, 'parent' | 'replies'> | undefined,
  held: readonly Message[],
  parentId: MessageId,
): Pick<ThreadView, 'parent' | 'replies'> {
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
  { replyTo }: { readonly replyTo?: string | undefined } = {},
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

/** Other users who are writing in a room. */
export function useTyping(roomId: string): readonly Typist[] {
  const select = useCallback(
    ({ typing }: ClientSnapshot) => typing.filter((typist) => typist.roomId === roomId),
    [roomId],
  );
  return useParleyState(select);
}

export interface MessageActions {
  readonly edit: (messageId: string, text: string) => Promise<void>;
  /** Edits a queued, pending or failed message; a failed one is sent again. */
  readonly editUnsent: (clientMessageId: string, text: string) => Promise<void>;
  readonly delete: (messageId: string) => Promise<void>;
  readonly react: (messageId: string, emoji: string) => Promise<void>;
  readonly unreact: (messageId: string, emoji: string) => Promise<void>;
  readonly pin: (messageId: string) => Promise<void>;
  readonly unpin: (messageId: string) => Promise<void>;
  /** Sends a failed message again. */
  readonly retry: (clientMessageId: string) => void;
  /** Discards a failed message. */
  readonly discard: (clientMessageId: string) => void;
  readonly status: 'idle' | 'pending' | 'failed';
  /** Error of the last action that failed; the next one clears it. */
  readonly error: ChatError | undefined;
}

interface ActionState {
  readonly pending: number;
  readonly error?: ChatError;
}

const IDLE: ActionState = Object.freeze({ pending: 0 });

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
      edit: (id: string, text: string) => run(room.edit(id, text)),
      editUnsent: (id: string, text: string) =>
        run(parley.client.editUnsent(id as ClientMessageId, text)),
      delete: (id: string) => run(room.delete(id)),
      react: (id: string, emoji: string) => run(room.react(id, emoji)),
      unreact: (id: string, emoji: string) => run(room.unreact(id, emoji)),
      pin: (id: string) => run(room.pin(id)),
      unpin: (id: string) => run(room.unpin(id)),
      retry: (id: string) => parley.client.retry(id as ClientMessageId),
      discard: (id: string) => parley.client.discard(id as ClientMessageId),
    };
  }, [parley, roomId]);
  const idle = error === undefined ? 'idle' : 'failed';
  const status = pending > 0 ? 'pending' : idle;
  return useMemo(() => ({ ...actions, status, error }), [actions, status, error]);
}
