/**
 * A window of a room's timeline away from its end: around a sequence, a message or a date.
 * It grows by pages in both directions, and stays current while the room is open.
 */
import { ChatError, type LoggedEvent, type RoomId } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import { type Message, toMessage } from '../messages/message.ts';
import { countReplies, reduceMessages } from '../messages/message-reducer.ts';
import {
  insertIntoWindow,
  MESSAGES_PER_ROOM_MAX,
  mergeWindows,
} from '../messages/message-window.ts';
import { Store } from '../store.ts';
import type { RoomEvent } from './room-state.ts';

/** Center of a window. `date` is a time in ISO 8601, a `Date`, or milliseconds since 1970. */
export type WindowCenter =
  | { readonly sequence: number }
  | { readonly messageId: string }
  | { readonly date: string | number | Date };

export interface TimelineWindowState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: ChatError | undefined;
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /** First message at or after the center, else the newest. */
  readonly anchorSequence: number | undefined;
}

interface Page {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
  readonly hasNewer?: boolean;
  readonly anchorSequence?: number;
}

type Bounds = {
  before?: number;
  after?: number;
  around?: number | string;
  aroundTime?: string;
};

/** Maximum number of events remembered while a page loads. */
const RECENT_MAX = 1_000;

interface TimelineWindowOptions {
  readonly roomId: RoomId;
  readonly center: WindowCenter;
  readonly requests: RequestCorrelator;
  /** Reports the events of the room until the returned function is called. */
  readonly observe: (listener: (event: RoomEvent) => void) => () => void;
}

