/** Renders one row of any kind, with the day line and the unread line above it. */
import type { RoomId } from '@parley/client';
import type { TimelineRow } from '@parley/client/react';
import { memo, Suspense } from 'react';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { MessageRow } from './message-row.tsx';
import replies from './replies-line.module.css';
import { DayLine, NoticeLine, UnreadLine } from './timeline-dividers.tsx';

const RepliesLine = conversationPart(() => import('./replies-line.tsx'));
const StreamingRow = conversationPart(() => import('./streaming-row.tsx'));

interface TimelineRowViewProps {
  readonly roomId: RoomId;
  readonly row: TimelineRow | undefined;
  readonly nowMs: number;
  readonly isConnected: boolean;
  readonly onDay: () => void;
}

/** Rendered again only if its row changed, not when the list scrolls. */
export const TimelineRowView = memo(function TimelineRowView(props: TimelineRowViewProps) {
  const { roomId, row, nowMs, isConnected, onDay } = props;
  if (row === undefined) return null;
  return (
    <>
      {row.day !== undefined && <DayLine dayMs={row.day} nowMs={nowMs} onPress={onDay} />}
      {(row.kind === 'message' || row.kind === 'replies') && row.isFirstUnread && <UnreadLine />}
      {row.kind === 'replies' && (
        <Suspense fallback={<div className={replies['line']} />}>
          <RepliesLine roomId={roomId} row={row} />
        </Suspense>
      )}
      {row.kind === 'notice' && <NoticeLine row={row} />}
      {row.kind === 'streaming' && (
        <Suspense>
          <StreamingRow row={row} />
        </Suspense>
      )}
      {row.kind === 'message' && (
        <MessageRow
          roomId={roomId}
          message={row.message}
          startsGroup={row.startsGroup}
          isConnected={isConnected}
        />
      )}
    </>
  );
});
