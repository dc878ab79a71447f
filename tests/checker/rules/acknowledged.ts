/**
 * Promise 1: an acknowledged message exists in the end, unchanged,
 * unless it was old enough for retention.
 */
import type { Fault } from '../check.ts';
import type { HeldMessage, History, SendEntry } from '../history.ts';
import { commandKey } from '../keys.ts';
import type { Truth } from '../truth.ts';

export function* acknowledgedRule(history: History, truth: Truth): Iterable<Fault> {
  const sends = new Map<string, SendEntry>();
  for (const entry of history) {
    // The first attempt: nothing was stored before it was sent.
    const key = entry.type === 'send' ? commandKey(entry) : undefined;
    if (entry.type === 'send' && key !== undefined && !sends.has(key)) sends.set(key, entry);
    if (entry.type !== 'ack') continue;
    const room = truth.room(entry.roomId);
    if (room === undefined) continue;
    const lost = (text: string): Fault => ({ kind: 'lost', roomId: entry.roomId, text });
    const what = `${entry.clientMessageId} of ${entry.userId}, acknowledged as ${entry.sequence},`;
    if (entry.sequence > room.headSequence) {
      yield lost(`${what} is above the head ${room.headSequence}`);
      continue;
    }
    const send = sends.get(commandKey(entry));
    if (send?.kind !== 'message') continue;
    const message = room.bySequence.get(entry.sequence);
    const { sequence } = entry;
    if (message === undefined) {
      if (!room.mayBeGone({ sequence, sentAtMs: send.atMs })) yield lost(`${what} is not there`);
    } else if (message.id !== entry.messageId)
      yield lost(`${what} is another message, ${message.id}`);
    else if (!isAsSent(message, send)) {
      yield lost(`${what} holds something else than was sent`);
    }
  }
}

/** Only a deletion changes the attachments. */
function isAsSent(message: HeldMessage, send: SendEntry): boolean {
  const { content, edited, deleted, attachments = [] } = message;
  if (deleted === true) return content === '' && attachments.length === 0;
  const isText = edited === true || content === send.content;
  return isText && JSON.stringify(attachments) === JSON.stringify(send.attachments ?? []);
}
