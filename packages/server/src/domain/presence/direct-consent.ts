/**
 * Which users of direct rooms the other user may see. Users who ask before strangers add them are not
 * seen by a stranger who writes to them, until they answer.
 *
 * In memory for the rooms that are open on this node, because presence is sent without a read of the
 * store. A room that is used after a minute is read again: users meet in groups, and change their
 * choice.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InvitationStore } from '../../ports/invitation-store.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { BatchedWork } from '../primitives/batched-work.ts';
import type { DomainSettings } from '../settings.ts';

export interface DirectConsentDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly invitations: Pick<InvitationStore, 'listHiddenInDirectRooms'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  /** Called when a user of an open room becomes visible to the other, or hidden. */
  readonly onChanged: (userId: UserId, room: Room) => void;
}

interface RoomConsent {
  readonly hidden: ReadonlySet<UserId>;
  readonly readAtMs: number;
}

const READ_AGAIN_MS = 60_000;
/** Maximum number of rooms that are read together. */
const ROOMS_TOGETHER_MAX = 200;
/** Number of rooms above which those that are not open are forgotten. */
const ROOMS_KEPT = 10_000;
const NONE: ReadonlySet<UserId> = new Set();

export class DirectConsent {
  readonly #dependencies: DirectConsentDependencies;
  readonly #rooms = new Map<RoomId, RoomConsent>();
  readonly #reading: BatchedWork<RoomId, Room>;
  /** Users who have answered while rooms are read, for each read. */
  readonly #answers = new Set<ReadonlyMap<RoomId, Set<UserId>>>();
  #forgetAbove = ROOMS_KEPT;

  constructor(dependencies: DirectConsentDependencies) {
    this.#dependencies = dependencies;
    const { clock, background } = dependencies;
    this.#reading = new BatchedWork({
      ...{ clock, background, batchMax: ROOMS_TOGETHER_MAX },
      run: (rooms) => this.#read(rooms),
    });
  }

  close(): void {
    this.#reading.close();
  }

  /** Whether a user of this room is hidden from the other. A room that was not read hides both. */
  hides(room: Room, userId: UserId): boolean {
    if (room.kind !== 'direct') return false;
    const known = this.#rooms.get(room.id);
    if (known === undefined || this.#isDue(known)) this.#reading.add(room.id, room);
    return known === undefined || known.hidden.has(userId);
  }

  /**
   * Reads direct rooms that were not read before, or in which a user is hidden. Undefined if there are
   * none.
   */
  load(rooms: readonly Room[]): Promise<void> | undefined {
    const due = rooms.filter(({ id, kind }) => {
      if (kind !== 'direct') return false;
      const known = this.#rooms.get(id);
      return known === undefined || known.hidden.size > 0 || this.#isDue(known);
    });
    return due.length === 0 ? undefined : this.#read(due);
  }

  /** Reads a direct room that was never read; undefined if there is nothing to read. */
  loadOnce(room: Room): Promise<void> | undefined {
    return this.#rooms.has(room.id) ? undefined : this.load([room]);
  }

  /** A message is an answer. */
  note(event: RoomEvent): void {
    if (event.kind !== 'message') return;
    const { roomId } = event;
    const { userId } = event.message;
    for (const answers of this.#answers) answers.get(roomId)?.add(userId);
    const known = this.#rooms.get(roomId);
    if (known?.hidden.has(userId) !== true) return;
    this.#rooms.set(roomId, { ...known, hidden: without(known.hidden, new Set([userId])) });
    const room = this.#dependencies.streams.get(roomId)?.room;
    if (room !== undefined) this.#dependencies.onChanged(userId, room);
  }

  #isDue({ readAtMs }: RoomConsent): boolean {
    return this.#dependencies.clock.monotonicMs() - readAtMs >= READ_AGAIN_MS;
  }

  async #read(rooms: readonly Room[]): Promise<void> {
    const { clock, invitations, onChanged, settings } = this.#dependencies;
    const readAtMs = clock.monotonicMs();
    const ids = rooms.map(({ id }) => id);
    const answers = new Map(ids.map((id) => [id, new Set<UserId>()]));
    this.#answers.add(answers);
    try {
      const asksByDefault = settings.askBeforeStrangers;
      const hiddenIn = await invitations.listHiddenInDirectRooms(ids, asksByDefault);
      for (const room of rooms) {
        const hidden = without(hiddenIn.get(room.id) ?? NONE, answers.get(room.id) ?? NONE);
        const known = this.#rooms.get(room.id)?.hidden ?? hidden;
        this.#rooms.set(room.id, { hidden, readAtMs });
        for (const id of without(hidden, known)) onChanged(id, room);
        for (const id of without(known, hidden)) onChanged(id, room);
      }
      this.#forgetUnused();
    } finally {
      this.#answers.delete(answers);
    }
  }

  #forgetUnused(): void {
    if (this.#rooms.size <= this.#forgetAbove) return;
    for (const id of this.#rooms.keys()) {
      if (this.#dependencies.streams.get(id) === undefined) this.#rooms.delete(id);
    }
    this.#forgetAbove = Math.max(ROOMS_KEPT, this.#rooms.size * 2);
  }
}

function without(users: ReadonlySet<UserId>, others: ReadonlySet<UserId>): ReadonlySet<UserId> {
  return users.size === 0 ? NONE : new Set([...users].filter((id) => !others.has(id)));
}
