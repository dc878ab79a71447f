/**
 * A typed, synchronous event hub: each listener runs before `emit` returns, in a fixed order. The
 * owners named in `order` come first, the others after them in the order in which they registered.
 */

import assert from 'node:assert/strict';

type Listener<Args extends readonly unknown[]> = (...args: Args) => unknown;

interface Registered {
  readonly owner: string;
  readonly listener: Listener<never>;
}

/** Events by name, with what their listeners are called with. */
type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] };

export class EventHub<Events extends EventMap<Events>> {
  readonly #order: Partial<Record<keyof Events, readonly string[]>>;
  readonly #absent: ReadonlySet<string>;
  readonly #listeners = new Map<keyof Events, readonly Registered[]>();

  /** @param absent Owners that are not heard: what they do is done elsewhere. */
  constructor(
    order: Partial<Record<keyof Events, readonly string[]>> = {},
    absent: ReadonlySet<string> = new Set(),
  ) {
    this.#order = order;
    this.#absent = absent;
  }

  /** @param owner What listens; each owner listens to an event once. */
  on<Name extends keyof Events>(name: Name, owner: string, listener: Listener<Events[Name]>): void {
    if (this.#absent.has(owner)) return;
    const registered = this.#listeners.get(name) ?? [];
    assert(!registered.some((other) => other.owner === owner), `${owner} listens already`);
    const order = this.#order[name] ?? [];
    const rankOf = (each: Registered) => {
      const rank = order.indexOf(each.owner);
      return rank === -1 ? order.length : rank;
    };
    const all = [...registered, { owner, listener }];
    this.#listeners.set(
      name,
      all.sort((one, other) => rankOf(one) - rankOf(other)),
    );
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    for (const { listener } of this.#listeners.get(name) ?? []) {
      (listener as Listener<Events[Name]>)(...args);
    }
  }

  /** As `emit`, for listeners that return promises: each runs when the one before it has ended. */
  async emitInTurn<Name extends keyof Events>(name: Name, ...args: Events[Name]): Promise<void> {
    for (const { listener } of this.#listeners.get(name) ?? []) {
      await (listener as Listener<Events[Name]>)(...args);
    }
  }

  /** The owners of the listeners of each event, in their order. */
  get owners(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      [...this.#listeners].map(([name, all]) => [String(name), all.map(({ owner }) => owner)]),
    );
  }
}
