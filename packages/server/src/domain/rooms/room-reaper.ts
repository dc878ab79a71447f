/**
 * Deletes unused rooms: a temporary room as soon as no connection has it open, a room without
 * messages after a while. Other rooms with messages stay, unless users delete them: then it ends what
 * they have begun.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { AccessLostAnnouncer } from '../delivery/access-lost-announcer.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';
import { retryWhileUnavailable } from '../primitives/retry-while-unavailable.ts';
import { isTemporary } from './room-name.ts';

/** Interval between two searches for rooms whose deletion failed, as while the store was down. */
const COLLECT_MS = 60 * 60 * 1000;
/** Time that the creator of a room has to open it. */
const OPENING_MS = 60 * 1000;

/** Time that the other nodes have to report that a user of theirs has a room open. */
const ANSWER_MS = 2000;
/** Keys or memberships deleted in one step. */
export const ROWS_PER_STEP = 500;
/** Events deleted in one step: a message leaves several indexes, which takes half a millisecond. */
const EVENTS_PER_STEP = 10;

interface Deletion {
  readonly ended: Promise<void>;
  /** Whether a connection waits to open the room. */
  isAwaited: boolean;
}

export class RoomReaper {
  readonly #nodes: Pick<OtherNodes, 'isShared' | 'isUp'>;
  readonly #rooms: RoomStore;
  readonly #streams: RoomStreamRegistry;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #background: BackgroundTasks;
  readonly #log: Pick<EventLog, 'deleteMessagesOlderThan'>;
  readonly #accessLost: Pick<AccessLostAnnouncer, 'announceUnlogged'>;
  readonly #timeoutMs: number;
  readonly #timers = new Map<RoomId, Timer>();
  readonly #deletions = new Map<RoomId, Deletion>();
  readonly #collection: Repeated;
  #isClosed = false;

