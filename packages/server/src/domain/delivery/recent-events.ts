/** The latest events of a room in memory, in order and without holes. A deleted text is not among them. */

import type { MessageId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';

export class RecentEvents {
  readonly #eventsMax: number;
  #events: RoomEvent[] = [];

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
  }

  /** Takes the event that follows the last one. */
  push(event: RoomEvent): void {
    if (event.kind === 'deletion') this.#erase(event.messageId);
    this.#events.push(event);
    // Cut seldom and by half: an array is no queue.
    if (this.#events.length >= 2 * this.#eventsMax) {
      this.#events = this.#events.slice(-this.#eventsMax);
    }
  }

  /** Whether it has every event above a sequence, up to its end. */
  reaches(sequence: number): boolean {
    const oldest = this.#events[0];
    return oldest !== undefined && oldest.sequence <= sequence + 1;
  }

  /** The events above a sequence that it reaches, at most so many. */
  after(sequence: number, limit = Number.POSITIVE_INFINITY): readonly RoomEvent[] {
    const first = sequence + 1 - (this.#events[0]?.sequence ?? 0);
    return this.#events.slice(Math.max(0, first), first + limit);
  }

  /** Lets go of all of it; what follows is taken as before. */
  clear(): void {
    this.#events = [];
  }

  #erase(messageId: MessageId): void {
    this.#events = this.#events.map((event) => {
      if (event.kind === 'message' && event.message.id === messageId) {
        return { ...event, message: toTombstone(event.message) };
      }
      if (event.kind !== 'edit' || event.messageId !== messageId) return event;
      const { content: _, editedAtMs: __, ...place } = event;
      return { ...place, kind: 'deletion' };
    });
  }
}

function toTombstone(message: Message): Message {
  return {
    ...message,
    content: '',
    editedAtMs: undefined,
    isDeleted: true,
    isPinned: false,
    reactions: [],
    attachments: [],
  };
}
