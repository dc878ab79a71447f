/**
 * The messages of a room. Only rows near the screen are rendered; the line that you read
 * stays in place when rows before or after it change.
 */
import { type Conversation, canLoadOlder, type MessageId, type OpenRoom } from '@parley/client';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  lazy,
  type Ref,
  Suspense,
  useCallback,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { useSnapshot } from '../hooks/chat-context.ts';
import { useNow } from '../hooks/use-now.ts';
import { strings } from '../strings.ts';
import { useConversationActions } from './conversation-actions.ts';
import { JumpToLatest } from './jump-to-latest.tsx';
import { JumpToUnread } from './jump-to-unread.tsx';
import classes from './message-list.module.css';
import { NewMessageAnnouncer } from './new-message-announcer.tsx';
import { OlderPages } from './older-pages.tsx';
import { StickyDay } from './sticky-day.tsx';
import { TimelineRowView } from './timeline-row-view.tsx';
import { type TimelineRow, timeOf } from './timeline-rows.ts';
import { useFollowLatest } from './use-follow-latest.ts';
import { useMarkRead } from './use-mark-read.ts';
import { useOlderPages } from './use-older-pages.ts';
import { useRowFocus } from './use-row-focus.ts';
import { useShowMessage } from './use-show-message.ts';
import { useTimelineRows } from './use-timeline-rows.ts';
import { useTimelineSource } from './use-timeline-source.ts';
import { useTimelineWindow } from './use-timeline-window.ts';

const JumpToDateDialog = lazy(() => import('./jump-to-date-dialog.tsx'));

export interface MessageListHandle {
  /** Scrolls to the newest message and follows new ones. */
  readonly showLatest: () => void;
  /** Scrolls to a loaded message, and focuses it. */
  readonly showMessage: (messageId: MessageId) => void;
  /** Asks for a day, and scrolls to its first message. */
  readonly chooseDate: () => void;
}

export interface MessageListProps {
  readonly ref: Ref<MessageListHandle>;
  readonly room: OpenRoom;
  /** Sequence of the message to show first, instead of the newest. */
  readonly sequence?: number | undefined;
  /** Returns the focus to the message box. */
  readonly onLeaveList: () => void;
}

/** Refresh interval of relative times. */
const CLOCK_MS = 30_000;
/** Space above the first row for the status of older pages. */
const TOP_SPACE_PX = 56;
/**
 * Heights of rows with one line of text, until they are measured. If most estimates are right,
 * most rows do not move when they are measured.
 */
const ROW_PX = 26;
const GROUP_START_PX = 58;
const DAY_PX = 44;
const OVERSCAN_ROWS = 8;

