/**
 * What the client holds of a room's log: a window of messages without holes, and
 * the position up to which it has seen everything. Pure.
 *
 * How to think about it: the server promises every event of an open room, in
 * order, once. This file does not rely on it. Each message has its place by its
 * sequence, so repeats and disorder change nothing; a hole shows as `ahead`, and
 * a resume from `position` fills it.
 */
import type { Epoch, LoggedEvent, MessageId, RoomSnapshot } from '@parley/protocol';
import { type Message, toMessage } from '../messages/message.ts';
import { reduceMessages } from '../messages/message-reducer.ts';
import { boundWindow, insertIntoWindow, mergeWindows } from '../messages/message-window.ts';

/** Sequences remembered above a hole; what comes beyond is seen again by the resume. */
const AHEAD_MAX = 1_000;

export interface RoomLog {
  readonly epoch: Epoch;
  /** Everything up to this sequence was seen. */
  readonly position: number;
  /** Sequences seen above a hole, rising; empty when nothing is missing. */
  readonly ahead: readonly number[];
  /** By sequence, rising, without repeats. */
  readonly messages: readonly Message[];
  /** Whether the server may have messages before the first of these. */
  readonly hasOlder: boolean;
}

type Seen = Pick<RoomLog, 'position' | 'ahead'>;

export interface OlderPage {
  /** The cursor with which the page was asked for: the oldest sequence held at that time. */
  readonly before: number;
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** What a room says in `resume`. */
export interface ResumePosition {
  readonly lastSequence: number;
  readonly epoch: Epoch;
  readonly lastId?: MessageId;
}

export function logOfSnapshot(snapshot: RoomSnapshot): RoomLog {
  const messages = snapshot.history.map(toMessage);
  return {
    epoch: snapshot.epoch,
    position: snapshot.headSequence,
    ahead: [],
    messages,
    hasOlder: startsLate(messages),
  };
}

/**
 * Takes the server's state of the room in: replaces the window where the server
 * says so (`truncated`), where the log is another one (`epoch`), or where the two
 * do not touch; merges otherwise.
 *
 * @param isCatchUp The snapshot answers a resume from a position of this window.
 */
export function applySnapshot(
  log: RoomLog,
  snapshot: RoomSnapshot,
  { isCatchUp }: { readonly isCatchUp: boolean },
): RoomLog {
  const first = snapshot.history[0]?.sequence ?? snapshot.headSequence + 1;
  const isAdjacent = isCatchUp || first <= log.position + 1;
  if (snapshot.truncated || snapshot.epoch !== log.epoch || !isAdjacent) {
    return logOfSnapshot(snapshot);
  }
  const held = snapshot.events.reduce(reduceMessages, log.messages);
  const messages = mergeWindows(held, snapshot.history.map(toMessage));
  const position = Math.max(log.position, snapshot.headSequence);
  const isSameStart = messages[0]?.sequence === log.messages[0]?.sequence;
  const hasOlder = isSameStart ? log.hasOlder : startsLate(messages);
  return boundMessages({ ...log, messages, hasOlder, ...closeHole(position, log.ahead) });
}

/** Puts a message in its place, whether it came as an event or was acknowledged. */
export function applyMessage(log: RoomLog, message: Message): RoomLog {
  const oldest = log.messages[0];
  const isBelowWindow = oldest === undefined || message.sequence < oldest.sequence;
  // It belongs to a page that is not loaded; taken in, it would leave a hole behind it.
  if (message.sequence <= log.position && isBelowWindow) return log;
  const messages = insertIntoWindow(log.messages, message);
  return boundMessages({ ...log, messages, ...markSeen(log, message.sequence) });
}

/** Takes what was done to a message, or who lost access, in its place of the log. */
export function applyLogged(log: RoomLog, event: LoggedEvent): RoomLog {
  const { sequence } = event.payload;
  const seen = sequence === undefined ? {} : markSeen(log, sequence);
  return { ...log, messages: reduceMessages(log.messages, event), ...seen };
}

/** Puts an older page in front; one that was asked for before the window changed is dropped. */
export function applyOlderPage(log: RoomLog, page: OlderPage): RoomLog {
  if (log.messages[0]?.sequence !== page.before) return log;
  return {
    ...log,
    messages: mergeWindows(page.messages, log.messages),
    hasOlder: page.hasMore && page.messages.length > 0,
  };
}

/** Whether an event is missing below one that was seen. */
export function hasGap(log: RoomLog): boolean {
  return log.ahead.length > 0;
}

export function resumePosition(log: RoomLog): ResumePosition {
  const last = log.messages.findLast((message) => message.sequence <= log.position);
  return {
    lastSequence: log.position,
    epoch: log.epoch,
    ...(last?.sequence === log.position ? { lastId: last.id } : {}),
  };
}

function markSeen({ position, ahead }: RoomLog, sequence: number): Seen {
  if (sequence === position + 1) return closeHole(sequence, ahead);
  if (sequence <= position || ahead.includes(sequence) || ahead.length >= AHEAD_MAX) {
    return { position, ahead };
  }
  return { position, ahead: [...ahead, sequence].sort((a, b) => a - b) };
}

/** Moves the position over what was already seen right behind it. */
function closeHole(position: number, ahead: readonly number[]): Seen {
  let moved = position;
  let passed = 0;
  for (const sequence of ahead) {
    if (sequence > moved + 1) break;
    moved = Math.max(moved, sequence);
    passed += 1;
  }
  return { position: moved, ahead: ahead.slice(passed) };
}

/** A snapshot does not say whether there is more; only what starts at 1 has surely nothing before. */
function startsLate(messages: readonly Message[]): boolean {
  return (messages[0]?.sequence ?? 1) > 1;
}

function boundMessages(log: RoomLog): RoomLog {
  const messages = boundWindow(log.messages);
  return messages === log.messages ? log : { ...log, messages, hasOlder: true };
}
