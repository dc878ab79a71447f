/**
 * Scrolls to a message, and marks it with the focus. If it is not loaded, the messages around
 * it are loaded first.
 */
import { canLoadOlder, type Message, type MessageId } from '@parley/client';
import type { Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useState } from 'react';
import { storedSequence, type TimelineRow } from './timeline-rows.ts';
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
  /** Opens the thread of a message that the timeline leaves to it. */
  readonly onReply: (parentId: MessageId) => void;
}

/** Frames until the row of a message has been rendered, at most. */
const FRAMES_MAX = 20;

export function useShowMessage(input: ShowMessageInput) {
  const { virtualizer, rows, source, view, sequence, scroll, follow, onReply } = input;
  const { room, hasNewer, openAround } = source;
  const [wanted, setWanted] = useState(sequence);
  const [shown, setShown] = useState(sequence);
  const [isScrolling, setIsScrolling] = useState(false);
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
    const parentId = foldedParent(room.log.messages, rows[index], wanted);
    if (parentId !== undefined) onReply(parentId);
    if (index < 0) return;
    virtualizer.scrollToIndex(index, { align: 'center' });
    setIsScrolling(true);
    const key = rows[index]?.key;
    const focusWhenRendered = (frames: number): void => {
      if (focusRow(scroll.current, key) || frames === 0) setIsScrolling(false);
      else requestAnimationFrame(() => focusWhenRendered(frames - 1));
    };
    // The row is rendered by the next frame, or after its surroundings were measured.
    requestAnimationFrame(() => requestAnimationFrame(() => focusWhenRendered(FRAMES_MAX)));
  }, [
    wanted,
    isLoaded,
    isInWindow,
    showAround,
    rows,
    room.log.messages,
    virtualizer,
    scroll,
    stop,
    onReply,
  ]);

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
  // A page that is added meanwhile would move the row to another index.
  return { isShowing: wanted !== undefined || isScrolling, showSequence, showMessage };
}

/** The parent of a reply that has no row of its own. */
function foldedParent(
  messages: readonly Message[],
  row: TimelineRow | undefined,
  sequence: number,
): MessageId | undefined {
  if (row?.kind === 'message' && storedSequence(row.message) === sequence) return undefined;
  return messages.find((message) => message.sequence === sequence)?.parentId;
}

/** The row of this sequence, or of the next message that exists. */
export function indexOfSequence(rows: readonly TimelineRow[], sequence: number): number {
  return rows.findIndex((row) => row.kind === 'message' && storedSequence(row.message) >= sequence);
}

/** Returns false if the row is not rendered. */
function focusRow(scroll: HTMLElement | null, key: string | undefined): boolean {
  const rows = scroll?.querySelectorAll<HTMLElement>('[data-key]') ?? [];
  const row = [...rows].find((each) => each.dataset['key'] === key);
  row?.focus({ preventScroll: true });
  return row !== undefined;
}
