/**
 * The client's copy of a room's log: a window of messages without gaps, and the position
 * up to which everything was seen. Pure.
 *
 * The server promises every event of an open room, in order, once. This file does not
 * rely on it: each message is placed by its sequence, so duplicates and disorder change
 * nothing. A gap shows as `ahead`, and a resume from `position` fills it.
 */
import type { Epoch, LoggedEvent, MessageId, RoomSnapshot } from '@parley/protocol';
import {
  type ChangesDuringPageLoad,
  endPageLoad,
  rememberChanges,
} from '../messages/changes-during-page-load.ts';
import { type Message, toMessage } from '../messages/message.ts';
import { countReplies, reduceMessages } from '../messages/message-reducer.ts';
import { boundWindow, insertIntoWindow, mergeWindows } from '../messages/message-window.ts';

/**
 * Maximum number of sequences remembered above a gap; events beyond it are received again
 * by the resume.
 */
const AHEAD_MAX = 1_000;

/** @typeParam C Changes of messages in this dialect. */
export interface RoomLog<C = LoggedEvent> extends ChangesDuringPageLoad<C> {
  readonly epoch: Epoch;
  /** Everything up to this sequence was seen. */
  readonly position: number;
  /** Sequences seen above a gap, ascending; empty if nothing is missing. */
  readonly ahead: readonly number[];
  /** By ascending sequence, without duplicates. */
  readonly messages: readonly Message[];
  /** Whether the server may have messages before the first of these. */
  readonly hasOlder: boolean;
}

type AnyLog = RoomLog<unknown>;
type Seen = Pick<AnyLog, 'position' | 'ahead'>;
/** Fields of a room's state that its log uses. */
type LogSnapshot = Pick<
  RoomSnapshot,
  'history' | 'events' | 'headSequence' | 'firstSequence' | 'epoch' | 'truncated'
>;

export interface OlderPage {
  /** The cursor of the request: the oldest sequence in the window at that time. */
  readonly before: number;
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** Position of a room in `resume`, and in the joins of the other dialects. */
export interface ResumePosition {
  readonly lastSequence: number;
  readonly epoch: Epoch;
  readonly lastId?: MessageId;
}

export function logOfSnapshot(snapshot: LogSnapshot): RoomLog<never> {
  const messages = snapshot.history.map(toMessage);
  return {
    epoch: snapshot.epoch,
    position: snapshot.headSequence,
    ahead: [],
    messages,
    hasOlder: startsLate(messages, snapshot),
    recent: undefined,
  };
}

/**
 * Merges the server's state of the room. Replaces the window if the server says so
 * (`truncated`), if the log is another one (`epoch`), or if the two do not overlap.
 *
 * @param isCatchUp The snapshot answers a resume from a position of this window.
 */
export function applySnapshot<L extends AnyLog>(
  log: L,
  snapshot: LogSnapshot,
  { isCatchUp }: { readonly isCatchUp: boolean },
): L | RoomLog<never> {
  const first = snapshot.history[0]?.sequence ?? snapshot.headSequence + 1;
  const isAdjacent = isCatchUp || first <= log.position + 1;
  if (snapshot.truncated || snapshot.epoch !== log.epoch || !isAdjacent) {
    return logOfSnapshot(snapshot);
  }
  const held = snapshot.events.reduce(reduceMessages, log.messages);
  const missed = snapshot.history.map(toMessage);
  const messages = countReplies(mergeWindows(held, missed), missed);
  const position = Math.max(log.position, snapshot.headSequence);
  const isSameStart = messages[0]?.sequence === log.messages[0]?.sequence;
  const hasOlder = isSameStart ? log.hasOlder : startsLate(messages, snapshot);
  const merged = { ...log, messages, hasOlder, ...closeGap(position, log.ahead) };
  const bounded = boundMessages(rememberChanges(merged, snapshot.events));
  const { firstSequence = 1 } = snapshot;
  const holdsDeleted = (bounded.messages[0]?.sequence ?? firstSequence) < firstSequence;
  return holdsDeleted ? dropPruned(bounded, firstSequence) : bounded;
}

/** Inserts a message, from an event or an acknowledgement. */
export function applyMessage<L extends AnyLog>(log: L, message: Message): L {
  const oldest = log.messages[0];
  const isBelowWindow = oldest === undefined || message.sequence < oldest.sequence;
  // It belongs to a page that is not loaded; inserting it would leave a gap behind it.
  if (message.sequence <= log.position && isBelowWindow) return log;
  const messages = countReplies(insertIntoWindow(log.messages, message), [message]);
  return boundMessages({ ...log, messages, ...markSeen(log, message.sequence) });
}

/** Applies a change of a message or a lost access in its place of the log. */
export function applyLogged<L extends AnyLog>(log: L, event: LoggedEvent): L {
  const { sequence } = event.payload;
  const seen = sequence === undefined ? {} : markSeen(log, sequence);
  const messages = reduceMessages(log.messages, event);
  return rememberChanges({ ...log, messages, ...seen }, [event]);
}

/**
 * Prepends an older page; one that is not expected any more, or was requested before the
 * window changed, is dropped.
 */
export function applyOlderPage<L extends RoomLog>(log: L, page: OlderPage): L {
  const { recent } = log;
  if (recent === undefined || log.messages[0]?.sequence !== page.before) return endPageLoad(log);
  const fresh = countReplies(recent.reduce(reduceMessages, page.messages), log.messages);
  return {
    ...endPageLoad(log),
    messages: mergeWindows(fresh, log.messages),
    hasOlder: page.hasMore && page.messages.length > 0,
  };
}

/** Removes the messages that the server deleted; a page that is loading may contain some. */
export function dropPruned<L extends AnyLog>(log: L, firstSequence: number): L {
  const messages = log.messages.filter(({ sequence }) => sequence >= firstSequence);
  const hasOlder = messages.length === log.messages.length && log.hasOlder;
  return { ...endPageLoad(log), messages, hasOlder };
}

/** Whether an event is missing below one that was seen. */
export function hasGap(log: AnyLog): boolean {
  return log.ahead.length > 0;
}

export function resumePosition({ position, epoch, messages }: AnyLog): ResumePosition {
  const last = messages.findLast(({ sequence }) => sequence <= position);
  return {
    lastSequence: position,
    epoch,
    ...(last?.sequence === position ? { lastId: last.id } : {}),
  };
}

function markSeen({ position, ahead }: Seen, sequence: number): Seen {
  if (sequence === position + 1) return closeGap(sequence, ahead);
  if (sequence <= position || ahead.includes(sequence) || ahead.length >= AHEAD_MAX) {
    return { position, ahead };
  }
  return { position, ahead: [...ahead, sequence].sort((a, b) => a - b) };
}

/** Moves the position over the sequences that were already seen after it. */
function closeGap(position: number, ahead: readonly number[]): Seen {
  let moved = position;
  let passed = 0;
  for (const sequence of ahead) {
    if (sequence > moved + 1) break;
    moved = Math.max(moved, sequence);
    passed += 1;
  }
  return { position: moved, ahead: ahead.slice(passed) };
}

/**
 * A snapshot does not say whether there is more; only one that starts where the log does has
 * nothing before it.
 */
function startsLate(messages: readonly Message[], { firstSequence = 1 }: LogSnapshot): boolean {
  return (messages[0]?.sequence ?? firstSequence) > firstSequence;
}

function boundMessages<L extends AnyLog>(log: L): L {
  const messages = boundWindow(log.messages);
  return messages === log.messages ? log : { ...log, messages, hasOlder: true };
}
