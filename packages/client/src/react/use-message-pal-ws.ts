/** A direct conversation at `/messagepal`. */
import type { ClientMessageId, DirectMessage, RoomId, UserId } from '@parley/protocol';
import { useContext, useMemo } from 'react';
import { DIRECT } from '../core/flat/direct.ts';
import {
  createInboxViewSelector,
  createRoomViewSelector,
  type RoomView,
} from '../core/flat/room-view.ts';
import { recipientKey } from '../core/outbox/recipient-key.ts';
import { ClientsContext } from './clients.ts';
import type { ChatWsActions } from './use-chat-ws.ts';
import { actionsOf, reportTyping, useRoom } from './use-room.ts';

export interface UseMessagePalWsOptions {
  /**
   * The conversation whose messages are shown. If undefined, messages of all
   * conversations since the mount are shown, of at most 200 conversations.
   */
  readonly conversationId?: string | undefined;
}

/**
 * Same as for a channel, but messages are sent to a person: the first message creates the
 * conversation.
 */
export interface MessagePalWsActions extends Omit<ChatWsActions, 'sendMessage' | 'sendTyping'> {
  /** @throws {ChatError} `VALIDATION_ERROR`, `UNAVAILABLE`, as in {@link ChatWsActions}. */
  readonly sendMessage: (recipientId: string, content: string) => ClientMessageId;
  readonly sendTyping: (recipientId: string, isTyping?: boolean) => void;
}

/** `statuses` has the presence of the other person of each mounted conversation. */
export type MessagePalWs = Omit<RoomView<DirectMessage>, 'presence'> & MessagePalWsActions;

function viewer(roomId: RoomId | undefined) {
  const { toWire } = DIRECT;
  return roomId === undefined
    ? createInboxViewSelector(toWire)
    : createRoomViewSelector(roomId, toWire);
}

/**
 * A direct conversation: its messages, whether the other person is there and typing, and when
 * messages were read (`readAt`). Connection, outbox and errors are the same as in
 * `useChatWs`.
 */
export function useMessagePalWs({ conversationId }: UseMessagePalWsOptions = {}): MessagePalWs {
  const { direct } = useContext(ClientsContext);
  const roomId = conversationId as RoomId | undefined;
  const view = useRoom(direct, { roomId, isWanted: true, viewer });
  const actions = useMemo<MessagePalWsActions>(
    () => ({
      ...actionsOf(direct, roomId),
      sendMessage: (recipientId, content) => {
        const key = recipientKey(recipientId as UserId);
        if (roomId !== undefined) direct.rooms.nameOutboxKey(roomId, key);
        return direct.send(key, content);
      },
      sendTyping: (recipientId, isTyping = true) =>
        reportTyping(direct, recipientKey(recipientId as UserId), isTyping),
      markRead: (messageId) => direct.markRead(roomId, messageId),
    }),
    [direct, roomId],
  );
  return useMemo(() => {
    const { presence: _, ...shown } = view;
    return { ...shown, ...actions };
  }, [view, actions]);
}
