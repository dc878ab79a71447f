/** Read position of a room while its thread is shown instead of its messages. Pure. */
import type { MessageId, OpenRoom, UserId } from '@parley/client';

interface ReadInThread {
  readonly threadId: MessageId;
  /** The user who reads. */
  readonly selfId: UserId;
}

/**
 * Sequence of the last reply before which everything is read: by now in the thread, or earlier.
 * Undefined if another message was written before the new replies, or may have been.
 */
export function readInThread(
  { log, readSequence }: Pick<OpenRoom, 'log' | 'readSequence'>,
  { threadId, selfId }: ReadInThread,
): number | undefined {
  const { messages, hasOlder } = log;
  if (hasOlder && (messages[0]?.sequence ?? 0) > readSequence) return undefined;
  let read: number | undefined;
  for (const { sequence, parentId, userId } of messages) {
    if (sequence <= readSequence) continue;
    if (parentId === threadId) read = sequence;
    else if (userId !== selfId) break;
  }
  return read;
}
