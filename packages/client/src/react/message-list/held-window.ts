/**
 * The part of a room's messages that the list holds: a window that moves over them by pages.
 * A change therefore costs the same with a hundred and with a hundred thousand messages. Pure.
 */

/** Bounds of the window, as sequences; a bound that is absent moves with the messages. */
export interface HeldWindow {
  /** Undefined: as many of the latest messages as fit. */
  readonly first: number | undefined;
  /** Undefined: up to the latest message, also those to come. */
  readonly last: number | undefined;
}

interface Numbered {
  readonly sequence: number;
}

/** Maximum number of messages in a window; above it the far end is cut to `WINDOW_CUT`. */
export const WINDOW_MAX = 600;
const WINDOW_CUT = 400;
/** Number of messages that a step adds. */
const STEP = 200;

export const LATEST: HeldWindow = Object.freeze({ first: undefined, last: undefined });

/** Indexes of the messages in the window, the second exclusive. */
export function windowRange(
  messages: readonly Numbered[],
  { first, last }: HeldWindow,
): readonly [start: number, end: number] {
  const end = last === undefined ? messages.length : indexFrom(messages, last + 1);
  const start = first === undefined ? end : indexFrom(messages, first);
  if (start < end) return [start, end];
  // No start, or none of these messages is held any more.
  const latest = end === 0 || first !== undefined ? messages.length : end;
  return [Math.max(0, latest - WINDOW_CUT), latest];
}

/** Adds messages before the window, and cuts its end if it is too long. */
export function widenBefore(messages: readonly Numbered[], window: HeldWindow): HeldWindow {
  const [start, end] = windowRange(messages, window);
  const next = Math.max(0, start - STEP);
  return end - next > WINDOW_MAX
    ? between(messages, next, next + WINDOW_CUT)
    : { first: messages[next]?.sequence, last: window.last };
}

/** Adds messages after the window, and cuts its start if it is too long. */
export function widenAfter(messages: readonly Numbered[], window: HeldWindow): HeldWindow {
  const [start, end] = windowRange(messages, window);
  const next = Math.min(messages.length, end + STEP);
  return between(messages, next - start > WINDOW_MAX ? next - WINDOW_CUT : start, next);
}

/** A window around the first message from this sequence on. */
export function windowAround(messages: readonly Numbered[], sequence: number): HeldWindow {
  const at = indexFrom(messages, sequence);
  return between(messages, Math.max(0, at - STEP), Math.min(messages.length, at + STEP));
}

/**
 * Cuts the start of a window that grew by new messages. Only a list that shows its end does
 * this, or one that is read far from its start.
 */
export function cutGrown(messages: readonly Numbered[], window: HeldWindow): HeldWindow {
  const [start, end] = windowRange(messages, window);
  return window.first !== undefined && end - start > WINDOW_MAX
    ? { ...window, first: messages[end - WINDOW_CUT]?.sequence }
    : window;
}

/** Cuts the end of such a window: the user reads its start. */
export function cutEnd(messages: readonly Numbered[], window: HeldWindow): HeldWindow {
  const [start, end] = windowRange(messages, window);
  return end - start > WINDOW_MAX ? between(messages, start, start + WINDOW_CUT) : window;
}

/**
 * The window with a start among these messages, so that a new message changes only its end. One
 * whose messages are gone moves: with its old bounds it would jump as soon as they are loaded.
 */
export function fixBounds(messages: readonly Numbered[], window: HeldWindow): HeldWindow {
  const [start, end] = windowRange(messages, window);
  const first = messages[start]?.sequence;
  if (start === end || first === undefined || first === window.first) return window;
  const isEndGone = window.last !== undefined && window.last < first;
  return { first, last: isEndGone ? undefined : window.last };
}

function between(messages: readonly Numbered[], start: number, end: number): HeldWindow {
  return {
    first: messages[start]?.sequence,
    last: end >= messages.length ? undefined : messages[end - 1]?.sequence,
  };
}

/** Index of the first message from this sequence on, by binary search. */
export function indexFrom(messages: readonly Numbered[], sequence: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.sequence ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}
