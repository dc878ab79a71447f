/** The second column: one room or conversation in any state. */
import type { ClosedRoom, RoomId } from '@parley/client';
import { useEffect, useRef } from 'react';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { HOME_PATH, type Panel } from '../route.ts';
import { strings } from '../strings.ts';
import { Composer } from './composer.tsx';
import { ConversationHeader } from './conversation-header.tsx';
import { MessageList, type MessageListHandle } from './message-list.tsx';
import { TypingLine } from './typing-line.tsx';

export interface ConversationProps {
  readonly roomId: RoomId;
  readonly panel: Panel | undefined;
}

export function Conversation({ roomId, panel }: ConversationProps) {
  const { client } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const conversation = useSnapshot((snapshot) => snapshot.conversations.get(roomId));
  const list = useRef<MessageListHandle>(null);
  const composer = useRef<HTMLTextAreaElement>(null);

  // The address decides which room is open, also after a reload or another login.
  const isKnown = room !== undefined;
  useEffect(() => {
    if (!isKnown) client.openRoom(roomId);
  }, [client, roomId, isKnown]);

  const name = room?.kind === 'open' || room?.kind === 'closed' ? room.name : undefined;
  useEffect(() => {
    document.title = name === undefined ? strings.product : `${name} · ${strings.product}`;
    return () => {
      document.title = strings.product;
    };
  }, [name]);

  return (
    <>
      <ConversationHeader roomId={roomId} room={room} conversation={conversation} panel={panel} />
      {room?.kind === 'open' && (
        <MessageList ref={list} room={room} onLeaveList={() => composer.current?.focus()} />
      )}
      {room?.kind === 'closed' && <ClosedView room={room} />}
      {(room === undefined || room.kind === 'joining') && (
        <Skeleton name={strings.conversation.joining} shape="messages" />
      )}
      {room?.kind !== 'closed' && (
        <>
          <TypingLine roomId={roomId} />
          <Composer
            ref={composer}
            draftKey={roomId}
            name={name ?? ''}
            isDisabled={room?.kind !== 'open'}
            onSend={(text) => {
              client.send(roomId, text);
              list.current?.showLatest();
              composer.current?.focus();
            }}
            problemOf={() => strings.composer.full}
            onType={(text) => (text === '' ? client.stopTyping() : client.type(roomId))}
          />
        </>
      )}
    </>
  );
}

function ClosedView({ room }: { readonly room: ClosedRoom }) {
  const { client } = useChat();
  return (
    <EmptyState title={strings.rooms.closedTitle} text={strings.rooms.closed(room.reason)}>
      <Button kind="primary" onClick={() => navigate(HOME_PATH)}>
        {strings.rooms.back}
      </Button>
      <Button kind="quiet" onClick={() => client.openRoom(room.id)}>
        {room.reason === 'LEFT' ? strings.rooms.joinAgain : strings.tryAgain}
      </Button>
    </EmptyState>
  );
}
