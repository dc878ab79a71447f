/** A channel of `/ws/chat` (LP-17). */
import {
  type Attachment,
  type ChannelMessage,
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
} from '@parley/protocol';
import { useContext, useMemo } from 'react';
import { type RoomView, roomViewer } from '../core/subscriptions/room-view.ts';
import { ClientsContext } from './clients.ts';
import { useRoom } from './use-room.ts';

export interface UseChatWsOptions {
  /** Undefined while it is not known: nothing is connected for it. */
  readonly channelId: string | undefined;
}

export interface SendMessageOptions {
  /** The id of the message that it answers. */
  readonly replyTo?: string;
  /** Descriptions of files that are elsewhere, for the others as they are here. */
  readonly attachments?: readonly Attachment[];
}

/** What one can do with a channel; the same functions as long as the channel is the same. */
export interface ChatWsActions {
  /**
   * Sends a text and gives the id by which it can be retried or discarded. It stands
   * in `messages` at once, waits while there is no connection, and goes over HTTP
   * while the socket does not come about: it is one message, whichever way it goes.
   *
   * @throws {ChatError} `VALIDATION_ERROR` when it is empty or above 10,000 characters,
   * `UNAVAILABLE` when 200 wait already, `NOT_IN_ROOM` without a channel.
   */
  readonly sendMessage: (content: string, options?: SendMessageOptions) => string;
  /** Tries a failed message again, with the id that it had. */
  readonly retryMessage: (clientMessageId: string) => void;
  /** Gives a failed message up. */
  readonly discardMessage: (clientMessageId: string) => void;
  /** Call it with each key: the others are told at most every 2 s, and when it is over (after 3 s, or by `false`). */
  readonly sendTyping: (isTyping?: boolean) => void;
  /** Everything up to this message was read. One that is behind the last one does nothing. */
  readonly markRead: (messageId: string) => void;
  /**
   * Fetches the page (50) before the oldest message; at the beginning it does nothing.
   *
   * @throws {ChatError} what the server says; `UNAVAILABLE` when it cannot be asked.
   */
  readonly fetchHistory: () => Promise<void>;
  /**
   * Connects anew after `unauthorized`, `somebody_else` or `closed`, for the same person as
   * before; or at once while it waits for the next try.
   */
  readonly reconnect: () => void;
  /**
   * After these, goes on as whoever is logged in now. What the earlier person wrote and did
   * not send is given up.
   */
  readonly startOver: () => void;
}

export type ChatWs = RoomView<ChannelMessage> & ChatWsActions;

/**
 * A channel: its messages, who is there, who types, who has read what.
 *
 * The channel is joined while the component is mounted and left when it is unmounted.
 * All hooks of a page share one connection, which comes back by itself (waiting up
 * to 1 s, then 2, 4 … 30 s at random) and then brings what was missed. After 4001 it
 * stays `unauthorized` until `reconnect`, or until a hook is mounted anew. Where somebody
 * else logged in with this browser meanwhile, it stays `somebody_else`: see `startOver`.
 */
export function useChatWs({ channelId }: UseChatWsOptions): ChatWs {
  const { channels } = useContext(ClientsContext);
  // What the page calls a channel is what the server calls one; it finds out whether there is such.
  const roomId = channelId as RoomId | undefined;
  const isWanted = roomId !== undefined;
  const view = useRoom(channels, { roomId, isWanted, viewer: roomViewer<ChannelMessage> });
  const actions = useMemo<ChatWsActions>(
    () => ({
      sendMessage: (content, { replyTo, attachments = [] } = {}) => {
        if (roomId === undefined) throw new ChatError('NOT_IN_ROOM');
        const answered = replyTo === undefined ? {} : { replyTo: replyTo as MessageId };
        return channels.send(roomId, content, { ...answered, attachments });
      },
      retryMessage: (id) => channels.retry(id as ClientMessageId),
      discardMessage: (id) => channels.discard(id as ClientMessageId),
      sendTyping: (isTyping = true) => {
        if (roomId !== undefined) channels.setTyping(roomId, isTyping);
      },
      markRead: (messageId) => {
        if (roomId !== undefined) channels.markRead(roomId, messageId as MessageId);
      },
      fetchHistory: async () => {
        if (roomId !== undefined) await channels.fetchHistory(roomId);
      },
      reconnect: () => channels.reconnect(),
      startOver: () => channels.startOver(),
    }),
    [channels, roomId],
  );
  return useMemo(() => ({ ...view, ...actions }), [view, actions]);
}
