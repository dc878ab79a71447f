/** Rows of the window of a room, recomputed only if something in it changed. */
import type { UserPayload } from '@parley/protocol';
import { useCallback, useMemo, useState } from 'react';
import type { Notice, OpenRoom } from '../../core/rooms/room-state.ts';
import { canLoadOlder } from '../../core/rooms/rooms.ts';
import { timelineOf } from '../../core/rooms/timeline.ts';
import type { ClientSnapshot } from '../../core/snapshot.ts';
import { type MessageListClient, useClientState } from './list-client.ts';
import { type TimelineRow, timelineRows, withStreaming } from './timeline-rows.ts';
import type { HeldWindowView } from './use-held-window.ts';

const NOTHING: readonly never[] = Object.freeze([]);

interface ListRowsInput {
  readonly client: MessageListClient;
  readonly room: OpenRoom;
  readonly user: UserPayload;
  readonly view: HeldWindowView;
  /** Sequence after which the messages were unread. */
  readonly divider: number | undefined;
  readonly foldsReplies: boolean;
}

export function useListRows(input: ListRowsInput): readonly TimelineRow[] {
  const { client, room, user, view, divider, foldsReplies } = input;
  const { messages, isAtStart, isAtEnd } = view;
  const { outbox, streaming, clockOffsetMs } = useClientState(
    client,
    useCallback((snapshot: ClientSnapshot) => selectLatest(snapshot, isAtEnd), [isAtEnd]),
  );
  const { id, notices } = room;
  // As the room was when the user opened it, so that no line disappears while it is read.
  const [newAfter] = useState(divider ?? room.log.position);
  const threads = useMemo(
    () => (foldsReplies ? { newAfter, selfId: user.id } : undefined),
    [foldsReplies, newAfter, user.id],
  );
  const hasOlder = !isAtStart || canLoadOlder(room);
  const rows = useMemo(
    () =>
      timelineRows({
        messages: timelineOf({ id, log: { messages } }, outbox, { self: user, clockOffsetMs }),
        notices: isAtEnd ? notices : noticesUpTo(notices, messages.at(-1)?.sequence ?? 0),
        divider,
        hasOlder,
        threads,
      }),
    [id, messages, notices, outbox, user, clockOffsetMs, divider, isAtEnd, hasOlder, threads],
  );
  // Separate from the other rows: a message in progress changes four times a second and
  // must not recompute them.
  return useMemo(() => withStreaming(rows, streaming, id), [rows, streaming, id]);
}

/** Unsent messages and those in progress come after the latest message. */
function selectLatest({ outbox, streaming, clockOffsetMs }: ClientSnapshot, isAtEnd: boolean) {
  return isAtEnd
    ? { outbox, streaming, clockOffsetMs }
    : { outbox: NOTHING, streaming: NOTHING, clockOffsetMs };
}

function noticesUpTo(notices: readonly Notice[], sequence: number): readonly Notice[] {
  return notices.filter(({ afterSequence }) => afterSequence <= sequence);
}
