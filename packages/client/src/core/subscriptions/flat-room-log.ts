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
import { boundWindow, insertIntoWindow, mergeWindows } from '../messages/message-window.ts';
import type { Change, FlatMessage, JoinPosition, JoinState, Page } from './flat-dialect.ts';
import type { FlatMessageReducer } from './flat-message-reducer.ts';

export interface FlatLog<M> extends ChangesDuringPageLoad<Change> {
  readonly epoch: Epoch | undefined;
  /** Undefined before the first join or page. */
  readonly position: number | undefined;
  readonly messages: readonly M[];
  /** Whether the newest page was loaded; before that the start of the window is unknown. */
  readonly hasPage: boolean;
  readonly hasOlder: boolean;
}

export const EMPTY_LOG: FlatLog<never> = Object.freeze({
  epoch: undefined,
  position: undefined,
  messages: [],
  hasPage: false,
  hasOlder: false,
  recent: undefined,
});

/** The room is live from here on: everything up to the head was sent, or is fetched again. */
export function applyJoinState<M extends FlatMessage>(
  log: FlatLog<M>,
  joinState: JoinState,
): FlatLog<M> {
  const { headSequence: position, firstSequence = 1, epoch, truncated } = joinState;
  if (truncated) return { ...EMPTY_LOG, epoch, position };
  // A page that was requested before the first join may end below its head.
  const { recent } = log.position === undefined ? EMPTY_LOG : log;
  const messages = log.messages.filter(({ sequence }) => sequence >= firstSequence);
  const hasOlder = log.hasOlder && messages.length === log.messages.length;
  return { ...log, epoch, position, recent, messages, hasOlder };
}

/** @param isLive The message came in its place of the stream. */
export function applyMessage<M extends FlatMessage>(
  log: FlatLog<M>,
  received: M,
  { isLive, reducer }: { readonly isLive: boolean; readonly reducer: FlatMessageReducer<M> },
): FlatLog<M> {
  const { sequence } = received;
  const held = log.messages.findLast((message) => message.sequence === sequence);
  const message = held === undefined ? received : reducer.merge(received, held);
  const moved = isLive ? movedTo(log, sequence) : log;
  const oldest = log.messages[0]?.sequence;
  // It belongs to a page that is not loaded; inserting it would leave a gap behind it.
  if (log.hasOlder && oldest !== undefined && sequence < oldest) return moved;
  const messages = insertIntoWindow(moved.messages, message);
  const kept = boundWindow(messages);
  return { ...moved, messages: kept, hasOlder: moved.hasOlder || kept !== messages };
}

export function applyChange<M extends FlatMessage>(
  log: FlatLog<M>,
  change: Change,
  { isLive, reducer }: { readonly isLive: boolean; readonly reducer: FlatMessageReducer<M> },
): FlatLog<M> {
  const moved = isLive && 'sequence' in change ? movedTo(log, change.sequence) : log;
  const messages = reduceMessages(moved.messages, change, reducer);
  return rememberChanges({ ...moved, messages }, [change]);
}

/**
 * Inserts a page, unless it is no longer expected.
 *
 * @param before The cursor of the request; undefined for the newest page.
 */
export function applyPage<M extends FlatMessage>(
  log: FlatLog<M>,
  { messages, hasMore }: Page<M>,
  {
    before,
    reducer,
  }: { readonly before: number | undefined; readonly reducer: FlatMessageReducer<M> },
): FlatLog<M> {
  if (log.recent === undefined) return log;
  // Requested before the window was cut.
  if (before !== undefined && log.messages[0]?.sequence !== before) return endPageLoad(log);
  const fresh = log.recent.reduce<readonly M[]>(
    (changed, change) => reduceMessages(changed, change, reducer),
    messages,
  );
  if (before === undefined && log.hasPage) {
    // Messages between an earlier page and the join are only here.
    const start = log.messages[0]?.sequence;
    const inWindow = fresh.filter(({ sequence }) => start === undefined || sequence >= start);
    return {
      ...endPageLoad(log),
      messages: mergeWindows(inWindow, mergeHeld(log.messages, fresh, reducer)),
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
    messages: mergeWindows(fresh, mergeHeld(held, fresh, reducer)),
    hasPage: true,
    hasOlder: hasMore && messages.length > 0,
  };
}

/** Either copy may be newer: an answer over HTTP is as old as its request. */
function mergeHeld<M extends FlatMessage>(
  held: readonly M[],
  page: readonly M[],
  reducer: FlatMessageReducer<M>,
): readonly M[] {
  const bySequence = new Map(page.map((message) => [message.sequence, message]));
  return held.map((message) => {
    const other = bySequence.get(message.sequence);
    return other === undefined ? message : reducer.merge(message, other);
  });
}

/** Position for a join; undefined if the client has nothing of the room. */
export function joinPositionOf<M extends FlatMessage>({
  position,
  epoch,
  messages,
}: FlatLog<M>): JoinPosition | undefined {
  if (position === undefined) return undefined;
  const last = messages.findLast(({ sequence }) => sequence <= position);
  return {
    lastSequence: position,
    ...(epoch === undefined ? {} : { epoch }),
    ...(last?.sequence === position ? { lastId: last.id } : {}),
  };
}

function movedTo<M>(log: FlatLog<M>, sequence: number): FlatLog<M> {
  return { ...log, position: Math.max(log.position ?? 0, sequence) };
}

function reduceMessages<M extends FlatMessage>(
  messages: readonly M[],
  change: Change,
  { apply }: FlatMessageReducer<M>,
): readonly M[] {
  const index = messages.findLastIndex(({ id }) => id === change.messageId);
  if (index < 0) return messages;
  if (change.kind !== 'read') {
    return messages.map((message, at) => (at === index ? apply(message, change) : message));
  }
  return messages.map((message, at) => (at <= index ? apply(message, change) : message));
}
