/** Messages of one room by sequence, rising, without repeats. Pure. */

/** Messages kept of one room; above it the oldest go, and can be paged in again. */
export const MESSAGES_PER_ROOM_MAX = 10_000;
/** Dropped at once when the limit is reached, so that not every message moves the list. */
const MESSAGES_DROPPED = 500;

interface Numbered {
  readonly sequence: number;
}

/** Puts a message in its place; one that is there already is replaced. */
export function insertIntoWindow<M extends Numbered>(
  messages: readonly M[],
  message: M,
): readonly M[] {
  const last = messages.at(-1);
  if (last === undefined || last.sequence < message.sequence) return [...messages, message];
  return mergeWindows(messages, [message]);
}

/** By sequence; of two with the same sequence the later argument's wins. */
export function mergeWindows<M extends Numbered>(
  earlier: readonly M[],
  later: readonly M[],
): readonly M[] {
  const bySequence = new Map(earlier.map((message) => [message.sequence, message]));
  for (const message of later) bySequence.set(message.sequence, message);
  return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
}

/** The newest of them; the same array where all may stay. */
export function boundWindow<M extends Numbered>(messages: readonly M[]): readonly M[] {
  if (messages.length <= MESSAGES_PER_ROOM_MAX) return messages;
  return messages.slice(-(MESSAGES_PER_ROOM_MAX - MESSAGES_DROPPED));
}
