/** The messages of a room: the list of the SDK with the looks, menus and rows of the page. */
import type { Conversation, MessageId, OpenRoom } from '@parley/client';
import {
  type ListPosition,
  type MessageListState,
  TimelineList as RoomMessages,
  type TimelineRow,
} from '@parley/client/react';
import {
  type Ref,
  Suspense,
  useCallback,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { Modal } from '../components/modal.tsx';
import { TypedAhead } from '../components/typed-ahead.tsx';
import { useNow } from '../hooks/use-now.ts';
import { JumpToDateDialog } from '../parts.ts';
import { useShownRoomName } from '../rooms/shown-room-name.ts';
import type { PointedMessage } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { useConversationActions } from './conversation-actions.ts';
import classes from './message-list.module.css';
import { timeOf } from './time-of-row.ts';
import { TimelineRowView } from './timeline-row-view.tsx';

const ListOverlays = conversationPart(() => import('./list-overlays.tsx'));
const OlderPages = conversationPart(() => import('./older-pages.tsx'));

export interface MessageListHandle {
  /** Scrolls to the newest message and follows new ones. */
  readonly showLatest: () => void;
  /** Scrolls to a message, and focuses it. */
  readonly showMessage: (messageId: MessageId) => void;
  /** Asks for a day, and scrolls to its first message. */
  readonly chooseDate: () => void;
}

interface MessageListProps {
  readonly ref: Ref<MessageListHandle>;
  readonly room: OpenRoom;
  /** The message to show first, instead of the newest. */
  readonly position?: PointedMessage | undefined;
  /** Returns the focus to the message box. */
  readonly onLeaveList: () => void;
}

/** Refresh interval of relative times. */
const CLOCK_MS = 30_000;
/** Space above the first row for the status of older pages. */
const TOP_SPACE_PX = 56;
const END_SPACE_PX = 8;
/**
 * Heights of rows with one line of text, until they are measured. If most estimates are right,
 * most rows do not move when they are measured.
 */
const ROW_PX = 26;
const GROUP_START_PX = 58;
const DAY_PX = 44;

export function MessageList({ ref, room, position, onLeaveList }: MessageListProps) {
  const { client, subscribe, user } = useChat();
  // Notified at most once per animation frame, like the rest of the page.
  const listClient = useMemo(() => {
    const { getSnapshot } = client;
    return {
      getSnapshot,
      subscribe,
      loadOlder: client.loadOlder.bind(client),
      openWindow: client.openWindow.bind(client),
      markRead: client.markRead.bind(client),
    };
  }, [client, subscribe]);
  const conversation = useSnapshot((snapshot) => snapshot.conversations.get(room.id));
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const nowMs = useNow(CLOCK_MS) + useSnapshot((snapshot) => snapshot.clockOffsetMs);
  /** The address whose message is not in the room. */
  const [missing, setMissing] = useState<string>();
  const address = JSON.stringify(position ?? null);
  const [isChoosingDate, setIsChoosingDate] = useState(false);
  const chooseDate = useCallback(() => setIsChoosingDate(true), []);
  const { openThread } = useConversationActions();
  const list = useRef<{ readonly show: (position: ListPosition) => Promise<void> }>(null);
  useImperativeHandle(ref, () => {
    // If it fails, the list stays where it is.
    const show = (position: ListPosition): void =>
      void list.current?.show(position).catch(() => {});
    return {
      showLatest: () => show('latest'),
      showMessage: (messageId) => show({ messageId }),
      chooseDate,
    };
  }, [chooseDate]);
  const renderRow = useCallback(
    (row: TimelineRow) => (
      <TimelineRowView {...{ roomId: room.id, row, nowMs, isConnected }} onDay={chooseDate} />
    ),
    [room.id, nowMs, isConnected, chooseDate],
  );
  return (
    <RoomMessages
      {...{ client: listClient, roomId: room.id, user, renderRow, handle: list }}
      position={position}
      onMissing={() => setMissing(address)}
      estimateHeight={estimateHeight}
      startSpacePx={TOP_SPACE_PX}
      endSpacePx={END_SPACE_PX}
      foldsReplies={conversation?.kind !== 'direct'}
      onFoldedReply={(parentId) => openThread(parentId, { replace: true })}
      onLeave={onLeaveList}
    >
      {(state) => (
        <div className={classes['frame']}>
          <Rows {...{ room, state, conversation, onLeaveList }} />
          {isChoosingDate && (
            <Suspense
              fallback={
                <Modal
                  label={strings.conversation.jumpToDate}
                  onClose={() => setIsChoosingDate(false)}
                >
                  <TypedAhead label={strings.conversation.jumpToDate} type="date" />
                </Modal>
              }
            >
              <JumpToDateDialog
                dayMs={timeOf(state.viewport.rowsBetween(0, 1)[0]?.row) ?? nowMs}
                nowMs={nowMs}
                onJump={(date) => state.show({ date })}
                onClose={() => setIsChoosingDate(false)}
              />
            </Suspense>
          )}
          <Suspense>
            <ListOverlays
              messages={room.log.messages}
              {...{ state, nowMs }}
              isMissing={missing === address}
              onDismissMissing={() => setMissing(undefined)}
              onDay={chooseDate}
            />
          </Suspense>
        </div>
      )}
    </RoomMessages>
  );
}

interface RowsProps {
  readonly room: OpenRoom;
  readonly state: MessageListState;
  readonly conversation: Conversation | undefined;
  readonly onLeaveList: () => void;
}

/** The scrolling element, and what it shows of a room without messages. */
function Rows({ room, state, conversation, onLeaveList }: RowsProps) {
  const { scrollProps, rows, older, retryOlder, isEmpty } = state;
  const name = useShownRoomName(room.id) ?? room.name;
  const labels = labelsOf(name, conversation);
  return (
    <>
      <div
        {...scrollProps}
        role="log"
        className={classes['scroll']}
        data-region=""
        aria-label={labels.messages}
      >
        <div className={classes['rows']}>
          <div className={classes['top']}>
            {older !== undefined && (
              <Suspense>
                <OlderPages name={name} start={labels.start} older={older} onRetry={retryOlder} />
              </Suspense>
            )}
          </div>
          {rows}
        </div>
      </div>
      {isEmpty && (
        <div className={classes['empty']}>
          <EmptyState
            title={<BidiIsolate text={labels.emptyTitle} names={[name]} />}
            text={labels.emptyText}
          >
            <Button kind="primary" onClick={onLeaveList}>
              {strings.conversation.empty}
            </Button>
          </EmptyState>
        </div>
      )}
    </>
  );
}

function estimateHeight(row: TimelineRow): number {
  const startsGroup = row.kind === 'message' && row.startsGroup;
  return (startsGroup ? GROUP_START_PX : ROW_PX) + (row.day === undefined ? 0 : DAY_PX);
}

/** A direct conversation is named by the person, a room by its name. */
function labelsOf(name: string, conversation: Conversation | undefined) {
  const texts = strings.conversation;
  const { emptyTitle, messagesIn, messagesWith, start, startWith } = texts;
  return conversation?.kind === 'direct'
    ? {
        messages: messagesWith(name),
        start: startWith(name),
        emptyTitle: strings.people.start(name),
        emptyText: texts.emptyTextWith,
      }
    : {
        messages: messagesIn(name),
        start: start(name),
        emptyTitle: emptyTitle(name),
        emptyText: texts.emptyText,
      };
}
