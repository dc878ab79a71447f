/** The second column: one room or conversation in any state. */
import type {
  Attachment,
  ClosedRoom,
  Message,
  MessageId,
  RoomId,
  TimelineMessage,
} from '@parley/client';
import { Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { conversationPart, loadConversationParts } from '../components/lazy-until-loaded.ts';
import { Skeleton } from '../components/skeleton.tsx';
import { navigate } from '../hooks/use-route.ts';
import type { UnusableAccount } from '../people/person-state.tsx';
import { storeLastRoom } from '../rooms/last-room.ts';
import { listedRoom, useRoomMention } from '../rooms/shown-room-name.ts';
import { HOME_PATH, type Panel, type PointedMessage, roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { Composer } from './composer.tsx';
import {
  type ConversationActions,
  ConversationActionsContext,
  useEditing,
} from './conversation-actions.ts';
import { ConversationHeader } from './conversation-header.tsx';
import { MessageList, type MessageListHandle } from './message-list.tsx';
import { lastOwnMessage } from './message-lookup.ts';
import { useReadOnly } from './read-only.ts';
import { notSent, requireTurn } from './slow-mode.ts';
import typing from './typing-line.module.css';

const TypingLine = conversationPart(() => import('./typing-line.tsx'));
const EveryoneWarning = conversationPart(() => import('./everyone-warning.ts'));
const ReadOnlyNote = conversationPart(() => import('./read-only-note.tsx'));
const SlowModeLine = conversationPart(() => import('./slow-mode-line.tsx'));
const ClosedText = conversationPart(() => import('./closed-text.tsx'));
const PersonState = conversationPart(() => import('../people/person-state.tsx'));
const ReplyStrip = conversationPart(() => import('./reply-strip.tsx'));

interface ConversationProps {
  readonly roomId: RoomId;
  readonly panel: Panel | undefined;
  /** The message that the address points at. */
  readonly position?: PointedMessage | undefined;
}

export function Conversation({ roomId, panel, position }: ConversationProps) {
  const { client, user, drafts } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const conversation = useSnapshot((snapshot) => snapshot.conversations.get(roomId));
  const person = conversation?.kind === 'direct' ? conversation.person : undefined;
  const [unusable, setUnusable] = useState<UnusableAccount>();
  const list = useRef<MessageListHandle>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const replyKey = `reply/${roomId}` as const;
  const reply = useSyncExternalStore(drafts.subscribe, () => drafts.read(replyKey));
  const [replied, parentId] = reply.split(' ') as [MessageId, MessageId | undefined];
  const endReply = (): void => {
    if (reply !== '') drafts.write(replyKey, '');
  };
  const { editing, edit } = useEditing(roomId);

  useEffect(loadConversationParts, []);

  // The address decides which room is open, also after a reload or another login.
  // A conversation that a block has ended is listed again when the block ends.
  const isBack = room?.kind === 'closed' && room.reason === 'LEFT' && conversation !== undefined;
  const isMissing = room === undefined || isBack;
  useEffect(() => {
    if (isMissing) client.openRoom(roomId);
  }, [client, roomId, isMissing]);

  const isListed = useSnapshot(({ directory }) => directory.status === 'ready');
  // The offline copy may be outdated, and nothing can be sent while it is shown.
  const isCurrent = room?.kind === 'open' && room.isLive && isListed;
  const hasCleared = useRef(false);
  useEffect(() => {
    // Only when the room is opened: the user may mark it again and stay. If it fails, the mark stays.
    if (!isCurrent || hasCleared.current) return;
    hasCleared.current = true;
    client.clearUnreadMark(roomId).catch(() => {});
    storeLastRoom(user.id, roomId);
  }, [client, user, roomId, isCurrent]);

  const others =
    useSnapshot(({ directory }) => listedRoom(directory, roomId)?.memberTotal ?? 0) - 1;
  const place = useRoomMention(roomId);
  const readOnly = useReadOnly(roomId) ?? (unusable?.isDeleted ? 'deleted' : undefined);
  // In a direct conversation a reply is a message like others, with what it answers above it.
  const isThreaded = conversation?.kind !== 'direct';
  const actions = useMemo((): ConversationActions => {
    const openThread: ConversationActions['openThread'] = (messageId, options) =>
      navigate(roomPath(roomId, `thread/${messageId}`), options);
    return {
      roomId,
      editing,
      isThreaded,
      edit,
      reply: (message) => {
        const threadId = threadOf(message);
        if (isThreaded && threadId !== undefined) {
          openThread(threadId);
          return;
        }
        const { delivery } = message;
        if (delivery.kind === 'sent') drafts.write(replyKey, `${delivery.id} ${threadId}`);
        composer.current?.focus();
      },
      openThread,
      showMessage: (messageId) => list.current?.showMessage(messageId),
      keepUnreadMark: () => {
        hasCleared.current = true;
      },
    };
  }, [roomId, editing, edit, isThreaded, drafts, replyKey]);

  const send = (text: string, attachments: readonly Attachment[]): void => {
    requireTurn(client.getSnapshot(), roomId, user);
    client.send(roomId, text, { replyTo: parentId, attachments });
    endReply();
    list.current?.showLatest();
    composer.current?.focus();
  };

  return (
    <ConversationActionsContext value={actions}>
      <ConversationHeader
        roomId={roomId}
        room={room}
        conversation={conversation}
        state={unusable?.status}
        panel={panel}
        onJumpToDate={() => list.current?.chooseDate()}
      />
      {person !== undefined && (
        <Suspense>
          <PersonState userId={person.id} onState={setUnusable} />
        </Suspense>
      )}
      {room?.kind === 'open' && (
        <MessageList
          ref={list}
          room={room}
          position={position}
          onLeaveList={() => composer.current?.focus()}
        />
      )}
      {room?.kind === 'closed' && <ClosedView room={room} />}
      {(room === undefined || room.kind === 'joining') && (
        <Skeleton name={strings.conversation.joining} shape="messages" />
      )}
      {room?.kind !== 'closed' && (
        <>
          <Suspense fallback={<p className={typing['line']} />}>
            <TypingLine roomId={roomId} />
          </Suspense>
          {readOnly !== undefined ? (
            <Suspense>
              <ReadOnlyNote roomId={roomId} reason={readOnly} />
            </Suspense>
          ) : (
            <Composer
              ref={composer}
              draftKey={roomId}
              name={place}
              isDisabled={room?.kind !== 'open'}
              completions={{ client, roomId, user }}
              onSend={send}
              takesFiles
              later={{ roomId, parentId }}
              onScheduled={endReply}
              problemOf={notSent}
              renderWarning={(text) => (
                <EveryoneWarning roomId={roomId} text={text} others={others} />
              )}
              onType={(text) => (text === '' ? client.stopTyping() : client.type(roomId))}
              onEditLast={() => {
                const isHere = ({ parentId, alsoToRoom }: Message): boolean =>
                  !isThreaded || parentId === undefined || alsoToRoom === true;
                edit(lastOwnMessage(client.getSnapshot(), roomId, user, isHere));
              }}
              onEscape={endReply}
            >
              {reply !== '' && (
                <Suspense>
                  <ReplyStrip roomId={roomId} messageId={replied} onCancel={endReply} />
                </Suspense>
              )}
            </Composer>
          )}
          <Suspense>
            <SlowModeLine roomId={roomId} />
          </Suspense>
        </>
      )}
    </ConversationActionsContext>
  );
}

/** A reply to a reply belongs to the same thread. */
function threadOf({ parentId, delivery }: TimelineMessage): MessageId | undefined {
  return parentId ?? (delivery.kind === 'sent' ? delivery.id : undefined);
}

function ClosedView({ room }: { readonly room: ClosedRoom }) {
  const { client } = useChat();
  return (
    <EmptyState
      title={strings.rooms.closedTitle}
      text={
        <Suspense>
          <ClosedText room={room} />
        </Suspense>
      }
    >
      <Button kind="primary" onClick={() => navigate(HOME_PATH)}>
        {strings.rooms.back}
      </Button>
      <Button kind="quiet" onClick={() => client.openRoom(room.id)}>
        {room.reason === 'LEFT' ? strings.rooms.joinAgain : strings.tryAgain}
      </Button>
    </EmptyState>
  );
}
