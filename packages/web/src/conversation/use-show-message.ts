/**
 * Scrolls to a message, and marks it with the focus. If it is not loaded, the messages around
 * it are loaded first.
 */
import { canLoadOlder, type MessageId } from '@parley/client';
import type { Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useState } from 'react';
import type { TimelineRow } from './timeline-rows.ts';
import type { FollowLatest } from './use-follow-latest.ts';
import type { TimelineSource } from './use-timeline-source.ts';
import type { WindowView } from './use-timeline-window.ts';

export interface ShowMessageInput {
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>;
  readonly rows: readonly TimelineRow[];
  readonly source: TimelineSource;
  readonly view: WindowView;
  /** Shown when it changes: the message that the address points at. */
  readonly sequence: number | undefined;
  readonly scroll: RefObject<HTMLDivElement | null>;
  readonly follow: FollowLatest;
}

export function useShowMessage(input: ShowMessageInput) {
  const { virtualizer, rows, source, view, sequence, scroll, follow } = input;
  const { room, hasNewer, openAround } = source;
  const [wanted, setWanted] = useState(sequence);
  const [shown, setShown] = useState(sequence);
  if (sequence !== shown) {
    setShown(sequence);
    setWanted(sequence);
  }
  const { stop } = follow;
  const first = room.log.messages[0]?.sequence ?? 0;
  const last = room.log.messages.at(-1)?.sequence ?? 0;
  const isLoaded =
    wanted !== undefined &&
    (first <= wanted || !canLoadOlder(room)) &&
    (wanted <= last || !hasNewer);
  const isInWindow =
    wanted !== undefined &&
    (view.isAtStart || (view.messages[0]?.sequence ?? 0) < wanted) &&
    (view.isAtEnd || wanted <= (view.messages.at(-1)?.sequence ?? 0));
  const { showAround } = view;
  const missing = isLoaded ? undefined : wanted;

  useEffect(() => {
    if (missing === undefined) return;
    stop();
    // If it fails, the list stays where it is.
    openAround(missing).catch(() => setWanted(undefined));
  }, [missing, openAround, stop]);

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
