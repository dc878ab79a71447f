/**
 * Maps the outbox's recipients: a room, or the other person in direct conversations, whose room
 * may not be known yet.
 */
import type { RoomId } from '@parley/protocol';
import { recipientOf } from '../outbox/recipient-key.ts';
import type { Store } from '../store.ts';
import type { FlatRooms } from './flat-rooms.ts';
import type { FlatSnapshot } from './flat-snapshot.ts';

export interface OutboxKeysDependencies {
  readonly store: Store<FlatSnapshot>;
  readonly rooms: FlatRooms;
}

export class OutboxKeys {
  readonly #dependencies: OutboxKeysDependencies;

  constructor(dependencies: OutboxKeysDependencies) {
    this.#dependencies = dependencies;
  }

  /** All keys with entries, sent or not. */
  get inUse(): ReadonlySet<RoomId> {
    return new Set(this.#dependencies.store.getSnapshot().outbox.map(({ roomId }) => roomId));
  }

  /** Whether the socket accepts messages under this key now. */
  isLive(key: RoomId): boolean {
    const { store, rooms } = this.#dependencies;
    if (store.getSnapshot().connection.kind !== 'open') return false;
    return recipientOf(key) !== undefined || rooms.get(key)?.isLive === true;
  }

  /**
   * Whether HTTP accepts messages under this key: always for a person, for a room only
   * while it is held and the user may be a member.
   */
  canPost(key: RoomId): boolean {
    const membership = this.#dependencies.rooms.get(key)?.membership ?? 'none';
    return recipientOf(key) !== undefined || membership !== 'none';
  }

  /**
   * The server forbids messages under this key over HTTP. Returns whether the reason may be
   * that the user has not joined the room yet: then messages wait for the join.
   */
  awaitJoin(key: RoomId): boolean {
    const { rooms } = this.#dependencies;
    if (rooms.get(key)?.membership !== 'unknown') return false;
    rooms.change(key, () => ({ membership: 'none' }));
    return true;
  }

  /** Whether a message under this key still waits to be sent. */
  hasUnsent(roomId: RoomId): boolean {
    const { store, rooms } = this.#dependencies;
    const key = rooms.get(roomId)?.outboxKey;
    const { outbox } = store.getSnapshot();
    return outbox.some((entry) => entry.roomId === key && entry.state.kind !== 'failed');
  }

  /** Names the other person of a conversation, unless known. */
  name(roomId: RoomId, outboxKey: RoomId): void {
    const { rooms } = this.#dependencies;
    if (rooms.get(roomId)?.outboxKey === roomId) rooms.change(roomId, () => ({ outboxKey }));
  }
}
