/**
 * Sends a connection that lagged what it missed, from the recent events of its rooms or from the
 * store: one page per room in turn, so that a busy room does not delay the others.
 */

import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { ChatConnection, ConnectionStream, Subscription } from './chat-connection.ts';

/** Events per room and turn. */
const PAGE = 100;
/** Time before the store is read again after a failure. */
const RETRY_MS = 1000;

interface SlowConsumerReplayOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  /** Gives up a room that cannot catch up. */
  readonly resync: (subscription: Subscription) => void;
  /** Sends the member list of a room again. */
  readonly sendParticipants: (subscription: Subscription) => void;
  /** Sends the unread counts of rooms that are not open again. */
  readonly sendActivity: (connection: ChatConnection, roomIds: readonly RoomId[]) => void;
}

export class SlowConsumerReplay {
  readonly #options: SlowConsumerReplayOptions;
  readonly #running = new Set<ChatConnection>();

  constructor(options: SlowConsumerReplayOptions) {
    this.#options = options;
  }

  /** Sends again what changed while the welcome was prepared: the client gets nothing before it. */
  welcomed(connection: ChatConnection): void {
    const { isClosed, backpressure } = connection;
    // A connection that lags already gets it when it has caught up.
    if (!isClosed && !backpressure.isLagging) this.#repair(connection, backpressure.recover());
  }

  /** The client has read what was buffered for it. */
  drained(connection: ChatConnection): void {
    if (!connection.backpressure.isLagging || this.#running.has(connection)) return;
    this.#running.add(connection);
    const running = this.#run(connection)
      .finally(() => this.#running.delete(connection))
      .then(() => {
        // The client may have read the last events before this ended, and would not report that
        // again.
        if (!connection.isClosed && connection.backpressure.hasCapacity) this.drained(connection);
      });
    this.#options.background.run(running);
  }

  /** Gives up rooms that are still behind after the time limit; the client fetches them again. */
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

  /**
   * Sends one page of every room that is behind. Returns whether to go on: the client's buffer may
   * be full again.
   */
  async #takeTurns(connection: ChatConnection): Promise<boolean> {
    const behind = behindOf(connection);
    if (behind.length === 0) {
      // In the same tick in which the last position reaches its room's head: from here on all rooms
      // are live.
      this.#repair(connection, connection.backpressure.recover());
      return false;
    }
    for (const subscription of behind) {
      if (subscription.state !== 'lagging') continue; // It may have closed while another room was read.
      const { stream, position } = subscription;
      const page = stream.recentEventsAfter(position, PAGE) ?? (await this.#read(stream, position));
      if (connection.isClosed) return false;
      if (subscription.state !== 'lagging' || subscription.position !== position) continue;
      for (const event of page) {
        if (!connection.backpressure.hasCapacity) return false;
        subscription.receiveMissed(event);
      }
      // Without progress, the same page would follow for ever: the next event is missing.
      if (subscription.position === position) this.#options.resync(subscription);
    }
    return true;
  }

  /**
   * Empty if the events after the position, or the whole room, were deleted.
   *
   * @throws if the events are of a former log: by now the client may have the next one.
   */
  async #read(stream: ConnectionStream, position: number): Promise<readonly RoomEvent[]> {
    const { epoch } = stream;
    const page = await this.#options.log.readEvents(stream.room.id, position, PAGE);
    const { head, firstSequence, events } = page;
    // If the log is another one, no subscription lags any more.
    if (head !== undefined && !stream.follow(head.epoch, epoch)) {
      throw new Error('Read a former log');
    }
    return firstSequence > position + 1 ? [] : events;
  }

  #repair(connection: ChatConnection, stale: readonly RoomId[]): void {
    const { sendParticipants, sendActivity } = this.#options;
    for (const roomId of stale) {
      const subscription = connection.openRoom(roomId);
      if (subscription !== undefined) sendParticipants(subscription);
    }
    // A client whose room was given up was informed, and fetches that room again.
    const elsewhere = stale.filter((id) => !connection.subscriptions.has(id));
    if (elsewhere.length > 0) sendActivity(connection, elsewhere);
  }
}

function behindOf({ subscriptions }: ChatConnection): Subscription[] {
  return subscriptions.values().filter(({ state }) => state === 'lagging');
}
