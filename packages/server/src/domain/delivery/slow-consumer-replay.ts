/**
 * Brings a connection that lagged what it missed, from the tails of its rooms or
 * from the store: rooms in turn, a page each, so that none waits for a loud one.
 */
import type { RoomId } from '@parley/protocol';
import type { RoomEvent } from '../../model/entities.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogStore } from '../../ports/event-log.ts';
import type { Background } from '../primitives/background-tasks.ts';
import type { ChatConnection } from './connection.ts';
import type { Participant } from './room-stream.ts';

/** Events of one room in its turn. */
const PAGE = 100;
/** Before the store is asked again, where it could not answer. */
const RETRY_MS = 1000;

export interface CatchUpOptions {
  readonly log: LogStore;
  readonly clock: Clock;
  readonly background: Background;
  /** Gives up a room that cannot be caught up. */
  readonly resync: (participant: Participant) => void;
  /** Sends the list of a room anew. */
  readonly sendMembers: (participant: Participant) => void;
  /** Sends anew what is unread in rooms that are not open. */
  readonly sendActivity: (connection: ChatConnection, roomIds: readonly RoomId[]) => void;
}

export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #running = new Set<ChatConnection>();

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** The client has read what waited for it. */
  drained(connection: ChatConnection): void {
    if (!connection.outlet.isLagging || this.#running.has(connection)) return;
    this.#running.add(connection);
    const running = this.#run(connection)
      .finally(() => this.#running.delete(connection))
      .then(() => {
        // What it was given last may have left before this was over: nobody would say so again.
        if (!connection.isClosed && connection.outlet.hasRoom) this.drained(connection);
      });
    this.#options.background.run(running);
  }

  /** What is still missing after all this time is given up; the client fetches those rooms anew. */
  giveUp(connection: ChatConnection): void {
    for (const participant of behindOf(connection)) this.#options.resync(participant);
    this.#repair(connection, connection.outlet.recover());
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
      this.#repair(connection, connection.outlet.recover());
      return false;
    }
    for (const participant of behind) {
      if (!isOpen(participant)) continue; // It may have closed while another room was read.
      const page = participant.stream.tailFor(participant, PAGE) ?? (await this.#read(participant));
      if (connection.isClosed) return false;
      if (!isOpen(participant)) continue;
      if (page.length === 0) this.#options.resync(participant);
      for (const event of page) {
        if (!connection.outlet.hasRoom) return false;
        participant.stream.deliverMissed(participant, event);
      }
    }
    return true;
  }

  /** Empty where what follows its place is gone, or the whole room is. */
  async #read(participant: Participant): Promise<readonly RoomEvent[]> {
    const { log } = this.#options;
    const { stream } = participant;
    const position = stream.positionOf(participant);
    const { firstSequence, events } = await log.readEvents(stream.room.id, position, PAGE);
    return firstSequence > position + 1 ? [] : events;
  }

  #repair(connection: ChatConnection, stale: readonly RoomId[]): void {
    const { sendMembers, sendActivity } = this.#options;
    const { openRooms, suspendedRooms } = connection;
    for (const roomId of stale) {
      const participant = openRooms.get(roomId);
      if (participant !== undefined) sendMembers(participant);
    }
    // Of one that was given up the client has heard, and fetches it anew.
    const elsewhere = stale.filter((id) => !openRooms.has(id) && !suspendedRooms.has(id));
    if (elsewhere.length > 0) sendActivity(connection, elsewhere);
  }
}

function isOpen(participant: Participant): boolean {
  const { connection, stream } = participant;
  return connection.openRooms.get(stream.room.id) === participant;
}

function behindOf(connection: ChatConnection): Participant[] {
  return [...connection.openRooms.values()].filter((participant) =>
    participant.stream.isBehind(participant),
  );
}
