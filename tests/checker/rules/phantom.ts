/** Nothing is stored or delivered that no client sent, or that was rejected as not stored. */
import type { Fault } from '../check.ts';
import type { History, SendEntry } from '../history.ts';
import { commandKey } from '../keys.ts';
import type { Truth } from '../truth.ts';

interface Attempts {
  readonly sends: SendEntry[];
  /** Every attempt was answered by an error that means that nothing was stored. */
  rejections: number;
}

export function* phantomRule(history: History, truth: Truth): Iterable<Fault> {
  const attempts = gatherAttempts(history);
  for (const { roomId, userId, clientMessageId, content } of appearances(history, truth)) {
    const text = `${clientMessageId ?? 'a message without an id'} of ${userId}`;
    const fault = (why: string): Fault => ({ kind: 'phantom', roomId, text: `${text} ${why}` });
    if (clientMessageId === undefined) continue;
    const made = attempts.get(commandKey({ roomId, userId, clientMessageId }));
    if (made === undefined) yield fault('was never sent');
    else if (made.rejections >= made.sends.length) yield fault('was refused as not stored');
    else if (content !== undefined && !made.sends.some((send) => send.content === content)) {
      yield fault('holds a text that nobody sent');
    }
  }
}

function gatherAttempts(history: History): Map<string, Attempts> {
  const attempts = new Map<string, Attempts>();
  for (const entry of history) {
    if (entry.type === 'send') {
      const key = commandKey(entry);
      const made = attempts.get(key) ?? { sends: [], rejections: 0 };
      made.sends.push(entry);
      attempts.set(key, made);
    } else if (entry.type === 'refusal' && entry.code !== 'UNAVAILABLE') {
      const made = attempts.get(commandKey(entry));
      if (made !== undefined) made.rejections += 1;
    }
  }
  return attempts;
}

interface Appearance {
  readonly roomId: string;
  readonly userId: string;
  readonly clientMessageId?: string;
  /** Only if it is the text as sent: a reduced state may hold a later text. */
  readonly content?: string;
}

function* appearances(history: History, truth: Truth): Iterable<Appearance> {
  for (const entry of history) {
    if (entry.type !== 'delivery' || entry.event.kind === 'access_lost') continue;
    const { userId, clientMessageId } = entry.event;
    if (clientMessageId === undefined) continue;
    yield { roomId: entry.roomId, userId, clientMessageId };
  }
  for (const { roomId, messages } of truth.rooms) {
    for (const { userId, clientMessageId, content, edited, deleted } of messages) {
      if (clientMessageId === undefined) continue;
      const isAsSent = edited !== true && deleted !== true;
      yield { roomId, userId, clientMessageId, ...(isAsSent ? { content } : {}) };
    }
  }
}
