/**
 * Items to be checked later, at the tick when they are due.
 *
 * Adding, moving and removing take constant time, and a tick touches only due items. An item that
 * is due beyond the span of the wheel comes up early; its owner checks it and adds it again.
 */

/** With ticks of one second, one turn covers the default interval twice. */
const SLOT_COUNT = 64;

export interface WheelItem {
  /** The slot that holds the item; used by the wheel only. */
  slot: number | undefined;
}

export class TimerWheel<Item extends WheelItem> {
  readonly #slots: Set<Item>[] = Array.from({ length: SLOT_COUNT }, () => new Set());
  #current = 0;

  /** Adds an item that is in no slot; it is due after this many ticks, at least one. */
  put(item: Item, ticks: number): void {
    const reach = Math.min(Math.max(Math.ceil(ticks), 1), SLOT_COUNT - 1);
    item.slot = (this.#current + reach) % SLOT_COUNT;
    this.#slots[item.slot]?.add(item);
  }

  remove(item: Item): void {
    if (item.slot !== undefined) this.#slots[item.slot]?.delete(item);
    item.slot = undefined;
  }

  /** All items in slots, in no particular order. */
  *items(): Iterable<Item> {
    for (const slot of this.#slots) yield* slot;
  }

  /** Advances by one tick, and removes due items from their slots. */
  advance(): readonly Item[] {
    this.#current = (this.#current + 1) % SLOT_COUNT;
    const due = this.#slots[this.#current];
    if (due === undefined || due.size === 0) return [];
    const items = [...due];
    due.clear();
    for (const item of items) item.slot = undefined;
    return items;
  }
}
