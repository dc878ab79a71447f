/** What was written but not sent, per room, for as long as the page is open. */
import type { RoomId } from '@parley/client';

/** Rooms whose drafts are kept; above it the one that was touched longest ago goes. */
export const DRAFTS_MAX = 200;

export class Drafts {
  readonly #texts = new Map<RoomId, string>();

  read(roomId: RoomId): string {
    return this.#texts.get(roomId) ?? '';
  }

  write(roomId: RoomId, text: string): void {
    // Taken out first, so that it moves to the end of the map's order.
    this.#texts.delete(roomId);
    if (text !== '') this.#texts.set(roomId, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > DRAFTS_MAX && oldest !== undefined) this.#texts.delete(oldest);
  }
}
