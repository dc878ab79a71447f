/**
 * SQLite in memory with few connections: each call takes a turn of the event loop on one of them, and
 * fails if too many wait, as calls to PostgreSQL do that wait too long.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { NotBegun, type Store } from '../../src/ports/store.ts';
import { openSqliteInMemory } from './sqlite-in-memory.ts';

const CONNECTIONS = 2;
const WAITING_MAX = 20;

export class NarrowStore {
  readonly store: Store;
  /** Number of calls by name, failed calls included. */
  readonly calls = new Map<string, number>();
  isNarrow = false;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor() {
    const memory = openSqliteInMemory();
    this.store = {
      ...memory,
      accounts: this.#narrowed(memory.accounts),
      sessions: this.#narrowed(memory.sessions),
      rooms: this.#narrowed(memory.rooms),
    };
  }

  #narrowed<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get: (target, key, receiver) => {
        const found: unknown = Reflect.get(target, key, receiver);
        if (typeof found !== 'function') return found;
        return async (...args: unknown[]) => {
          this.calls.set(String(key), (this.calls.get(String(key)) ?? 0) + 1);
          if (this.isNarrow) await this.#connect();
          try {
            return await Reflect.apply(found, target, args);
          } finally {
            if (this.isNarrow) this.#release();
          }
        };
      },
    });
  }

  async #connect(): Promise<void> {
    if (this.#running < CONNECTIONS) this.#running += 1;
    else {
      if (this.#waiting.length >= WAITING_MAX) throw new NotBegun('The call has waited too long');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    await turn();
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
