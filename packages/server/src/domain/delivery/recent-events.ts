/** The latest events of a room in memory, in order and without gaps, without deleted texts. */

import type { MessageId } from '@parley/protocol';
import { TOMBSTONE } from '../../model/message.ts';
import { eventBytes } from '../../model/page-bytes.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Cache, ClientMemoryBudget } from './client-memory-budget.ts';

/** Maximum bytes of the latest events of a room that are kept when they are trimmed. */
const BYTES_MAX = 512 * 1024;

export class RecentEvents implements Cache {
  readonly #eventsMax: number;
  readonly #budget: Pick<ClientMemoryBudget, 'noteCache'>;
  #events: RoomEvent[] = [];
  #bytes = 0;

  constructor(eventsMax: number, budget: Pick<ClientMemoryBudget, 'noteCache'>) {
    this.#eventsMax = eventsMax;
    this.#budget = budget;
  }

  /** Adds the event that follows the last one. */
  push(event: RoomEvent): void {
    if (event.kind === 'deletion') this.#erase(event.messageId);
    this.#events.push(event);
    this.#bytes += eventBytes(event);
    // Trim rarely: removing from the front of an array is slow.
    if (this.#events.length >= 2 * this.#eventsMax || this.#bytes >= 2 * BYTES_MAX) this.#trim();
    this.#budget.noteCache(this, this.#bytes);
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
    this.#bytes = 0;
    this.#budget.noteCache(this, 0);
  }

  evict(): void {
    this.clear();
  }

  /** Drops the oldest events until the others fit, in number and in bytes; the latest one stays. */
  #trim(): void {
    let count = this.#events.length;
    for (const event of this.#events) {
      const isFitting = count <= this.#eventsMax && this.#bytes <= BYTES_MAX;
      if (isFitting || count === 1) break;
      count -= 1;
      this.#bytes -= eventBytes(event);
    }
    this.#events = this.#events.slice(-count);
  }

  #erase(messageId: MessageId): void {
    this.#events = this.#events.map((event) => {
      if (event.kind === 'message' && event.message.id === messageId) {
        return { ...event, message: { ...event.message, ...TOMBSTONE } };
      }
      if (event.kind !== 'edit' || event.messageId !== messageId) return event;
      const { content: _, editedAtMs: __, ...rest } = event;
      return { ...rest, kind: 'deletion' };
    });
    this.#bytes = this.#events.reduce((sum, event) => sum + eventBytes(event), 0);
  }
}
