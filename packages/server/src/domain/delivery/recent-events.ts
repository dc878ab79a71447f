/** The latest events of a room in memory, in order and without gaps, without deleted texts. */

import type { MessageId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';

export class RecentEvents {
  readonly #eventsMax: number;
  #events: RoomEvent[] = [];

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
  }

  /** Adds the event that follows the last one. */
  push(event: RoomEvent): void {
    if (event.kind === 'deletion') this.#erase(event.messageId);
    this.#events.push(event);
    // Trim rarely: removing from the front of an array is slow.
    if (this.#events.length >= 2 * this.#eventsMax) {
      this.#events = this.#events.slice(-this.#eventsMax);
    }
  }

  /** Whether it has every event above a sequence. */
  reaches(sequence: number): boolean {
    const oldest = this.#events[0];
    return oldest !== undefined && oldest.sequence <= sequence + 1;
  }

  /** The events above a sequence that `reaches` covers, at most `limit`. */
  after(sequence: number, limit = Number.POSITIVE_INFINITY): readonly RoomEvent[] {
    const first = sequence + 1 - (this.#events[0]?.sequence ?? 0);
    return this.#events.slice(Math.max(0, first), first + limit);
  }

  /** Drops all events; later events are added as before. */
  clear(): void {
    this.#events = [];
  }

  #erase(messageId: MessageId): void {
    this.#events = this.#events.map((event) => {
      if (event.kind === 'message' && event.message.id === messageId) {
        return { ...event, message: toTombstone(event.message) };
      }
      if (event.kind !== 'edit' || event.messageId !== messageId) return event;
      const { content: _, editedAtMs: __, ...rest } = event;
      return { ...rest, kind: 'deletion' };
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
