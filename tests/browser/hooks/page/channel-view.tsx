/** Shows everything that `useChatWs` returns. */
import { useChatWs } from '@parley/client/react';
import { MessageForm } from './message-form.tsx';
import { MessageRows } from './message-rows.tsx';

export function ChannelView({ channelId }: { readonly channelId: string }) {
  const chat = useChatWs({ channelId });
  const last = chat.messages.findLast(({ status }) => status === 'sent');
  return (
    <section
      aria-label={channelId}
      data-state={chat.state}
      data-live={chat.isLive}
      data-error={chat.error?.code ?? ''}
      data-present={chat.presence.map(({ username }) => username).join(' ')}
      data-typing={chat.typingUsers.map(({ username }) => username).join(' ')}
    >
      {chat.hasOlder && (
        <button type="button" onClick={() => void chat.fetchHistory()}>
          Older
        </button>
      )}
      <MessageRows messages={chat.messages} />
      <MessageForm onSend={(text) => chat.sendMessage(text)} onTyping={() => chat.sendTyping()} />
      <button
        type="button"
        onClick={() => {
          if (last?.status === 'sent') chat.markRead(last.id);
        }}
      >
        Mark read
      </button>
      <button type="button" onClick={() => chat.reconnect()}>
        Reconnect
      </button>
    </section>
  );
}
