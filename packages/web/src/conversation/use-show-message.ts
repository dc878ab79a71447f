/**
 * Scrolls to a message, and marks it with the focus. Pages that are missing between it and
 * the loaded messages are loaded first.
 */
import { canLoadOlder, type MessageId, type OpenRoom } from '@parley/client';
import type { Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useState } from 'react';
import { useChat } from '../hooks/chat-context.ts';
import type { TimelineRow } from './timeline-rows.ts';
import type { FollowLatest } from './use-follow-latest.ts';
import type { WindowView } from './use-timeline-window.ts';

export interface ShowMessageInput {
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>;
  readonly rows: readonly TimelineRow[];
  readonly room: OpenRoom;
  readonly view: WindowView;
  /** Shown when it changes: the message that the address points at. */
  readonly sequence: number | undefined;
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly follow: FollowLatest;
}

export function useShowMessage(input: ShowMessageInput) {
  const { virtualizer, rows, room, view, sequence, scroll, follow } = input;
  const { client } = useChat();
  const [wanted, setWanted] = useState(sequence);
  const [shown, setShown] = useState(sequence);
  if (sequence !== shown) {
    setShown(sequence);
    setWanted(sequence);
  }
  const { stop } = follow;
  const first = room.log.messages[0]?.sequence ?? 0;
  const isLoaded = wanted !== undefined && (first <= wanted || !canLoadOlder(room));
  const isInWindow =
    wanted !== undefined &&
    (view.isAtStart || (view.messages[0]?.sequence ?? 0) < wanted) &&
    (view.isAtEnd || wanted <= (view.messages.at(-1)?.sequence ?? 0));
  const { showAround } = view;
  const canLoad = wanted !== undefined && !isLoaded && room.olderPages === 'idle';

  useEffect(() => {
    if (canLoad) client.loadOlder(room.id);
  }, [client, room.id, canLoad]);

  useEffect(() => {
    if (wanted === undefined || !isLoaded) return;
    stop();
    if (!isInWindow) {
      showAround(wanted);
      return;
    }
    const index = indexOfSequence(rows, wanted);
    setWanted(undefined);
    if (index < 0) return;
    virtualizer.scrollToIndex(index, { align: 'center' });
    // The row is rendered by the next frame.
    const key = rows[index]?.key;
    requestAnimationFrame(() => requestAnimationFrame(() => focusRow(scroll.current, key)));
  }, [wanted, isLoaded, isInWindow, showAround, rows, virtualizer, scroll, stop]);

  const showSequence = useCallback(
    (next: number): void => {
      stop();
      setWanted(next);
    },
    [stop],
  );
  const showMessage = useCallback(
    (messageId: MessageId): void => {
      const found = room.log.messages.find(({ id }) => id === messageId);
      if (found !== undefined) showSequence(found.sequence);
    },
    [room.log.messages, showSequence],
  );
  return { showSequence, showMessage };
}

/** The row of this sequence, or of the next message that exists. */
export function indexOfSequence(rows: readonly TimelineRow[], sequence: number): number {
  return rows.findIndex(
    (row) =>
      row.kind === 'message' &&
      row.message.delivery.kind === 'sent' &&
      row.message.delivery.sequence >= sequence,
  );
}

function focusRow(scroll: HTMLElement | null, key: string | undefined): void {
  const rows = scroll?.querySelectorAll<HTMLElement>('[data-key]') ?? [];
  [...rows].find((row) => row.dataset['key'] === key)?.focus({ preventScroll: true });
}
