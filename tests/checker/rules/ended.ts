/**
 * From the acknowledgement of an act on: a user without access writes and reads nothing, an archived room stores
 * nothing but deletions, a deleted room stores and shows nothing, and a disabled account does
 * neither 10 s later. Entries of one clock are compared.
 */
import type { Fault } from '../check.ts';
import type { History, HistoryEntry, SendEntry } from '../history.ts';
import { commandKey } from '../keys.ts';

/** The time in which the end of an account, or of a room, is effective on all connections. */
const EFFECTIVE_MS = 10_000;

/** Errors that say so, or that nothing can be said at the moment. */
const CLEAR: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'NOT_FOUND',
  'NOT_IN_ROOM',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
  'RATE_LIMITED',
]);

interface End {
  readonly what: 'writes' | 'requests' | 'everything';
  /** Undefined: in all rooms, or of all users. */
  readonly roomId?: string;
  readonly userId?: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Events up to this position were stored before `untilMs`. */
  readonly untilSequence?: number | undefined;
  readonly lastSequence?: number;
  /** Position of the loss: what stands before it was stored before it, also if it was sent while it was stored. */
  readonly sequence?: number;
}

export function* endedRule(history: History): Iterable<Fault> {
  const ends = gatherEnds(history);
  if (ends.length === 0) return;
  const attempts = Map.groupBy(history.filter(isSend), commandKey);
  for (const entry of history) {
    for (const end of ends) {
      if (!isMeant(end, entry)) continue;
      const wrong = judge(end, entry, attempts);
      if (wrong !== undefined) yield { ...wrong, roomId: entry.roomId };
    }
  }
}

function gatherEnds(history: History): End[] {
  const endOf = (from: HistoryEntry, type: HistoryEntry['type']): HistoryEntry | undefined => {
    const person = 'userId' in from ? from.userId : undefined;
    return history.find(
      (entry) =>
        entry.type === type &&
        entry.atMs >= from.atMs &&
        ('roomId' in entry && 'roomId' in from ? entry.roomId === from.roomId : true) &&
        ('userId' in entry ? entry.userId : undefined) === person,
    );
  };
  const never = Number.POSITIVE_INFINITY;
  return history.flatMap((entry): End[] => {
    const { atMs: fromMs } = entry;
    switch (entry.type) {
      case 'access_lost': {
        const { roomId, userId, sequence } = entry;
        const regained = endOf(entry, 'access_regained');
        const untilSequence = regained && 'sequence' in regained ? regained.sequence : undefined;
        const period = { fromMs, untilMs: regained?.atMs ?? never, untilSequence };
        return [{ what: 'requests', roomId, userId, ...period, sequence }];
      }
      case 'archived': {
        const { roomId, lastSequence = never } = entry;
        const untilMs = endOf(entry, 'restored')?.atMs ?? never;
        return [{ what: 'writes', roomId, lastSequence, fromMs, untilMs }];
      }
      case 'deleted': {
        const { roomId } = entry;
        const later = { roomId, fromMs: fromMs + EFFECTIVE_MS, untilMs: never };
        return [
          { what: 'requests', roomId, fromMs, untilMs: never },
          { what: 'everything', ...later },
        ];
      }
      case 'account_disabled': {
        const later = { fromMs: fromMs + EFFECTIVE_MS, untilMs: never };
        return [{ what: 'everything', userId: entry.userId, ...later }];
      }
      default:
        return [];
    }
  });
}

function judge(
  end: End,
  entry: HistoryEntry & { readonly roomId: string },
  attempts: ReadonlyMap<string, readonly SendEntry[]>,
): Pick<Fault, 'kind' | 'text'> | undefined {
  const isEverything = end.what === 'everything';
  switch (entry.type) {
    case 'ack': {
      if (entry.sequence < (end.sequence ?? 0)) return undefined;
      // Perhaps a connection that had stalled brought the request after access was regained.
      if (entry.atMs >= end.untilMs && entry.sequence > (end.untilSequence ?? Infinity)) {
        return undefined;
      }
      const made = attempts.get(commandKey(entry)) ?? [];
      const isBelow =
        made[0]?.kind !== 'message' || entry.sequence <= (end.lastSequence ?? Infinity);
      if (isBelow && !areEnded(end, made)) return undefined;
      if (!isBelow && !covers(end, entry.atMs)) return undefined;
      return forbidden(`${entry.clientMessageId} of ${entry.userId} was acknowledged`, end);
    }
    case 'refusal': {
      const made = attempts.get(commandKey(entry)) ?? [];
      if (CLEAR.has(entry.code) || !areEnded(end, made)) return undefined;
      return { kind: 'unclear', text: `${entry.clientMessageId} was rejected with ${entry.code}` };
    }
    case 'read': {
      const isShown = end.what !== 'writes' && entry.sequences.length > 0;
      if (!isShown || !covers(end, entry.atMs)) return undefined;
      return forbidden(`${entry.userId} read ${entry.sequences.length} messages`, end);
    }
    case 'delivery': {
      const { kind, sequence } = entry.event;
      const isStored = kind === 'message' && sequence > (end.lastSequence ?? Infinity);
      if (!(isStored || isEverything) || !covers(end, entry.atMs)) return undefined;
      return forbidden(`${entry.connection} was given ${sequence}`, end);
    }
    case 'snapshot':
      if (!isEverything || !covers(end, entry.atMs)) return undefined;
      return forbidden(`${entry.connection} could open the room`, end);
    case 'fetched':
      if (!isEverything || !covers(end, entry.atMs)) return undefined;
      return forbidden('messages were fetched', end);
    default:
      return undefined;
  }
}

function isMeant(
  end: End,
  entry: HistoryEntry,
): entry is HistoryEntry & { readonly roomId: string } {
  if (!('roomId' in entry)) return false;
  if (end.roomId !== undefined && end.roomId !== entry.roomId) return false;
  return end.userId === undefined || ('userId' in entry && end.userId === entry.userId);
}

/** Whether all attempts were made too late. Deletions, which withdraw messages, are stored in an archive. */
function areEnded(end: End, made: readonly SendEntry[]): boolean {
  const isLate = ({ atMs, kind }: SendEntry): boolean =>
    covers(end, atMs) && (end.what !== 'writes' || kind !== 'delete');
  return made.length > 0 && made.every(isLate);
}

function covers({ fromMs, untilMs }: End, atMs: number): boolean {
  return atMs > fromMs && atMs < untilMs;
}

function forbidden(text: string, { what, fromMs, untilMs }: End): Pick<Fault, 'kind' | 'text'> {
  const period = `from ${fromMs} to ${untilMs}`;
  return { kind: 'forbidden', text: `${text}, though ${what} had ended ${period}` };
}

function isSend(entry: HistoryEntry): entry is SendEntry {
  return entry.type === 'send';
}
