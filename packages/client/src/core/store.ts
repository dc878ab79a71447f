/**
 * Holds the client's state: an immutable snapshot, replaced as a whole, and its
 * listeners. Made for `useSyncExternalStore`.
 */
/** One field of a snapshot, for a component that needs no other. */
export interface Cell<Value> {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
}

export class Store<Snapshot extends object> {
  #snapshot: Snapshot;
  readonly #listeners = new Set<() => void>();

  constructor(initial: Snapshot) {
    this.#snapshot = Object.freeze(initial);
  }

  /** The same object until something changes. */
  readonly getSnapshot = (): Snapshot => this.#snapshot;

  /** Returns a function that ends the subscription. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  cell<Key extends keyof Snapshot>(key: Key): Cell<Snapshot[Key]> {
    return {
      get: () => this.#snapshot[key],
      set: (value) => {
        const change: Partial<Snapshot> = {};
        change[key] = value;
        this.update(change);
      },
    };
  }

  /** A field that is the same object as before is not a change. */
  update(change: Partial<Snapshot>): void {
    const next = { ...this.#snapshot, ...change };
    // Keys of Partial<Snapshot> are keys of Snapshot.
    const keys = Object.keys(change) as (keyof Snapshot)[];
    if (keys.every((key) => Object.is(next[key], this.#snapshot[key]))) return;
    this.#snapshot = Object.freeze(next);
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Callbacks that end promises which wait. */
export type Endings = Set<(error: Error) => void>;

/**
 * Resolves with the first value that `find` returns for a snapshot; rejects if the promise is
 * ended first.
 */
export function until<Snapshot, Value>(
  store: {
    readonly getSnapshot: () => Snapshot;
    readonly subscribe: (listener: () => void) => () => void;
  },
  find: (snapshot: Snapshot) => Value | undefined,
  endings: Endings,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      unsubscribe();
      endings.delete(end);
    };
    const end = (error: Error): void => {
      stop();
      reject(error);
    };
    const check = (): void => {
      const found = find(store.getSnapshot());
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const unsubscribe = store.subscribe(check);
    endings.add(end);
    check();
  });
}
