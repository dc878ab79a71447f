/**
 * What the client holds of a room: a window of messages without holes, and the
 * position up to which it has seen everything. Pure.
 *
 * How to think about it: while the room is live the stream is complete and in
 * order, and moves the position. Everything else (pages, answers over HTTP, what
 * comes before the catch-up is done) has its place by its sequence and moves
 * nothing, so that the next catch-up begins early enough. Sequences without a
 * message are no loss: reactions and pins take numbers too.
 */
import type { Epoch } from '@parley/protocol';
import { boundWindow, insertIntoWindow, mergeWindows } from '../messages/message-window.ts';
import type { Change, FlatMessage, JoinPosition, Page, Place } from './flat-dialect.ts';
import type { Fold } from './message-reducer.ts';

export interface FlatLog<M> {
  readonly epoch: Epoch | undefined;
  /** Absent before the first join or page. */
  readonly position: number | undefined;
  readonly messages: readonly M[];
  /** Whether the newest page was loaded; before that the window has no known beginning. */
  readonly hasPage: boolean;
  readonly hasOlder: boolean;
  /** Changes that came while a page was on its way, which may be older than they are; absent: none is awaited. */
  readonly recent: readonly Change[] | undefined;
}

/** Changes remembered for one page; with more of them it is asked for anew. */
const RECENT_MAX = 1_000;

export const EMPTY_LOG: FlatLog<never> = Object.freeze({
  epoch: undefined,
  position: undefined,
  messages: [],
  hasPage: false,
  hasOlder: false,
  recent: undefined,
});

/** The room is live from here on: everything up to the head was sent, or is to be fetched anew. */
export function applyPlace<M>(log: FlatLog<M>, place: Place): FlatLog<M> {
  const { headSequence: position, epoch, truncated } = place;
  if (truncated) return { ...EMPTY_LOG, epoch, position };
  // A page that was asked for before the first join may end below its head.
  const { recent } = log.position === undefined ? EMPTY_LOG : log;
  return { ...log, epoch, position, recent };
}

/** @param isLive The message came in its place of the stream. */
export function applyMessage<M extends FlatMessage>(
  log: FlatLog<M>,
  told: M,
  { isLive, fold }: { readonly isLive: boolean; readonly fold: Fold<M> },
): FlatLog<M> {
  const { sequence } = told;
  const held = log.messages.findLast((message) => message.sequence === sequence);
  const message = held === undefined ? told : fold.merge(told, held);
  const moved = isLive ? movedTo(log, sequence) : log;
  const oldest = log.messages[0]?.sequence;
  // It belongs to a page that is not loaded; taken in, it would leave a hole behind it.
  if (log.hasOlder && oldest !== undefined && sequence < oldest) return moved;
  const messages = insertIntoWindow(moved.messages, message);
  const kept = boundWindow(messages);
  return { ...moved, messages: kept, hasOlder: moved.hasOlder || kept !== messages };
}

export function applyChange<M extends FlatMessage>(
  log: FlatLog<M>,
  change: Change,
  { isLive, fold }: { readonly isLive: boolean; readonly fold: Fold<M> },
): FlatLog<M> {
  const moved = isLive && 'sequence' in change ? movedTo(log, change.sequence) : log;
  const isFull = (moved.recent?.length ?? 0) >= RECENT_MAX;
  const recent = isFull ? undefined : moved.recent && [...moved.recent, change];
  return { ...moved, recent, messages: reduceMessages(moved.messages, change, fold) };
}

/** A page was asked for: from now on changes are remembered for it. */
export function awaitPage<M>(log: FlatLog<M>): FlatLog<M> {
  return { ...log, recent: [] };
}

/** The page that was asked for did not come. */
export function forgetPage<M>(log: FlatLog<M>): FlatLog<M> {
  return { ...log, recent: undefined };
}

/**
 * Takes a page in, unless it is no longer awaited.
 *
 * @param before The cursor with which it was asked for; absent for the newest.
 */
export function applyPage<M extends FlatMessage>(
  log: FlatLog<M>,
  { messages, hasMore }: Page<M>,
  { before, fold }: { readonly before: number | undefined; readonly fold: Fold<M> },
): FlatLog<M> {
  if (log.recent === undefined) return log;
  // Asked for before the window was cut.
  if (before !== undefined && log.messages[0]?.sequence !== before) return forgetPage(log);
  const fresh = log.recent.reduce<readonly M[]>(
    (changed, change) => reduceMessages(changed, change, fold),
    messages,
  );
  if (before === undefined && log.hasPage) {
    return { ...forgetPage(log), messages: mergeHeld(log.messages, fresh, fold) };
  }
  const first = fresh[0]?.sequence ?? 0;
  // What is held below a newest page has a hole behind it; it is found again as an older page.
  const held = log.messages.filter(({ sequence }) => before !== undefined || sequence >= first);
  return {
    ...forgetPage(log),
    position: log.position ?? fresh.at(-1)?.sequence ?? 0,
    messages: mergeWindows(fresh, mergeHeld(held, fresh, fold)),
    hasPage: true,
    hasOlder: hasMore && messages.length > 0,
  };
}

/** Either may be the newer: an answer over HTTP says what was true when it was written. */
function mergeHeld<M extends FlatMessage>(
  held: readonly M[],
  page: readonly M[],
  fold: Fold<M>,
): readonly M[] {
  const bySequence = new Map(page.map((message) => [message.sequence, message]));
  return held.map((message) => {
    const other = bySequence.get(message.sequence);
    return other === undefined ? message : fold.merge(message, other);
  });
}

/** What a join says of what one has; absent where that is nothing. */
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
  { apply }: Fold<M>,
): readonly M[] {
  const index = messages.findLastIndex(({ id }) => id === change.messageId);
  if (index < 0) return messages;
  if (change.kind !== 'read') {
    return messages.map((message, at) => (at === index ? apply(message, change) : message));
  }
  return messages.map((message, at) => (at <= index ? apply(message, change) : message));
}
