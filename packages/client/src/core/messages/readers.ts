/**
 * Users who have read a message, in the dialects that report them for each message. Pure.
 */
import type { MessageId } from '@parley/protocol';
import type { Message, Reader } from './message.ts';

/** Maximum number of readers that a message names. */
const READERS_MAX = 100;

/** A user has read everything up to a message. Not part of the log, so without a sequence. */
export interface ReadReceipt extends Reader {
  readonly messageId: MessageId;
}

/** Adds the reader to the message and all messages before it. */
export function applyRead(
  messages: readonly Message[],
  { messageId, ...reader }: ReadReceipt,
): readonly Message[] {
  const last = messages.findLastIndex(({ id }) => id === messageId);
  if (last < 0) return messages;
  return messages.map((message, index) =>
    index <= last ? addReaders(message, [reader]) : message,
  );
}

/**
 * Merges two copies of a message: the newer text, and the readers of both; the first copy if
 * they are equal.
 */
export function mergeCopies(message: Message, other: Message): Message {
  const [newer, older] = isNewer(other, message) ? [other, message] : [message, other];
  return addReaders(newer, older.readers ?? []);
}

/** The same object if nothing changes. */
function addReaders(message: Message, readers: readonly Reader[]): Message {
  const { readers: known = [] } = message;
  const more = readers.filter(({ userId }) => known.every((reader) => reader.userId !== userId));
  if (more.length === 0 || known.length >= READERS_MAX) return message;
  return { ...message, readers: [...known, ...more].slice(0, READERS_MAX) };
}

/** A deletion is the last change. */
function isNewer(one: Message, other: Message): boolean {
  if (one.isDeleted !== other.isDeleted) return one.isDeleted === true;
  return (one.editedAtMs ?? 0) > (other.editedAtMs ?? 0);
}
