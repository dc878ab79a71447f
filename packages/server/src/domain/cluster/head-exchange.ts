/**
 * Finds events that the bus has lost: nodes exchange the heads that they have moved, and compare
 * the rooms of their users with the store. A gap found is repaired by the room's stream; activity
 * in a room that is not open is reported to its members.
 */

import type { RoomId } from '@parley/protocol';
import type { RoomHead } from '../../model/bus-message.ts';
import type { KnownHead } from '../../model/moved-heads.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { ListedHead } from '../core/core-events.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

interface HeadExchangeOptions {
  readonly bus: Bus;
  readonly log: Pick<EventLog, 'readMovedHeads'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  readonly streams: Pick<RoomStreamRegistry, 'openRoomIds' | 'headOf' | 'learnHead'>;
  /** The rooms that connected users are members of. */
  readonly memberRooms: Pick<ReadonlyMap<RoomId, unknown>, 'has' | 'keys'>;
  /** Events are held back until this resolves: a session of their recipient may have ended. */
  readonly beforeComparing: () => Promise<void>;
  /** Called when another node has moved the head of one of these rooms. */
  readonly onMoved: (roomId: RoomId) => void;
  /** Called for an open room that is not in the store: another node has deleted it. */
  readonly onMissing: (roomId: RoomId) => void;
}

const INTERVAL_MS = 1000;
/** Maximum number of rooms that are compared with the store at once. */
const ROOMS_COMPARED_MAX = 2000;

export class HeadExchange {
  readonly #options: HeadExchangeOptions;
  /** Heads that this node has moved since they were last published. */
  readonly #moved = new Map<RoomId, RoomHead>();
  /** The last heads of members' rooms, as far as this node has received or read them. */
  readonly #known = new Map<RoomId, RoomHead>();
  /** Rooms that the current round has not compared yet. */
  #remaining: RoomId[] = [];
  #isComparing = false;
  #timer: Timer | undefined;
  #unsubscribers: Unsubscribe[] = [];

  constructor(options: HeadExchangeOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { bus } = this.#options;
    this.#unsubscribers = [
      await bus.subscribe('nodes', 'all', (message) => {
        if (message.kind !== 'heads') return;
        for (const head of message.heads) this.#learn(head, { isNew: true });
      }),
      bus.onReconnected(() => this.#compareAll()),
    ];
    this.#runLater();
  }

  /** Notes an event that this node has committed. */
  note({ roomId, sequence, epoch }: RoomEvent): void {
    const noted = this.#moved.get(roomId);
    if (noted?.epoch === epoch && noted.sequence > sequence) return;
    const head = { roomId, sequence, epoch };
    this.#moved.set(roomId, head);
    this.#know(head);
  }

  /** Notes the heads that a client has been sent: activity after them is reported to it. */
  noteListed(listed: readonly ListedHead[]): void {
    for (const { room, head } of listed) {
      const { sequence, epoch } = head;
      const known = this.#known.get(room.id);
      if (known === undefined) this.#know({ roomId: room.id, sequence, epoch });
      // The head moved after the list was read: the report may have preceded the list.
      else if (known.epoch === epoch && known.sequence > sequence) this.#options.onMoved(room.id);
    }
  }

  /** Seconds within which each room is compared with the store. */
  get roundSeconds(): number {
    return Math.max(1, Math.ceil(this.#roomIds().length / ROOMS_COMPARED_MAX));
  }

  close(): void {
    this.#timer?.cancel();
    for (const unsubscribe of this.#unsubscribers) unsubscribe();
  }

  #runLater(): void {
    this.#timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      this.#publish();
      if (!this.#isComparing) this.#options.background.run(this.#compareSome());
      this.#runLater();
    });
  }

  #publish(): void {
    if (this.#moved.size === 0) return;
    const heads = [...this.#moved.values()];
    this.#moved.clear();
    this.#options.bus.publish('nodes', 'all', { kind: 'heads', heads });
  }

  /** Compares the rooms of one second: the number of rooms bounds how long a round takes. */
  async #compareSome(): Promise<void> {
    if (this.#remaining.length === 0) this.#beginRound();
    await this.#compare(this.#remaining.splice(0, ROOMS_COMPARED_MAX));
  }

  /** After a time without the bus: any room may have moved. */
  #compareAll(): void {
    this.#beginRound();
    if (!this.#isComparing) this.#options.background.run(this.#compareSome());
  }

  #beginRound(): void {
    this.#remaining = this.#roomIds();
    const { memberRooms } = this.#options;
    for (const roomId of this.#known.keys()) {
      if (!memberRooms.has(roomId)) this.#known.delete(roomId);
    }
  }

  /** Open rooms first: their clients miss whole events. */
  #roomIds(): RoomId[] {
    const { streams, memberRooms } = this.#options;
    return [...new Set([...streams.openRoomIds(), ...memberRooms.keys()])];
  }

  /** @param how `isNew`: the head has just moved, rather than some time before the comparison. */
  #learn(head: RoomHead, { isNew }: { readonly isNew: boolean }): void {
    const { streams, onMoved } = this.#options;
    streams.learnHead(head);
    const known = this.#known.get(head.roomId);
    if (known === undefined ? isNew : isBehind(known, head)) onMoved(head.roomId);
    if (known === undefined || isBehind(known, head)) this.#know(head);
  }

  #know(head: RoomHead): void {
    if (this.#options.memberRooms.has(head.roomId)) this.#known.set(head.roomId, head);
  }

  /** The head of a room, if learning it once more would change nothing. */
  #agreedHead(roomId: RoomId): KnownHead['head'] {
    const { streams, memberRooms } = this.#options;
    const [known, ofStream] = [this.#known.get(roomId), streams.headOf(roomId)];
    if (known === undefined) return memberRooms.has(roomId) ? undefined : ofStream;
    if (ofStream === undefined) return known;
    return isBehind(known, ofStream) || isBehind(ofStream, known) ? undefined : known;
  }

  async #compare(roomIds: readonly RoomId[]): Promise<void> {
    if (roomIds.length === 0) return;
    this.#isComparing = true;
    try {
      await this.#options.beforeComparing();
      const known = roomIds.map((roomId) => ({ roomId, head: this.#agreedHead(roomId) }));
      const { moved, missing } = await this.#options.log.readMovedHeads(known);
      for (const { roomId, head } of moved) {
        const { sequence, epoch } = head;
        this.#learn({ roomId, sequence, epoch }, { isNew: false });
      }
      for (const roomId of missing) this.#options.onMissing(roomId);
    } finally {
      this.#isComparing = false;
    }
  }
}

type Head = Pick<RoomHead, 'sequence' | 'epoch'>;

function isBehind(known: Head, { sequence, epoch }: Head): boolean {
  return known.epoch !== epoch || known.sequence < sequence;
}