export function MessageList({ ref, room, sequence, onLeaveList }: MessageListProps) {
  const source = useTimelineSource(room);
  const view = useTimelineWindow(source.room, source.hasNewer);
  const rows = useTimelineRows(source.room, view);
  const conversation = useSnapshot((snapshot) => snapshot.conversations.get(room.id));
  const labels = labelsOf(room, conversation);
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const nowMs = useNow(CLOCK_MS) + useSnapshot((snapshot) => snapshot.clockOffsetMs);
  const scroll = useRef<HTMLDivElement>(null);
  const focus = useRowFocus(rows, scroll, onLeaveList);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: (index) => estimateHeight(rows[index]),
    rangeExtractor: focus.rangeWithFocus,
    overscan: OVERSCAN_ROWS,
    paddingStart: TOP_SPACE_PX,
    paddingEnd: 8,
    anchorTo: 'end',
  });
  // Computes the visible range, which the hooks below read.
  const items = virtualizer.getVirtualItems();
  const follow = useFollowLatest(virtualizer, rows, { source, view });
  useMarkRead(virtualizer, rows, room);
  const { openThread } = useConversationActions();
  const onReply = useCallback(
    (parentId: MessageId) => openThread(parentId, { replace: true }),
    [openThread],
  );
  const show = useShowMessage({
    virtualizer,
    rows,
    source,
    view,
    sequence,
    scroll,
    follow,
    onReply,
  });
  useOlderPages(virtualizer, source, { view, isHeld: show.isShowing });
  const [isChoosingDate, setIsChoosingDate] = useState(false);
  const chooseDate = useCallback(() => setIsChoosingDate(true), []);
  const jumpToDate = async (dayMs: number): Promise<void> => {
    const first = await source.openAroundTime(dayMs);
    if (first !== undefined) show.showSequence(first);
  };
  useImperativeHandle(
    ref,
    () => ({ showLatest: follow.showLatest, showMessage: show.showMessage, chooseDate }),
    [follow.showLatest, show.showMessage, chooseDate],
  );

  return (
    <div className={classes['frame']}>
      <div
        ref={scroll}
        className={classes['scroll']}
        role="log"
        data-region=""
        aria-label={labels.messages}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={follow.onScroll}
        onKeyDown={(event) => focus.onKeyDown(event, virtualizer)}
        onFocus={focus.onFocus}
        onBlur={focus.onBlur}
      >
        <div className={classes['rows']} style={{ height: virtualizer.getTotalSize() }}>
          <div className={classes['top']}>
            {rows.length > 0 && view.isAtStart && (
              <OlderPages
                room={source.room}
                start={labels.start}
                canLoad={canLoadOlder(source.room)}
                onRetry={source.loadOlder}
              />
            )}
          </div>
          {items.map(({ key, index, start }) => (
            <div
              key={key}
              ref={virtualizer.measureElement}
              className={classes['row']}
              data-index={index}
              style={{ transform: `translateY(${start}px)` }}
            >
              <TimelineRowView
                roomId={room.id}
                row={rows[index]}
                nowMs={nowMs}
                isConnected={isConnected}
                onDay={chooseDate}
              />
            </div>
          ))}
        </div>
      </div>
      {rows.length === 0 && !room.log.hasOlder && (
        <div className={classes['empty']}>
          <EmptyState
            title={<BidiIsolate text={labels.emptyTitle} names={[room.name]} />}
            text={strings.conversation.emptyText}
          >
            <Button kind="primary" onClick={onLeaveList}>
              {strings.conversation.empty}
            </Button>
          </EmptyState>
        </div>
      )}
      <StickyDay virtualizer={virtualizer} rows={rows} nowMs={nowMs} onPress={chooseDate} />
      {isChoosingDate && (
        <Suspense>
          <JumpToDateDialog
            dayMs={timeOf(rows[virtualizer.range?.startIndex ?? 0]) ?? nowMs}
            nowMs={nowMs}
            onJump={jumpToDate}
            onClose={() => setIsChoosingDate(false)}
          />
        </Suspense>
      )}
      <JumpToUnread room={room} rows={rows} range={virtualizer.range} onPress={show.showSequence} />
      <NewMessageAnnouncer messages={room.log.messages} />
      <JumpToLatest
        room={room}
        isShown={!follow.isFollowing}
        onPress={() => {
          follow.showLatest();
          scroll.current?.focus({ preventScroll: true });
        }}
      />
    </div>
  );
}

function estimateHeight(row: TimelineRow | undefined): number {
  const startsGroup = row?.kind === 'message' && row.startsGroup;
  return (startsGroup ? GROUP_START_PX : ROW_PX) + (row?.day === undefined ? 0 : DAY_PX);
}

/** A direct conversation is named by the person, a room by its name. */
function labelsOf({ name }: OpenRoom, conversation: Conversation | undefined) {
  const { emptyTitle, messagesIn, messagesWith, start, startWith } = strings.conversation;
  return conversation?.kind === 'direct'
    ? {
        messages: messagesWith(name),
        start: startWith(name),
        emptyTitle: strings.people.start(name),
      }
    : { messages: messagesIn(name), start: start(name), emptyTitle: emptyTitle(name) };
}
