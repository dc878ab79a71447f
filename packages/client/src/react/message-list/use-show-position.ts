/**
 * Scrolls to a position, and marks its message with the focus, unless the user writes meanwhile.
 * If the message is not loaded, the messages around it are loaded first.
 */
import { ChatError, type MessageId } from '@parley/protocol';
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { Message } from '../../core/messages/message.ts';
import { canLoadOlder } from '../../core/rooms/rooms.ts';
import type { WindowCenter } from '../../core/rooms/timeline-window.ts';
import { type MessageListClient, selectIsConnected, useClientState } from './list-client.ts';
import { storedSequence, type TimelineRow } from './timeline-rows.ts';
import type { FollowLatest } from './use-follow-latest.ts';
import type { HeldWindowView } from './use-held-window.ts';
import type { ListSource } from './use-list-source.ts';
import { findRow } from './use-row-focus.ts';
import type { ScrollToRow } from './use-scroll-to-row.ts';

/**
 * A place in the timeline: its end, the first message that was unread when the room was opened,
 * a sequence, a message, or the first message from a time on.
 */
export type ListPosition = 'latest' | 'unread' | WindowCenter;

interface ShowPositionInput {
  readonly client: MessageListClient;
  readonly scrollToRow: ScrollToRow;
  readonly rows: readonly TimelineRow[];
  readonly source: ListSource;
  readonly view: HeldWindowView;
  /** Shown when it changes. Undefined: the end at first, and no change. */
  readonly position: ListPosition | undefined;
  /** Sequence after which the messages were unread. */
  readonly divider: number | undefined;
  readonly scroll: RefObject<HTMLElement | null>;
  readonly follow: FollowLatest;
  /** Shows a reply that the timeline leaves to its thread. */
  readonly onFoldedReply: ((parentId: MessageId) => void) | undefined;
  /** The message of the position is not in the room. */
  readonly onMissing: (() => void) | undefined;
}

interface ShowPosition {
  /** The list is on its way: a page that is added would move the row to another index. */
  readonly isShowing: boolean;
  readonly show: (position: ListPosition) => Promise<void>;
}

interface Wanted {
  readonly sequence: number;
  /** The position is this message itself, also if only its thread shows it. */
  readonly isExact: boolean;
}

