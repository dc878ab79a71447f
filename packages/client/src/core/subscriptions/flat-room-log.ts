/**
 * The client's copy of a room: a window of messages without gaps, and the position up to
 * which everything was seen. Pure.
 *
 * While the room is live, the stream is complete and in order, and moves the position.
 * Everything else (pages, answers over HTTP, events before the end of the catch-up) is
 * placed by its sequence and does not move the position, so that the next catch-up starts
 * early enough. Sequences without a message are no loss: reactions and pins have
 * sequences too.
 */
import type { Epoch } from '@parley/protocol';
import {
  type ChangesDuringPageLoad,
  endPageLoad,
  rememberChanges,
} from '../messages/changes-during-page-load.ts';
import type { Message } from '../messages/message.ts';
import { reduceMessages } from '../messages/message-reducer.ts';
import { boundWindow, insertIntoWindow, mergeWindows } from '../messages/message-window.ts';
import { applyRead, mergeCopies } from '../messages/readers.ts';
import { resumePosition } from '../rooms/room-log.ts';
import type { Change, JoinPosition, JoinState, Page } from './flat-dialect.ts';

export interface FlatLog extends ChangesDuringPageLoad<Change> {
  readonly epoch: Epoch | undefined;
  /** Undefined before the first join or page. */
  readonly position: number | undefined;
  readonly messages: readonly Message[];
  /** Whether the newest page was loaded; before that the start of the window is unknown. */
  readonly hasPage: boolean;
  readonly hasOlder: boolean;
}

export const EMPTY_LOG: FlatLog = Object.freeze({
  epoch: undefined,
  position: undefined,
  messages: [],
  hasPage: false,
  hasOlder: false,
  recent: undefined,
});

/** The room is live from here on: everything up to the head was sent, or is fetched again. */
export function applyJoinState(log: FlatLog, joinState: JoinState): FlatLog {
  const { headSequence: position, firstSequence = 1, epoch, truncated } = joinState;
  if (truncated) return { ...EMPTY_LOG, epoch, position };
  // A page that was requested before the first join may end below its head.
  const { recent } = log.position === undefined ? EMPTY_LOG : log;
  const messages = log.messages.filter(({ sequence }) => sequence >= firstSequence);
  const hasOlder = log.hasOlder && messages.length === log.messages.length;
  return { ...log, epoch, position, recent, messages, hasOlder };
}

/** @param isLive The message came in its place of the stream. */
export function applyMessage(log: FlatLog, received: Message, isLive: boolean): FlatLog {
  const { sequence } = received;
  const held = log.messages.findLast((message) => message.sequence === sequence);
  const message = held === undefined ? received : mergeCopies(received, held);
  const moved = isLive ? movedTo(log, sequence) : log;
  const oldest = log.messages[0]?.sequence;
  // It belongs to a page that is not loaded; inserting it would leave a gap behind it.
  if (log.hasOlder && oldest !== undefined && sequence < oldest) return moved;
  const messages = insertIntoWindow(moved.messages, message);
  const kept = boundWindow(messages);
  return { ...moved, messages: kept, hasOlder: moved.hasOlder || kept !== messages };
}

export function applyChange(log: FlatLog, change: Change, isLive: boolean): FlatLog {
  const sequence = 'type' in change ? change.payload.sequence : undefined;
  const moved = isLive && sequence !== undefined ? movedTo(log, sequence) : log;
  return rememberChanges({ ...moved, messages: reduce(moved.messages, change) }, [change]);
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
  // Requested before the window was cut.
  if (before !== undefined && log.messages[0]?.sequence !== before) return endPageLoad(log);
  const fresh = log.recent.reduce(reduce, messages);
  if (before === undefined && log.hasPage) {
    // Messages between an earlier page and the join are only here.
    const start = log.messages[0]?.sequence;
    const inWindow = fresh.filter(({ sequence }) => start === undefined || sequence >= start);
    return {
      ...endPageLoad(log),
      messages: mergeWindows(inWindow, mergeHeld(log.messages, fresh)),
      hasOlder: start === undefined ? hasMore && fresh.length > 0 : log.hasOlder,
    };
  }
  const first = fresh[0]?.sequence ?? 0;
  // Below the newest page there is a gap; messages there are loaded again as an older
  // page.
  const held = log.messages.filter(({ sequence }) => before !== undefined || sequence >= first);
  return {
    ...endPageLoad(log),
    position: log.position ?? fresh.at(-1)?.sequence ?? 0,
    messages: mergeWindows(fresh, mergeHeld(held, fresh)),
    hasPage: true,
    hasOlder: hasMore && messages.length > 0,
  };
}

/** Position for a join; undefined if the client has nothing of the room. */
export function joinPositionOf({ position, epoch, messages }: FlatLog): JoinPosition | undefined {
  return position === undefined ? undefined : resumePosition({ position, epoch, messages });
}

/** Either copy may be newer: an answer over HTTP is as old as its request. */
function mergeHeld(held: readonly Message[], page: readonly Message[]): readonly Message[] {
  const bySequence = new Map(page.map((message) => [message.sequence, message]));
  return held.map((message) => mergeCopies(message, bySequence.get(message.sequence) ?? message));
}

function movedTo(log: FlatLog, sequence: number): FlatLog {
  return { ...log, position: Math.max(log.position ?? 0, sequence) };
}

function reduce(messages: readonly Message[], change: Change): readonly Message[] {
  return 'type' in change ? reduceMessages(messages, change) : applyRead(messages, change);
}