  constructor(dependencies: {
    readonly nodes: Pick<OtherNodes, 'isShared' | 'isUp'>;
    readonly log: Pick<EventLog, 'deleteMessagesOlderThan'>;
    readonly rooms: RoomStore;
    readonly streams: RoomStreamRegistry;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly background: BackgroundTasks;
    readonly accessLost: Pick<AccessLostAnnouncer, 'announceUnlogged'>;
    readonly timeoutMs: number;
  }) {
    this.#nodes = dependencies.nodes;
    this.#log = dependencies.log;
    this.#rooms = dependencies.rooms;
    this.#streams = dependencies.streams;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#background = dependencies.background;
    this.#accessLost = dependencies.accessLost;
    this.#timeoutMs = dependencies.timeoutMs;
    this.#collection = repeated(dependencies, COLLECT_MS, async () => {
      await this.#finishAll();
      await this.#collect(this.#clock.nowMs() - OPENING_MS);
    });
  }

  /** Deletes what an earlier run has left, then checks every hour. */
  async begin(): Promise<void> {
    // A room with many messages does not hold up the start.
    this.#background.run(retryWhileUnavailable(this.#clock, () => this.#finishAll()));
    await this.#collect(Number.POSITIVE_INFINITY);
    this.#collection.beginLater();
  }

  becameEmpty(room: Room): void {
    if (room.kind !== 'room' || this.#isOpen(room.id)) return;
    if (isTemporary(room.nameKey)) this.#background.run(this.#delete(room));
    else this.#deleteLater(room);
  }

  /**
   * Resolves when the running deletion of a room has ended; undefined if there is none. Until then
   * no connection may open the room: what it sends would be acknowledged and deleted.
   */
  endOfDeletion({ id }: Room): Promise<void> | undefined {
    const deletion = this.#deletions.get(id);
    if (deletion !== undefined) deletion.isAwaited = true;
    return deletion?.ended;
  }

  isUsed({ id }: Room): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    this.#collection.close();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** Closes a deleted room on all connections of its members, on all nodes. */
  closeFor(userIds: readonly UserId[], roomId: RoomId): void {
    for (const userId of userIds) this.#accessLost.announceUnlogged(userId, roomId, 'deleted');
  }

  /** Deletes a room that is hidden, in steps. Another node may do the same. */
  finish(roomId: RoomId): Promise<void> {
    return retryWhileUnavailable(this.#clock, () => this.#finish(roomId));
  }

  async #finish(roomId: RoomId): Promise<void> {
    let ended: readonly UserId[];
    do {
      if (this.#isClosed) return;
      ended = await this.#rooms.endMemberships(roomId, ROWS_PER_STEP);
      this.closeFor(ended, roomId);
    } while (ended.length === ROWS_PER_STEP);
    const cut = { beforeMs: Number.MAX_SAFE_INTEGER, eventsMax: EVENTS_PER_STEP };
    for (let hasMore = true; hasMore; ) {
      ({ hasMore } = await this.#log.deleteMessagesOlderThan(roomId, cut));
      if (this.#isClosed) return;
    }
    await this.#deleteEmptied(roomId);
    this.#streams.forget(roomId);
    this.#logger.record({ event: 'room.deleted', roomId });
  }

  async #finishAll(): Promise<void> {
    let after: RoomId | undefined;
    do {
      if (this.#isClosed) return;
      const hidden = await this.#rooms.listHiddenRooms(after, ROWS_PER_STEP);
      for (const roomId of hidden) await this.#finish(roomId);
      after = hidden.length < ROWS_PER_STEP ? undefined : hidden.at(-1);
    } while (after !== undefined);
  }

  /** Whether a connection of this node or, as far as is known, of another one has the room open. */
  #isOpen(roomId: RoomId): boolean {
    return (
      this.#streams.isUsed(roomId) || this.#streams.get(roomId)?.participants.isEmpty === false
    );
  }

  async #collect(bornBeforeMs: number): Promise<void> {
    let after: RoomId | undefined;
    do {
      const { rooms, next } = await this.#rooms.listUnusedRooms(after);
      for (const room of rooms) {
        const isExpected = room.createdAtMs >= bornBeforeMs || this.#timers.has(room.id);
        if (!isExpected && !this.#isOpen(room.id)) this.becameEmpty(room);
      }
      after = next;
    } while (after !== undefined && !this.#isClosed);
  }

  #deleteLater(room: Room): void {
    this.#timers.get(room.id)?.cancel();
    const timer = this.#clock.schedule(this.#timeoutMs, () => {
      this.#timers.delete(room.id);
      if (!this.#isOpen(room.id)) this.#background.run(this.#delete(room));
    });
    this.#timers.set(room.id, timer);
  }

  /** Whether a user of another node has the room open, or may have it open. */
  async #isOpenElsewhere(room: Room): Promise<boolean> {
    if (!this.#nodes.isShared) return false;
    const stream = await this.#streams.use(room); // Asks the other nodes.
    try {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#clock.schedule(ANSWER_MS, resolve);
      await promise;
      return !this.#nodes.isUp || !stream.participants.isEmpty;
    } finally {
      this.#streams.release(stream);
    }
  }

  async #delete(room: Room): Promise<void> {
    const { id: roomId } = room;
    const isOpen = (await this.#isOpenElsewhere(room)) || this.#isOpen(roomId);
    if (isOpen || this.#isClosed || this.#deletions.has(roomId)) return;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const deletion: Deletion = { ended, isAwaited: false };
    this.#deletions.set(roomId, deletion);
    try {
      const isDeleted = isTemporary(room.nameKey)
        ? await this.#deleteWithMessages(roomId, deletion)
        : // The store checks again: a message may have been sent since.
          await this.#rooms.deleteUnusedRoom(roomId);
      if (isDeleted) this.#logger.record({ event: 'room.deleted', roomId });
    } finally {
      // Its recent events are no longer those of the store.
      this.#streams.forget(roomId);
      this.#deletions.delete(roomId);
      resolve();
    }
  }

  async #deleteWithMessages(roomId: RoomId, deletion: Deletion): Promise<boolean> {
    // In steps: a large room must not hold up commits. A client that opens it meanwhile keeps the rest.
    const cut = { beforeMs: Number.MAX_SAFE_INTEGER, eventsMax: EVENTS_PER_STEP };
    for (let hasMore = true; hasMore; ) {
      ({ hasMore } = await this.#log.deleteMessagesOlderThan(roomId, cut));
      // The stream is kept until the end: it shows who has opened the room on another node.
      const isKept = this.#isOpen(roomId) || (hasMore && deletion.isAwaited);
      if (isKept || this.#isClosed) return false;
    }
    return this.#deleteEmptied(roomId);
  }

  async #deleteEmptied(roomId: RoomId): Promise<boolean> {
    while (!(await this.#rooms.deleteRoom(roomId, ROWS_PER_STEP))) {
      if (this.#isClosed) return false;
    }
    this.#streams.send(roomId, { kind: 'gone' });
    return true;
  }
}
