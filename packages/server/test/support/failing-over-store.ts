/**
 * A store that fails over when the test says so: its logs then have another epoch. An answer that
 * is held back shows the log as it was when the request began.
 */
import type { Epoch } from '@parley/protocol';
import { findMovedHeads } from '../../src/model/moved-heads.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteInMemory } from './sqlite-in-memory.ts';

type Part = 'log' | 'rooms';

export class FailingOverStore {
  readonly store: Store;
  readonly #held = new Map<string, PromiseWithResolvers<void>>();
  #epoch: Epoch | undefined;

  constructor() {
    const inner = openSqliteInMemory();
    const { log, rooms } = inner;
    this.store = { ...inner, log: this.#wrap<'log'>(log), rooms: this.#wrap<'rooms'>(rooms) };
  }

  failOver(): Epoch {
    this.#epoch = 'after a failover' as Epoch;
    return this.#epoch;
  }

  /** Holds back the answer to the next call of this method, until the returned function is called. */
  holdNext(method: string): () => void {
    const held = Promise.withResolvers<void>();
    this.#held.set(method, held);
    return held.resolve;
  }

  /** Compares with the epoch that the store shows, which the inner store does not know. */
  readonly #readMovedHeads: EventLog['readMovedHeads'] = async (known) => {
    const heads = await this.store.log.readHeads(known.map(({ roomId }) => roomId));
    return findMovedHeads(known, heads);
  };

  #wrap<P extends Part>(part: Store[P]): Store[P] {
    return new Proxy(part, {
      get: (target, name: string) => {
        if (name === 'readMovedHeads') return this.#readMovedHeads;
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          const epoch = this.#epoch;
          const held = this.#held.get(name);
          this.#held.delete(name);
          const answer = await method.apply(target, args);
          await held?.promise;
          return epoch === undefined ? answer : withEpoch(answer, epoch);
        };
      },
    });
  }
}

function withEpoch(value: unknown, epoch: Epoch): unknown {
  if (Array.isArray(value)) return value.map((each) => withEpoch(each, epoch));
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  const entries = Object.entries(value).map(([name, each]) => [
    name,
    name === 'epoch' ? epoch : withEpoch(each, epoch),
  ]);
  return Object.fromEntries(entries);
}
