/**
 * Brings a connection that lagged what it missed, from the tails of its rooms or
 * from the store: rooms in turn, a page each, so that none waits for a loud one.
 */

import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { ChatConnection, Subscription } from './connection.ts';

/** Events of one room in its turn. */
const PAGE = 100;
/** Before the store is asked again, where it could not answer. */
const RETRY_MS = 1000;

export interface SlowConsumerReplayOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  /** Gives up a room that cannot be caught up. */
  readonly resync: (subscription: Subscription) => void;
  /** Sends the list of a room anew. */
  readonly sendMembers: (subscription: Subscription) => void;
  /** Sends anew what is unread in rooms that are not open. */
  readonly sendActivity: (connection: ChatConnection, roomIds: readonly RoomId[]) => void;
}

export class SlowConsumerReplay {
  readonly #options: SlowConsumerReplayOptions;
  readonly #running = new Set<ChatConnection>();

  constructor(options: SlowConsumerReplayOptions) {
    this.#options = options;
  }

  /** The client has read what waited for it. */
  drained(connection: ChatConnection): void {
    if (!connection.backpressure.isLagging || this.#running.has(connection)) return;
    this.#running.add(connection);
    const running = this.#run(connection)
      .finally(() => this.#running.delete(connection))
      .then(() => {
        // What it was given last may have left before this was over: nobody would say so again.
        if (!connection.isClosed && connection.backpressure.hasRoom) this.drained(connection);
      });
    this.#options.background.run(running);
  }

  /** What is still missing after all this time is given up; the client fetches those rooms anew. */
  giveUp(connection: ChatConnection): void {
    for (const subscription of behindOf(connection)) this.#options.resync(subscription);
    this.#repair(connection, connection.backpressure.recover());
  }

  async #run(connection: ChatConnection): Promise<void> {
    try {
      while (await this.#takeTurns(connection));
    } catch (error) {
      const again = (): void => this.drained(connection);
      if (!connection.isClosed) this.#options.clock.schedule(RETRY_MS, again);
      throw error;
    }
  }

  /** One page of every room that is behind. Whether to go on: the client may be full again. */
  async #takeTurns(connection: ChatConnection): Promise<boolean> {
    const behind = behindOf(connection);
    if (behind.length === 0) {
      // In the very tick in which the last place equals its room's head: from here on all is live.
      this.#repair(connection, connection.backpressure.recover());
      return false;
    }
    for (const subscription of behind) {
      if (!isOpen(subscription)) continue; // It may have closed while another room was read.
      const page =
        subscription.stream.recentEventsFor(subscription, PAGE) ?? (await this.#read(subscription));
      if (connection.isClosed) return false;
      if (!isOpen(subscription)) continue;
      if (page.length === 0) this.#options.resync(subscription);
      for (const event of page) {
        if (!connection.backpressure.hasRoom) return false;
        subscription.stream.deliverMissed(subscription, event);
      }
    }
    return true;
  }

  /** Empty where what follows its place is gone, or the whole room is. */
  async #read(subscription: Subscription): Promise<readonly RoomEvent[]> {
    const { log } = this.#options;
    const { stream } = subscription;
    const position = stream.positionOf(subscription);
    const { firstSequence, events } = await log.readEvents(stream.room.id, position, PAGE);
    return firstSequence > position + 1 ? [] : events;
  }

  #repair(connection: ChatConnection, stale: readonly RoomId[]): void {
    const { sendMembers, sendActivity } = this.#options;
    const { openRooms, suspendedRooms } = connection;
    for (const roomId of stale) {
      const subscription = openRooms.get(roomId);
      if (subscription !== undefined) sendMembers(subscription);
    }
    // Of one that was given up the client has heard, and fetches it anew.
    const elsewhere = stale.filter((id) => !openRooms.has(id) && !suspendedRooms.has(id));
    if (elsewhere.length > 0) sendActivity(connection, elsewhere);
  }
}

function isOpen(subscription: Subscription): boolean {
  const { connection, stream } = subscription;
  return connection.openRooms.get(stream.room.id) === subscription;
}

function behindOf(connection: ChatConnection): Subscription[] {
  return [...connection.openRooms.values()].filter((subscription) =>
    subscription.stream.isBehind(subscription),
  );
}