export function useShowPosition(input: ShowPositionInput): ShowPosition {
  const { client, scrollToRow, rows, source, view, position, divider, scroll, follow } = input;
  const { room, hasNewer, openAround, cancel } = source;
  const [wanted, setWanted] = useState(() => wantedAt(position, divider));
  const [opening, setOpening] = useState(() => (isKnown(position) ? undefined : position));
  const [isScrolling, setIsScrolling] = useState(false);
  const onFoldedReply = useRef(input.onFoldedReply);
  onFoldedReply.current = input.onFoldedReply;
  const onMissing = useRef(input.onMissing);
  onMissing.current = input.onMissing;
  const hasWritten = useHasWritten();
  const { stop, showLatest } = follow;
  const { messages } = room.log;
  const sequence = wanted?.sequence;
  const isBehindEnd =
    sequence !== undefined && (messages.at(-1)?.sequence ?? 0) < sequence && !hasNewer;
  // A room that was kept or interrupted catches up first.
  const isAwaited = isBehindEnd && !room.isLive;
  const isLoaded =
    sequence !== undefined &&
    !isAwaited &&
    ((messages[0]?.sequence ?? 0) <= sequence || !canLoadOlder(room)) &&
    (sequence <= (messages.at(-1)?.sequence ?? 0) || !hasNewer);
  const isInWindow =
    sequence !== undefined &&
    (view.isAtStart || (view.messages[0]?.sequence ?? 0) < sequence) &&
    (view.isAtEnd || sequence <= (view.messages.at(-1)?.sequence ?? 0));
  const { showAround } = view;
  // A room that is kept for use without a server is shown before the connection is open.
  const isConnected = useClientState(client, selectIsConnected);
  const missing = isLoaded || isAwaited || !isConnected ? undefined : sequence;

  useEffect(() => {
    if (missing === undefined) return;
    stop();
    openAround({ sequence: missing }).catch((error: unknown) => {
      // The list stays where it is; after a lost connection it goes there with the next one.
      if (selectIsConnected(client.getSnapshot())) setWanted(without(wanted));
      if (isMissing(error)) onMissing.current?.();
    });
  }, [client, wanted, missing, openAround, stop]);

  useEffect(() => {
    if (wanted === undefined || !isLoaded) return;
    stop();
    if (!isInWindow) {
      showAround(wanted.sequence);
      return;
    }
    const index = indexOf(rows, wanted);
    setWanted(undefined);
    if (wanted.isExact && !messages.some((each) => each.sequence === wanted.sequence)) {
      onMissing.current?.();
    }
    const parentId = wanted.isExact
      ? foldedParent(messages, rows[index], wanted.sequence)
      : undefined;
    if (parentId !== undefined) onFoldedReply.current?.(parentId);
    if (index < 0) return;
    const key = rows[index]?.key ?? '';
    setIsScrolling(true);
    void scrollToRow(key, 'center').then((isThere) => {
      if (isThere && !hasWritten.current) {
        findRow(scroll.current, key)?.focus({ preventScroll: true });
      }
      setIsScrolling(false);
    });
  }, [
    wanted,
    isLoaded,
    isInWindow,
    showAround,
    rows,
    messages,
    scrollToRow,
    scroll,
    stop,
    hasWritten,
  ]);

  const held = useRef(messages);
  held.current = messages;
  const isMissed = useRef(false);
  const show = useCallback(
    async (next: ListPosition): Promise<void> => {
      isMissed.current = false;
      cancel();
      const known = wantedAt(next, divider) ?? wantedIn(held.current, next);
      if (known === undefined && isKnown(next)) {
        setWanted(undefined);
        setOpening(undefined);
        showLatest();
        return;
      }
      stop();
      hasWritten.current = false;
      setWanted(known);
      setOpening(known === undefined ? next : undefined);
      if (known !== undefined) return;
      try {
        // Only a position that is not known yet.
        const found = await openAround(next as WindowCenter);
        const isExact = typeof next === 'object' && 'messageId' in next;
        if (found !== undefined) setWanted({ sequence: found, isExact });
      } catch (error) {
        if (isMissing(error)) onMissing.current?.();
        throw error;
      } finally {
        setOpening(without(next));
      }
    },
    [divider, openAround, cancel, showLatest, stop, hasWritten],
  );

  const showNow = useRef(show);
  showNow.current = show;
  // Positions are compared by value: a page may write `position={{ sequence }}`.
  const key = JSON.stringify(position ?? 'latest');
  const shown = useRef(isKnown(position) ? key : undefined);
  const isGiven = position !== undefined;
  const canShow = isConnected || isKnown(position);
  useEffect(() => {
    if (!canShow || (shown.current === key && !isMissed.current)) return;
    shown.current = key;
    if (!isGiven) return;
    showNow.current(JSON.parse(key) as ListPosition).catch(() => {
      // The list stays where it is; after a lost connection it goes there with the next one.
      isMissed.current = !selectIsConnected(client.getSnapshot());
    });
  }, [client, key, isGiven, canShow]);

  return { isShowing: wanted !== undefined || opening !== undefined || isScrolling, show };
}

/** Whether the user has written into any field of the page. Cleared by the caller. */
function useHasWritten(): RefObject<boolean> {
  const hasWritten = useRef(false);
  useEffect(() => {
    const onInput = (): void => {
      hasWritten.current = true;
    };
    document.addEventListener('input', onInput, true);
    return () => document.removeEventListener('input', onInput, true);
  }, []);
  return hasWritten;
}

/** Removes this value, unless another one is wanted meanwhile. */
function without<Value>(done: Value): (now: Value | undefined) => Value | undefined {
  return (now) => (now === done ? undefined : now);
}

/** Whether there is no message with this id or sequence. */
function isMissing(error: unknown): boolean {
  return ['NOT_FOUND', 'VALIDATION_ERROR'].includes(ChatError.from(error).code);
}

/** Whether the sequence of a position is known without the server. */
function isKnown(position: ListPosition | undefined): boolean {
  return typeof position !== 'object' || 'sequence' in position;
}

/** Undefined for the latest message, and for a position that is not known. */
function wantedAt(
  position: ListPosition | undefined,
  divider: number | undefined,
): Wanted | undefined {
  if (position === 'unread' && divider !== undefined) {
    return { sequence: divider + 1, isExact: false };
  }
  return typeof position === 'object' && 'sequence' in position
    ? { sequence: position.sequence, isExact: true }
    : undefined;
}

/** The position, if it is a message that is shown already. */
function wantedIn(messages: readonly Message[], position: ListPosition): Wanted | undefined {
  if (typeof position !== 'object' || !('messageId' in position)) return undefined;
  const found = messages.find(({ id }) => id === position.messageId);
  return found && { sequence: found.sequence, isExact: true };
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
function indexOf(rows: readonly TimelineRow[], { sequence, isExact }: Wanted): number {
  return rows.findIndex(
    (row) =>
      (row.kind === 'message' && storedSequence(row.message) >= sequence) ||
      (row.kind === 'replies' && !isExact && row.upTo >= sequence),
  );
}
