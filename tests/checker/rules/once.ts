/** Promise 3: a command has the same number forever, in every report of it. */
import type { Fault } from '../check.ts';
import type { History } from '../history.ts';
import { commandKey } from '../keys.ts';
import type { Truth } from '../truth.ts';

export function* onceRule(history: History, truth: Truth): Iterable<Fault> {
  const numbers = new Map<string, number>();
  for (const named of namedEvents(history, truth)) {
    const key = commandKey(named);
    const known = numbers.get(key) ?? named.sequence;
    numbers.set(key, known);
    if (known === named.sequence) continue;
    const text = `${named.clientMessageId} of ${named.userId} is ${known} and ${named.sequence}`;
    yield { kind: 'twice', roomId: named.roomId, text };
  }
}

interface NamedEvent {
  readonly roomId: string;
  readonly userId: string;
  readonly clientMessageId: string;
  readonly sequence: number;
}

function* namedEvents(history: History, truth: Truth): Iterable<NamedEvent> {
  for (const entry of history) {
    if (entry.type === 'ack') yield entry;
    if (entry.type === 'delivery') yield* named(entry.roomId, [entry.event]);
    if (entry.type === 'snapshot') {
      yield* named(entry.roomId, entry.messages);
      yield* named(entry.roomId, entry.events);
    }
  }
  for (const { roomId, messages } of truth.rooms) yield* named(roomId, messages);
}

function* named(
  roomId: string,
  events: readonly {
    readonly userId: string;
    readonly sequence: number;
    readonly clientMessageId?: string;
  }[],
): Iterable<NamedEvent> {
  for (const { userId, sequence, clientMessageId } of events) {
    if (clientMessageId !== undefined) yield { roomId, userId, sequence, clientMessageId };
  }
}
