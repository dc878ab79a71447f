/** The details column for a thread: the message, its replies, and a box to reply. */
import type { Message, MessageId, RoomId } from '@parley/client';
import { useEffect, useMemo, useRef } from 'react';
import { PanelFrame } from '../chat/panel-frame.tsx';
import { LoadStatus } from '../components/load-status.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { isFocusLost } from '../hooks/focus.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { useRoomMention } from '../rooms/shown-room-name.ts';
import { strings } from '../strings.ts';
import { Composer } from './composer.tsx';
import {
  type ConversationActions,
  ConversationActionsContext,
  useEditing,
} from './conversation-actions.ts';
import { lastOwnMessage } from './message-lookup.ts';
import { MessageRow } from './message-row.tsx';
import { readInThread } from './read-in-thread.ts';
import classes from './thread-pane.module.css';
import { threadStrings } from './thread-strings.ts';
import { useThread } from './use-thread.ts';

export interface ThreadPaneProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
  readonly messageId: MessageId;
}

export default function ThreadPane({ className, roomId, messageId }: ThreadPaneProps) {
  const { client, user } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const place = useRoomMention(roomId);
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const { parent, replies, status, retry } = useThread(roomId, messageId);
  const { editing, edit } = useEditing(`thread/${messageId}`);
  const composer = useRef<HTMLTextAreaElement>(null);
  // Below 1100 px the pane hides the messages of the room, which mark nothing as read then.
  const isShown = usePageVisible() && status === 'ready' && room?.kind === 'open';
  const read = isShown ? readInThread(room, { threadId: messageId, selfId: user.id }) : undefined;
  useEffect(() => {
    if (read !== undefined) client.markRead(roomId, read);
  }, [client, roomId, read]);
  useEffect(
    () => () => {
      // When the pane closes, the focus returns to the message of the thread.
      const message = document.querySelector<HTMLElement>(`[data-message-id="${messageId}"]`);
      if (isFocusLost()) message?.focus();
    },
    [messageId],
  );
  const actions = useMemo((): ConversationActions => {
    return {
      roomId,
      editing,
      isThreaded: true,
      edit,
      reply: undefined,
      openThread: () => {},
      showMessage: () => {},
    };
  }, [roomId, editing, edit]);
  const row = (message: (typeof replies)[number]) => (
    <MessageRow
      key={message.key}
      roomId={roomId}
      message={message}
      startsGroup={true}
      isConnected={isConnected}
    />
  );
  return (
    <PanelFrame
      className={className}
      title={strings.thread.title}
      note={place}
      close={threadStrings.close}
      roomId={roomId}
    >
      <ConversationActionsContext value={actions}>
        <div className={classes['scroll']} role="log" aria-label={threadStrings.messages}>
          {parent !== undefined && row(parent)}
          {(status === 'ready' || replies.length > 0) && (
            <p className={classes['count']}>
              {replies.length === 0 ? threadStrings.none : strings.thread.replies(replies.length)}
            </p>
          )}
          <LoadStatus
            status={status}
            isEmpty={replies.length === 0}
            texts={threadStrings}
            onRetry={retry}
          />
          {replies.map(row)}
          {/* The last element keeps the newest reply in view. */}
          <div className={classes['end']} />
        </div>
        <Composer
          ref={composer}
          draftKey={`thread/${messageId}`}
          name={strings.thread.title}
          label={threadStrings.label}
          isDisabled={room?.kind !== 'open'}
          completions={{ client, roomId, user }}
          onSend={(text) => {
            client.send(roomId, text, { replyTo: messageId });
          }}
          problemOf={() => strings.composer.full}
          onType={(text) => (text === '' ? client.stopTyping() : client.type(roomId))}
          onEditLast={() => {
            const isHere = ({ parentId }: Message): boolean => parentId === messageId;
            edit(lastOwnMessage(client.getSnapshot(), roomId, user, isHere));
          }}
        />
      </ConversationActionsContext>
    </PanelFrame>
  );
}
