/** A direct conversation at `/messagepal` (LP-17). */
import type { ClientMessageId, DirectMessage, MessageId, RoomId } from '@parley/protocol';
import { useContext, useMemo } from 'react';
import { keyOf } from '../core/subscriptions/direct.ts';
import { inboxViewer, type RoomView, roomViewer } from '../core/subscriptions/room-view.ts';
import { ClientsContext } from './clients.ts';
import type { ChatWsActions } from './use-chat-ws.ts';
import { useRoom } from './use-room.ts';

export interface UseMessagePalWsOptions {
  /**
   * Whose messages are shown. Without one they are those of all conversations, from the
   * moment on that this was mounted; of at most 200 conversations.
   */
  readonly conversationId?: string | undefined;
}

/** As for a channel, but one writes to a person: the first message makes the conversation. */
export interface MessagePalWsActions extends Omit<ChatWsActions, 'sendMessage' | 'sendTyping'> {
  /** @throws {ChatError} `VALIDATION_ERROR`, `UNAVAILABLE`, as in {@link ChatWsActions}. */
  readonly sendMessage: (recipientId: string, content: string) => string;
  readonly sendTyping: (recipientId: string, isTyping?: boolean) => void;
}

/** `/messagepal` tells nothing of who is there. */
export type MessagePalWs = Omit<RoomView<DirectMessage>, 'presence'> & MessagePalWsActions;

function viewer(roomId: RoomId | undefined): ReturnType<typeof roomViewer<DirectMessage>> {
  return roomId === undefined ? inboxViewer() : roomViewer(roomId);
}

/**
 * A direct conversation: its messages, whether the other one types, and what was read (`readAt`).
 * Connection, outbox and errors are as in `useChatWs`.
 */
export function useMessagePalWs({ conversationId }: UseMessagePalWsOptions = {}): MessagePalWs {
  const { direct } = useContext(ClientsContext);
  const roomId = conversationId as RoomId | undefined;
  const view = useRoom(direct, { roomId, isWanted: true, viewer });
  const actions = useMemo<MessagePalWsActions>(
    () => ({
      sendMessage: (recipientId, content) => {
        const key = keyOf(recipientId);
        if (roomId !== undefined) direct.nameOutboxKey(roomId, key);
        return direct.send(key, content);
      },
      retryMessage: (id) => direct.retry(id as ClientMessageId),
      discardMessage: (id) => direct.discard(id as ClientMessageId),
      sendTyping: (recipientId, isTyping = true) => direct.setTyping(keyOf(recipientId), isTyping),
      markRead: (messageId) => direct.markRead(roomId, messageId as MessageId),
      fetchHistory: async () => {
        if (roomId !== undefined) await direct.fetchHistory(roomId);
      },
      reconnect: () => direct.reconnect(),
      startOver: () => direct.startOver(),
    }),
    [direct, roomId],
  );
  return useMemo(() => {
    const { presence: _, ...shown } = view;
    return { ...shown, ...actions };
  }, [view, actions]);
}
