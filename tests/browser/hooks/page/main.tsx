/**
 * A page that uses only the hooks: one or more `?channel=ID`, `?conversation=ID`,
 * `?recipient=ID`.
 */
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { ChannelView } from './channel-view.tsx';
import { ConversationView } from './conversation-view.tsx';

const query = new URLSearchParams(location.search);
const channels = query.getAll('channel');
const conversationId = query.get('conversation') ?? undefined;
const recipientId = query.get('recipient');

function Page() {
  const [isOpen, setOpen] = useState(true);
  return (
    <>
      <button type="button" onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Close all' : 'Open all'}
      </button>
      {isOpen && channels.map((channelId) => <ChannelView key={channelId} channelId={channelId} />)}
      {isOpen && recipientId !== null && (
        <ConversationView conversationId={conversationId} recipientId={recipientId} />
      )}
    </>
  );
}

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
}
