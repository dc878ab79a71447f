/**
 * Things to be looked at later, by the tick at which they are due.
 *
 * Putting, moving and removing cost the same however many there are, and a tick
 * touches only what is due (WS-171). What is due beyond the wheel's reach comes
 * up early; its owner looks, and puts it back.
 */

/** At ticks of one second, one turn covers the default interval twice. */
const SLOT_COUNT = 64;

export interface WheelItem {
  /** The slot that holds the item; the wheel's own. */
  slot: number | undefined;
}

export class TimerWheel<Item extends WheelItem> {
  readonly #slots: Set<Item>[] = Array.from({ length: SLOT_COUNT }, () => new Set());
  #current = 0;

  /** Puts an item that is in no slot; it is due after so many ticks, at least one. */
  put(item: Item, ticks: number): void {
    const reach = Math.min(Math.max(Math.ceil(ticks), 1), SLOT_COUNT - 1);
    item.slot = (this.#current + reach) % SLOT_COUNT;
    this.#slots[item.slot]?.add(item);
  }

  remove(item: Item): void {
    if (item.slot !== undefined) this.#slots[item.slot]?.delete(item);
    item.slot = undefined;
  }

  /** All that are in a slot, in no order. */
  *items(): Iterable<Item> {
    for (const slot of this.#slots) yield* slot;
  }

  /** Moves on by one tick; what is due then is in no slot any more. */
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
