/** Shows everything that `useMessagePalWs` returns. */
import { useMessagePalWebSocket } from '@parley/client/react';
import { MessageForm } from './message-form.tsx';
import { MessageRows } from './message-rows.tsx';

interface ConversationViewProps {
  readonly conversationId: string | undefined;
  readonly recipientId: string;
}

export function ConversationView({ conversationId, recipientId }: ConversationViewProps) {
  const pal = useMessagePalWebSocket({ conversationId });
  const last = pal.messages.findLast(({ status }) => status === 'sent');
  return (
    <section
      aria-label={recipientId}
      data-state={pal.state}
      data-live={pal.isLive}
      data-error={pal.error?.code ?? ''}
      data-typing={pal.typingUsers.length}
    >
      {pal.hasOlder && (
        <button type="button" onClick={() => void pal.fetchHistory()}>
          Older
        </button>
      )}
      <MessageRows messages={pal.messages} />
      <MessageForm
        onSend={(text) => pal.sendMessage(recipientId, text)}
        onTyping={() => pal.sendTyping(recipientId)}
      />
      <button
        type="button"
        onClick={() => {
          if (last?.status === 'sent') pal.markRead(last.id);
        }}
      >
        Mark read
      </button>
      <button type="button" onClick={() => pal.reconnect()}>
        Reconnect
      </button>
    </section>
  );
}
