/**
 * Items to be checked later. Adding, moving and removing take constant time, and a tick touches
 * only due items. Items that are due beyond the span of the wheel come up early; their owner adds
 * them again. Pure: times are arguments.
 */

/** With ticks of one second, one turn covers the default interval twice. */
const SLOT_COUNT = 64;

export interface WheelItem {
  /** The slot that holds the item; used by the wheel only. */
  slot: number | undefined;
}

export class TimerWheel<Item extends WheelItem> {
  readonly #slots: Set<Item>[] = Array.from({ length: SLOT_COUNT }, () => new Set());
  tickMs = 1_000;
  #current = 0;
  #nowMs = 0;

  /** Ticks begin now, after a time without any, or continue at another interval. */
  start(nowMs: number, tickMs = this.tickMs): void {
    this.#nowMs = nowMs;
    this.tickMs = tickMs;
  }

  /** Adds or moves an item; it is due at the first tick from this time on. */
  put(item: Item, dueMs: number): void {
    this.remove(item);
    const ticks = Math.ceil((dueMs - this.#nowMs) / this.tickMs);
    const reach = Math.min(Math.max(ticks, 1), SLOT_COUNT - 1);
    item.slot = (this.#current + reach) % SLOT_COUNT;
    this.#slots[item.slot]?.add(item);
  }

  remove(item: Item): void {
    if (item.slot !== undefined) this.#slots[item.slot]?.delete(item);
    item.slot = undefined;
  }

  *items(): Iterable<Item> {
    for (const slot of this.#slots) yield* slot;
  }

  /** The items that are due by now, removed from their slots. */
  *advance(nowMs: number): Iterable<Item> {
    while (this.#nowMs + this.tickMs <= nowMs) {
      this.#nowMs += this.tickMs;
      this.#current = (this.#current + 1) % SLOT_COUNT;
      const items = [...(this.#slots[this.#current] ?? [])];
      for (const item of items) this.remove(item);
      yield* items;
    }
  }
}
