/** Messages of one room in ascending sequence, without duplicates. Pure. */

/**
 * Maximum number of messages kept per room; above it the oldest are removed, and can be
 * loaded again.
 */
export const MESSAGES_PER_ROOM_MAX = 120_000;
/** Number removed at once at the limit, so that not every message moves the list. */
const MESSAGES_DROPPED = 500;

interface Numbered {
  readonly sequence: number;
}

/** Inserts a message; replaces one with the same sequence. */
export function insertIntoWindow<M extends Numbered>(
  messages: readonly M[],
  message: M,
): readonly M[] {
  const last = messages.at(-1);
  if (last === undefined || last.sequence < message.sequence) return [...messages, message];
  return mergeWindows(messages, [message]);
}

/** By sequence; for the same sequence the message of the later argument is used. */
export function mergeWindows<M extends Numbered>(
  earlier: readonly M[],
  later: readonly M[],
): readonly M[] {
  // The common cases, an older page and a catch-up, do not overlap.
  if (endsBefore(earlier, later)) return [...earlier, ...later];
  if (endsBefore(later, earlier)) return [...later, ...earlier];
  const bySequence = new Map(earlier.map((message) => [message.sequence, message]));
  for (const message of later) bySequence.set(message.sequence, message);
  return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
}

function endsBefore(one: readonly Numbered[], other: readonly Numbered[]): boolean {
  const last = one.at(-1)?.sequence ?? 0;
  return last < (other[0]?.sequence ?? Number.POSITIVE_INFINITY);
}

/** The newest messages; the same array if all of them fit. */
export function boundWindow<M extends Numbered>(messages: readonly M[]): readonly M[] {
  if (messages.length <= MESSAGES_PER_ROOM_MAX) return messages;
  return messages.slice(-(MESSAGES_PER_ROOM_MAX - MESSAGES_DROPPED));
}