export class TimelineWindow {
  readonly #options: TimelineWindowOptions;
  readonly #store = new Store<TimelineWindowState>({
    status: 'loading',
    error: undefined,
    messages: [],
    hasOlder: false,
    hasNewer: false,
    anchorSequence: undefined,
  });
  readonly #unobserve: () => void;
  #recent: RoomEvent[] = [];
  #loading: Promise<void> | undefined;

  constructor(options: TimelineWindowOptions) {
    this.#options = options;
    this.#unobserve = options.observe((event) => this.#onEvent(event));
  }

  get getSnapshot(): () => TimelineWindowState {
    return this.#store.getSnapshot;
  }

  get subscribe(): (listener: () => void) => () => void {
    return this.#store.subscribe;
  }

  /** Loads the window, or loads it again. @throws {ChatError} The server's error; `UNAVAILABLE`. */
  load(): Promise<void> {
    const { anchorSequence } = this.#store.getSnapshot();
    const bounds =
      anchorSequence === undefined ? boundsOf(this.#options.center) : { around: anchorSequence };
    return this.#run(bounds, (page) => ({
      messages: page.messages,
      hasOlder: page.hasMore,
      hasNewer: page.hasNewer === true,
      anchorSequence: page.anchorSequence,
    }));
  }

  /** Prepends a page, if there is one. @throws {ChatError} As `load`. */
  async loadOlder(): Promise<void> {
    const { messages, hasOlder } = this.#store.getSnapshot();
    const before = messages[0]?.sequence;
    if (!hasOlder || before === undefined) return;
    await this.#run({ before }, (page, state) => {
      const merged = mergeWindows(page.messages, state.messages);
      const isCut = merged.length > MESSAGES_PER_ROOM_MAX;
      return {
        messages: countReplies(merged.slice(0, MESSAGES_PER_ROOM_MAX), state.messages),
        hasOlder: page.hasMore,
        hasNewer: state.hasNewer || isCut,
      };
    });
  }

  /** Appends a page, if there is one. @throws {ChatError} As `load`. */
  async loadNewer(): Promise<void> {
    const { messages, hasNewer } = this.#store.getSnapshot();
    const after = messages.at(-1)?.sequence;
    if (!hasNewer || after === undefined) return;
    await this.#run({ after }, (page, state) => {
      const merged = mergeWindows(state.messages, page.messages);
      const isCut = merged.length > MESSAGES_PER_ROOM_MAX;
      return {
        messages: countReplies(merged.slice(-MESSAGES_PER_ROOM_MAX), page.messages),
        hasOlder: state.hasOlder || isCut,
        hasNewer: page.hasMore,
      };
    });
  }

  /** Ends the updates. The state stays readable. */
  close(): void {
    this.#unobserve();
  }

  /** One request at a time: a second caller waits for the first. */
  #run(
    bounds: Bounds,
    change: (page: Page, state: TimelineWindowState) => Partial<TimelineWindowState>,
  ): Promise<void> {
    this.#loading ??= this.#fetch(bounds, change);
    return this.#loading;
  }

  async #fetch(
    bounds: Bounds,
    change: (page: Page, state: TimelineWindowState) => Partial<TimelineWindowState>,
  ): Promise<void> {
    const { requests, roomId } = this.#options;
    this.#recent = [];
    this.#store.update({ status: 'loading' });
    try {
      const answer = await requests.request('get_history', { roomId, ...bounds });
      const page = { ...answer, messages: answer.messages.map(toMessage) };
      this.#store.update({ ...change(page, this.#store.getSnapshot()), error: undefined });
      // The page may be older than what happened while it was loading.
      for (const event of this.#recent) this.#apply(event);
      this.#end({ status: 'ready' });
    } catch (thrown) {
      const error = ChatError.from(thrown);
      this.#end({ status: 'failed', error });
      throw error;
    }
  }

  #end(state: Partial<TimelineWindowState>): void {
    // Before the listeners are called, which may load the next page.
    this.#loading = undefined;
    this.#store.update(state);
  }

  #onEvent(event: RoomEvent): void {
    if (this.#loading !== undefined && this.#recent.length < RECENT_MAX) this.#recent.push(event);
    if (event.kind === 'snapshot' && (event.snapshot.truncated || !event.isCatchUp)) {
      // The changes in between are unknown.
      this.#reload();
      return;
    }
    this.#apply(event);
  }

  /** Until it has succeeded, messages may be missing after those of the window. */
  #reload(): void {
    this.#store.update({ hasNewer: true });
    // The state shows a failure.
    const load = (): void => void this.load().catch(() => {});
    if (this.#loading === undefined) load();
    else void this.#loading.then(load, load);
  }

  #apply(event: RoomEvent): void {
    switch (event.kind) {
      case 'message':
        this.#add([event.message]);
        break;
      case 'logged':
        this.#reduce([event.event]);
        break;
      case 'snapshot':
        this.#add(event.snapshot.history.map(toMessage));
        this.#reduce(event.snapshot.events);
        this.#prune(event.snapshot.firstSequence ?? 0);
        break;
      case 'history_pruned':
        this.#prune(event.firstSequence);
        break;
      default:
        break;
    }
  }

  /** A window that does not reach the end only counts new replies. */
  #add(added: readonly Message[]): void {
    const { messages, hasNewer } = this.#store.getSnapshot();
    const last = messages.at(-1)?.sequence ?? 0;
    const known = new Set(messages.map(({ sequence }) => sequence));
    const wanted = added.filter(
      ({ sequence }) => known.has(sequence) || (!hasNewer && sequence > last),
    );
    const inserted = wanted.reduce<readonly Message[]>(insertIntoWindow, messages);
    this.#store.update({ messages: countReplies(inserted, added) });
  }

  #prune(firstSequence: number): void {
    const { messages, hasNewer } = this.#store.getSnapshot();
    const kept = messages.filter(({ sequence }) => sequence >= firstSequence);
    if (kept.length === messages.length) return;
    this.#store.update({ messages: kept, hasOlder: false });
    // No page comes after no message.
    if (kept.length === 0 && hasNewer) this.#reload();
  }

  #reduce(events: readonly LoggedEvent[]): void {
    const { messages } = this.#store.getSnapshot();
    this.#store.update({ messages: events.reduce(reduceMessages, messages) });
  }
}

function boundsOf(center: WindowCenter): Bounds {
  if ('sequence' in center) return { around: center.sequence };
  if ('messageId' in center) return { around: center.messageId };
  const { date } = center;
  return { aroundTime: typeof date === 'string' ? date : new Date(date).toISOString() };
}
