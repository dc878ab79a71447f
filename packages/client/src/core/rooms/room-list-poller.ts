/**
 * Polls the list of rooms: at each connection, on demand, and every 15 s while the page
 * is visible, because the server does not announce rooms that the user has not joined.
 */
import { CORE_LIMITS, type RoomId, type RoomListEntry, type ServerFrames } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { CancelTimer, Environment } from '../environment.ts';
import type { ClientSnapshot, ClientStore } from '../snapshot.ts';

const REFRESH_INTERVAL_MS = 15_000;
/** Pages of 200: of more rooms than these 5,000, the first by id are listed. */
const PAGES_MAX = 25;

interface RoomListPollerOptions {
  /** The list is complete. `roomsWhenAsked` are the rooms at the time of the request. */
  readonly onListed: (
    entries: readonly RoomListEntry[],
    roomsWhenAsked: ClientSnapshot['rooms'],
  ) => void;
}

export class RoomListPoller {
  readonly #environment: Environment;
  readonly #requests: RequestCorrelator;
  readonly #store: ClientStore;
  readonly #onListed: RoomListPollerOptions['onListed'];
  #isAsking = false;
  /** A room changed during the current listing, so the rooms are listed again. */
  #isStale = false;
  #roomsWhenAsked: ClientSnapshot['rooms'] = new Map();
  #cancelTimer: CancelTimer | undefined;

  constructor(
    environment: Environment,
    { requests, store }: { readonly requests: RequestCorrelator; readonly store: ClientStore },
    { onListed }: RoomListPollerOptions,
  ) {
    this.#environment = environment;
    this.#requests = requests;
    this.#store = store;
    this.#onListed = onListed;
  }

  /** Lists the rooms as they are now: a listing in progress is followed by another one. */
  refresh(): void {
    if (this.#store.getSnapshot().connection.kind !== 'open') return;
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    this.#isAsking = true;
    this.#isStale = false;
    this.#roomsWhenAsked = this.#store.getSnapshot().rooms;
    this.#askPage([], 1);
  }

  /** The membership in this room has ended. */
  removeMembership(roomId: RoomId): void {
    this.#change(roomId, { joined: undefined });
    this.refresh();
  }

  /** A room has another name, topic or number of members. */
  onChanged({
    roomId,
    ...change
  }: ServerFrames['room_changed' | 'member_total' | 'mute_changed']): void {
    this.#change(roomId, change);
  }

  #change(roomId: RoomId, change: Partial<RoomListEntry>): void {
    const { directory } = this.#store.getSnapshot();
    const rooms = directory.rooms.map((entry) =>
      entry.id === roomId ? { ...entry, ...change } : entry,
    );
    this.#store.update({ directory: { ...directory, rooms } });
    this.#isStale = true;
  }

  /** Polls until `stop`. */
  start(): void {
    this.stop();
    this.#cancelTimer = this.#environment.setTimer(() => {
      if (this.#environment.signals.isVisible()) this.refresh();
      this.start();
    }, REFRESH_INTERVAL_MS);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #askPage(earlier: readonly RoomListEntry[], page: number): void {
    const last = earlier.at(-1);
    const cursor = last === undefined ? {} : { after: last.id };
    this.#requests.ask('get_rooms', { ...cursor, limit: CORE_LIMITS.roomsPageMax }, (outcome) => {
      if (outcome.kind !== 'answered') {
        this.#isAsking = false;
        const { directory } = this.#store.getSnapshot();
        this.#store.update({ directory: { ...directory, status: 'failed' } });
        return;
      }
      const { rooms: found, hasMore } = outcome.payload;
      const rooms = [...earlier, ...found];
      if (hasMore && found.length > 0 && page < PAGES_MAX) {
        this.#askPage(rooms, page + 1);
        return;
      }
      this.#isAsking = false;
      this.#store.update({ directory: { status: 'ready', rooms, hasMore } });
      // A stale list may name rooms whose membership has ended.
      if (this.#isStale) this.refresh();
      else this.#onListed(rooms, this.#roomsWhenAsked);
    });
  }
}
