/** Renders one row of any kind, with the day line and the unread line above it. */
import type { RoomId } from '@parley/client';
import { MessageRow } from './message-row.tsx';
import { StreamingRow } from './streaming-row.tsx';
import { DayLine, NoticeLine, UnreadLine } from './timeline-dividers.tsx';
import type { TimelineRow } from './timeline-rows.ts';

export interface TimelineRowViewProps {
  readonly roomId: RoomId;
  readonly row: TimelineRow | undefined;
  readonly nowMs: number;
  readonly isConnected: boolean;
}

export function TimelineRowView({ roomId, row, nowMs, isConnected }: TimelineRowViewProps) {
  if (row === undefined) return null;
  return (
    <>
      {row.day !== undefined && <DayLine dayMs={row.day} nowMs={nowMs} />}
      {row.kind === 'message' && row.isFirstUnread && <UnreadLine />}
      {row.kind === 'notice' && <NoticeLine row={row} />}
      {row.kind === 'growing' && <StreamingRow row={row} />}
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
}
