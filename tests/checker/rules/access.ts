/** Promise 4: no event after the loss of access reaches that user, over any connection. */
import type { Fault } from '../check.ts';
import type { AccessEntry, History } from '../history.ts';

export function* accessRule(history: History): Iterable<Fault> {
  const changes = gatherChanges(history);
  for (const entry of history) {
    if (entry.type !== 'delivery' && entry.type !== 'snapshot') continue;
    const { roomId, userId, connection } = entry;
    const ofPerson = changes.get(personKey(entry)) ?? [];
    const given = entry.type === 'delivery' ? [entry.event] : [...entry.messages, ...entry.events];
    for (const { sequence } of given) {
      if (!isForbidden(sequence, ofPerson)) continue;
      const text = `${userId} was given ${sequence} on ${connection} after the loss of access`;
      yield { kind: 'forbidden', roomId, text };
    }
  }
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
 * Whether a user never had the right to see this event. A user who regained access
 * may load history written meanwhile, so only a loss that is the last change counts;
 * the event of the loss itself is shown.
 */
function isForbidden(sequence: number, changes: readonly AccessEntry[]): boolean {
  const last = changes.at(-1);
  return last?.type === 'access_lost' && sequence > last.sequence;
}

function personKey(entry: { readonly roomId: string; readonly userId: string }): string {
  return JSON.stringify([entry.roomId, entry.userId]);
}
