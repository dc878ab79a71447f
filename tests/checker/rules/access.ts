/** Promise 4: no event after the loss of access reaches that user or is theirs, over any connection. */
import type { Fault } from '../check.ts';
import type { AccessEntry, History } from '../history.ts';

export function* accessRule(history: History): Iterable<Fault> {
  const changes = gatherChanges(history);
  for (const entry of history) {
    if (entry.type !== 'delivery' && entry.type !== 'snapshot' && entry.type !== 'ack') continue;
    const { roomId, userId, connection, atMs } = entry;
    const ofPerson = changes.get(personKey(entry)) ?? [];
    for (const { sequence } of givenBy(entry)) {
      if (!isForbidden({ sequence, atMs }, ofPerson)) continue;
      const text = `${userId} was given ${sequence} on ${connection} after the loss of access`;
      yield { kind: 'forbidden', roomId, text };
    }
  }
}

type Giving = Extract<History[number], { readonly type: 'delivery' | 'snapshot' | 'ack' }>;

function givenBy(entry: Giving): readonly { readonly sequence: number }[] {
  if (entry.type === 'ack') return [entry];
  return entry.type === 'delivery' ? [entry.event] : [...entry.messages, ...entry.events];
}

function gatherChanges(history: History): Map<string, AccessEntry[]> {
  const changes = new Map<string, AccessEntry[]>();
  for (const entry of history) {
    if (entry.type !== 'access_lost' && entry.type !== 'access_regained') continue;
    const ofPerson = changes.get(personKey(entry)) ?? [];
    ofPerson.push(entry);
    changes.set(personKey(entry), ofPerson);
  }
  return changes;
}

/**
 * Whether a user did not have the right to this event when it was given: it is above a loss that was not
 * followed by a regain. A user who regained access may load history written meanwhile; the event of
 * the loss itself is shown.
 */
function isForbidden(
  { sequence, atMs }: { readonly sequence: number; readonly atMs: number },
  changes: readonly AccessEntry[],
): boolean {
  return changes.some((change, index) => {
    if (change.type !== 'access_lost' || sequence <= change.sequence) return false;
    return atMs < (changes[index + 1]?.atMs ?? Number.POSITIVE_INFINITY);
  });
}

function personKey(entry: { readonly roomId: string; readonly userId: string }): string {
  return JSON.stringify([entry.roomId, entry.userId]);
}
