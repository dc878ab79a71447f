/**
 * The unread count is the number of messages above the read position, up to the head at that
 * moment, without deleted ones; sending a message marks the room as read up to it. Counts are
 * recorded in the end: what is deleted in the fetched room was deleted then.
 */
import type { Fault } from '../check.ts';
import type { History } from '../history.ts';
import type { Truth } from '../truth.ts';

export function* unreadRule(history: History, truth: Truth): Iterable<Fault> {
  for (const entry of history) {
    if (entry.type !== 'unread') continue;
    const { userId, roomId, readSequence, headSequence, count } = entry;
    const room = truth.room(roomId);
    if (room === undefined) continue;
    const known = room.messages.filter(({ sequence }) => sequence <= headSequence);
    const own = known.findLast((message) => message.userId === userId)?.sequence ?? 0;
    const position = Math.max(readSequence, own);
    const right = known.filter(({ sequence, deleted }) => sequence > position && !deleted).length;
    if (count === right) continue;
    const text = `${userId} has read up to ${position} of ${headSequence}: ${count}, not ${right}`;
    yield { kind: 'wrong_unread', roomId, text };
  }
}
