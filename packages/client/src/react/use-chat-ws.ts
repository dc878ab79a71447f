/** A channel of `/ws/chat`. */
import {
  type Attachment,
  type ChannelMessage,
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
} from '@parley/protocol';
import { useContext, useMemo } from 'react';
import { CHANNELS } from '../core/flat/channels.ts';
import { createRoomViewSelector, type RoomView } from '../core/flat/room-view.ts';
import { ClientsContext } from './clients.ts';
import { actionsOf, reportTyping, useRoom } from './use-room.ts';

export interface UseChatWsOptions {
  /** Undefined while it is not known: nothing is connected for it. */
  readonly channelId: string | undefined;
}

export interface SendMessageOptions {
  /** Id of the message to reply to. */
  readonly replyTo?: MessageId;
  /** Descriptions of files stored elsewhere; other users receive them unchanged. */
  readonly attachments?: readonly Attachment[];
}

/** Actions for a channel; the same functions while the channel stays the same. */
export interface ChatWsActions {
  /**
   * Sends a text and returns the id to retry or discard it. The message appears in
   * `messages` immediately, waits without a connection, and is sent over HTTP while the
   * socket cannot connect. It is stored once in every case.
   *
   * @throws {ChatError} `VALIDATION_ERROR` if the text is empty or above 10,000
   * characters, `UNAVAILABLE` if 200 messages are waiting, `NOT_IN_ROOM` without a
   * channel.
   */
  readonly sendMessage: (content: string, options?: SendMessageOptions) => ClientMessageId;
  /** Retries a failed message with the same id. */
  readonly retryMessage: (clientMessageId: ClientMessageId) => void;
  /** Discards a failed message. */
  readonly discardMessage: (clientMessageId: ClientMessageId) => void;
  /**
   * Call it on each key press: others are notified at most every 2 s, and when it stops
   * (after 3 s, or with `false`).
   */
  readonly sendTyping: (isTyping?: boolean) => void;
  /** Marks everything up to this message as read. A message before the last mark does nothing. */
  readonly markRead: (messageId: MessageId) => void;
  /**
   * Fetches the page (50) before the oldest message; does nothing at the start of the
   * history.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if the server cannot be
   * reached.
   */
  readonly fetchHistory: () => Promise<void>;
  /**
   * Reconnects after `unauthorized`, `somebody_else` or `closed` as the same user; or
   * immediately while it waits for the next attempt.
   */
  readonly reconnect: () => void;
  /**
   * After the same states, continues as the user who is logged in now. Unsent messages of
   * the earlier user are discarded.
   */
  readonly startOver: () => void;
}

/** The view of a channel. */
function viewer(roomId: RoomId | undefined) {
  return createRoomViewSelector(roomId, CHANNELS.toWire);
}

export type ChatWs = RoomView<ChannelMessage> & ChatWsActions;

/**
 * A channel: its messages, people, typing users and read receipts.
 *
 * The channel is joined while the component is mounted, and left after it is unmounted.
 * All hooks of a page share one connection, which reconnects (after a random delay of up
 * to 1 s, then 2, 4 … 30 s) and then fetches what was missed. After close code 4001 it
 * stays `unauthorized` until `reconnect`, or until a hook is mounted. If another user
 * logged in with this browser, it stays `somebody_else`: see `startOver`.
 */
export function useChatWs({ channelId }: UseChatWsOptions): ChatWs {
  const { channels } = useContext(ClientsContext);
  // The channel id comes from the page; the server checks whether it exists.
  const roomId = channelId as RoomId | undefined;
  const isWanted = roomId !== undefined;
  const view = useRoom(channels, {
    roomId,
    isWanted,
    viewer,
  });
  const actions = useMemo<ChatWsActions>(
    () => ({
      ...actionsOf(channels, roomId),
      sendMessage: (content, { replyTo, attachments = [] } = {}) => {
        if (roomId === undefined) throw new ChatError('NOT_IN_ROOM');
        const answered = replyTo === undefined ? {} : { replyTo };
        return channels.send(roomId, content, { ...answered, attachments });
      },
      sendTyping: (isTyping = true) => {
        if (roomId !== undefined) reportTyping(channels, roomId, isTyping);
      },
      markRead: (messageId) => {
        if (roomId !== undefined) channels.markRead(roomId, messageId);
      },
    }),
    [channels, roomId],
  );
  return useMemo(() => ({ ...view, ...actions }), [view, actions]);
}
