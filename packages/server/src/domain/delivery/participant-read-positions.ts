/**
 * The latest read position that was sent for each participant of a room. Clients that may have
 * missed these events are sent the positions again.
 */

import type { UserId } from '@parley/protocol';
import type { ChatEvent } from '../../model/client-event.ts';

export type ReadPositionUpdate = Extract<ChatEvent, { kind: 'read-position' }>;

export class ParticipantReadPositions {
  readonly #isParticipant: (userId: UserId) => boolean;
  readonly #positions = new Map<UserId, ReadPositionUpdate>();

  constructor(isParticipant: (userId: UserId) => boolean) {
    this.#isParticipant = isParticipant;
  }

  /** Positions of users who are not participants are ignored. */
  note(position: ReadPositionUpdate): void {
    if (this.#isParticipant(position.userId)) this.#positions.set(position.userId, position);
  }

  /** Whether the position is further than the last one that was sent for this user. */
  isNew(userId: UserId, sequence: number): boolean {
    return sequence > (this.#positions.get(userId)?.sequence ?? 0);
  }

  /** Must be called when a participant leaves. */
  forget(userId: UserId): void {
    this.#positions.delete(userId);
  }

  latest(): Iterable<ReadPositionUpdate> {
    return this.#positions.values();
  }
}
