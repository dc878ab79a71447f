/** The details column for a thread: its messages, and a box to reply that is there before them. */
import type { Message, MessageId, RoomId } from '@parley/client';
import { Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { PanelFrame } from '../components/panel-frame.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { isFocusLost } from '../hooks/focus.ts';
import { ThreadMessages } from '../parts.ts';
import { useUnusableAccount } from '../people/person-state.tsx';
import { useRoomMention } from '../rooms/shown-room-name.ts';
import { strings } from '../strings/strings.ts';
import { Composer } from './composer.tsx';
import {
  type ConversationActions,
  ConversationActionsContext,
  useEditing,
} from './conversation-actions.ts';
import { lastOwnMessage } from './message-lookup.ts';
import { useReadOnly } from './read-only.ts';
import { notSent, requireTurn } from './slow-mode.ts';

const ReadOnlyNote = conversationPart(() => import('./read-only-note.tsx'));
const SlowModeLine = conversationPart(() => import('./slow-mode-line.tsx'));

interface ThreadPaneProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
  readonly messageId: MessageId;
}

export default function ThreadPane({ className, roomId, messageId }: ThreadPaneProps) {
  const { client, user } = useChat();
  const isOpen = useSnapshot((snapshot) => snapshot.rooms.get(roomId)?.kind === 'open');
  const place = useRoomMention(roomId);
  const { editing, edit } = useEditing(`thread/${messageId}`);
  const [alsoToRoom, setAlsoToRoom] = useState(false);
  const composer = useRef<HTMLTextAreaElement>(null);
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
  const otherId = useSnapshot(({ conversations }) => {
    const conversation = conversations.get(roomId);
    return conversation?.kind === 'direct' ? conversation.person?.id : undefined;
  });
  const isDeleted = useUnusableAccount(otherId)?.isDeleted === true;
  const readOnly = useReadOnly(roomId) ?? (isDeleted ? 'deleted' : undefined);
  const texts = strings.thread;
  return (
    <PanelFrame
      className={className}
      title={texts.title}
      note={place}
      close={texts.close}
      roomId={roomId}
    >
      <ConversationActionsContext value={actions}>
        <Suspense fallback={<Skeleton name={texts.loading} shape="messages" />}>
          <ThreadMessages {...{ roomId, messageId, alsoToRoom, setAlsoToRoom }} />
        </Suspense>
        {readOnly !== undefined ? (
          <Suspense>
            <ReadOnlyNote roomId={roomId} reason={readOnly} />
          </Suspense>
        ) : (
          <Composer
            ref={composer}
            draftKey={`thread/${messageId}`}
            name={texts.title}
            label={texts.label}
            isDisabled={!isOpen}
            completions={{ client, roomId, user }}
            takesFiles
            later={{ roomId, parentId: messageId, alsoToRoom }}
            onScheduled={() => setAlsoToRoom(false)}
            onSend={(text, attachments) => {
              requireTurn(client.getSnapshot(), roomId, user);
              client.send(roomId, text, { replyTo: messageId, alsoToRoom, attachments });
              setAlsoToRoom(false);
            }}
            problemOf={notSent}
            onType={(text) => (text === '' ? client.stopTyping() : client.type(roomId))}
            onEditLast={() => {
              const isHere = ({ parentId }: Message): boolean => parentId === messageId;
              edit(lastOwnMessage(client.getSnapshot(), roomId, user, isHere));
            }}
          />
        )}
        <Suspense>
          <SlowModeLine roomId={roomId} />
        </Suspense>
      </ConversationActionsContext>
    </PanelFrame>
  );
}
