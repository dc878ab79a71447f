/**
 * The log of a room in a dialect without an envelope: that of `rooms/room-log.ts`, with three
 * differences. The stream omits some events (reactions, pins), so that a gap in it is not a
 * loss. History comes in a page of its own, before or after the join. Messages name their
 * readers, and either copy of a message may be newer. Pure.
 */
import type { Epoch } from '@parley/protocol';
import { endPageLoad, rememberChanges } from '../messages/changes-during-page-load.ts';
import type { Message } from '../messages/message.ts';
import { reduceMessages } from '../messages/message-reducer.ts';
import { insertIntoWindow, mergeWindows } from '../messages/message-window.ts';
import { applyRead, mergeCopies } from '../messages/readers.ts';
import * as roomLog from '../rooms/room-log.ts';
import type { Change, JoinPosition, JoinState, Page } from './flat-dialect.ts';

export interface FlatLog extends roomLog.RoomLog<Change> {
  /** Whether the newest page was loaded; before that the start of the window is unknown. */
  readonly hasPage: boolean;
}

/** Position before the first join or page: below every sequence. */
const NOTHING_SEEN = -1;
/** Before the first join. */
const NO_EPOCH = '' as Epoch;

export const EMPTY_LOG: FlatLog = logAt(NOTHING_SEEN);

/** A log that misses everything after this position. */
export function logAt(position: number): FlatLog {
  const start = { history: [], events: [], headSequence: position, truncated: false };
  return { ...roomLog.logOfSnapshot({ ...start, epoch: NO_EPOCH }), hasPage: false };
}

/** The room is live from here on: everything up to the head was sent, or is fetched again. */
export function applyJoinState(log: FlatLog, joinState: JoinState): FlatLog {
  // A page that was requested before the first join may end below its head.
  const known = log.position === NOTHING_SEEN ? endPageLoad(log) : log;
  const held = { ...known, epoch: known.epoch || joinState.epoch };
  const snapshot = { ...joinState, history: [], events: [] };
  return { hasPage: false, ...roomLog.applySnapshot(held, snapshot, { isCatchUp: true }) };
}

/** @param isLive The message came in its place of the stream. */
export function applyMessage(log: FlatLog, received: Message, isLive: boolean): FlatLog {
  const { sequence } = received;
  const held = log.messages.findLast((message) => message.sequence === sequence);
  const message = held === undefined ? received : mergeCopies(received, held);
  const applied = roomLog.applyMessage(log, message);
  // Stored before the join: below the position like a duplicate, but not shown yet.
  const isMissing = applied === log && !log.hasPage;
  const messages = isMissing ? insertIntoWindow(log.messages, message) : applied.messages;
  return { ...applied, messages, ...seen(log, isLive ? sequence : undefined) };
}

export function applyChange(log: FlatLog, change: Change, isLive: boolean): FlatLog {
  if (!('type' in change)) {
    return rememberChanges({ ...log, messages: applyRead(log.messages, change) }, [change]);
  }
  const { sequence } = change.payload;
  return { ...roomLog.applyLogged(log, change), ...seen(log, isLive ? sequence : undefined) };
}

/**
 * Inserts a page, unless it is no longer expected.
 *
 * @param before The cursor of the request; undefined for the newest page.
 */
export function applyPage(
  log: FlatLog,
  { messages, hasMore }: Page,
  before: number | undefined,
): FlatLog {
  if (log.recent === undefined) return log;
  const fresh = log.recent.reduce(reduce, messages);
  if (before !== undefined) {
    return roomLog.applyOlderPage({ ...log, recent: [] }, { before, messages: fresh, hasMore });
  }
  const first = fresh[0]?.sequence ?? 0;
  // Before the first page, messages below it are followed by a gap; they are loaded again as
  // an older page.
  const held = log.messages.filter(({ sequence }) => log.hasPage || sequence >= first);
  const isStart = !log.hasPage || held.length === 0;
  return {
    ...endPageLoad(log),
    position: log.position === NOTHING_SEEN ? (fresh.at(-1)?.sequence ?? 0) : log.position,
    messages: mergeWindows(fresh, mergeHeld(held, fresh)),
    hasPage: true,
    hasOlder: isStart ? hasMore && fresh.length > 0 : log.hasOlder,
  };
}

/** Position for a join; undefined if the client has nothing of the room. */
export function joinPositionOf(log: FlatLog): JoinPosition | undefined {
  if (log.position === NOTHING_SEEN) return undefined;
  const { epoch, ...position } = roomLog.resumePosition(log);
  return epoch === NO_EPOCH ? position : { ...position, epoch };
}

/**
 * The stream of a live room is complete, so everything before its event was received or is
 * omitted. Anything else does not move the position, so that the next catch-up starts early
 * enough.
 *
 * @param sequence Undefined for an event outside the stream.
 */
function seen({ position }: FlatLog, sequence = position): Pick<FlatLog, 'position' | 'ahead'> {
  return { position: Math.max(position, sequence), ahead: [] };
}

/** Either copy may be newer: an answer over HTTP is as old as its request. */
function mergeHeld(held: readonly Message[], page: readonly Message[]): readonly Message[] {
  const bySequence = new Map(page.map((message) => [message.sequence, message]));
  return held.map((message) => mergeCopies(message, bySequence.get(message.sequence) ?? message));
}

function reduce(messages: readonly Message[], change: Change): readonly Message[] {
  return 'type' in change ? reduceMessages(messages, change) : applyRead(messages, change);
}
