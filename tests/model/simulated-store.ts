/**
 * A store whose calls take as long as the simulation requires, and fail as a real store
 * does: before anything was stored, or after, with an outcome that the caller does not know.
 */
import type { EventLog } from '../../packages/server/src/ports/event-log.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { isRead } from './replicated-store.ts';
import type { ServerModules } from './sources.ts';

/** The outcome of a call when its turn comes. */
export type Fate = 'done' | 'lost before' | 'lost after';

interface PendingCall {
  readonly isWrite: boolean;
  /** The first step executes it, the second returns the result. */
  step(fate: Fate): Promise<void>;
  readonly isCarriedOut: () => boolean;
  /** The connection to the store is gone: there will be no answer. */
  isBroken?: boolean;
  /** Fails; a call that was executed stays executed. */
  readonly fail: () => void;
}

type Errors = Pick<ServerModules, 'StoreUnavailable' | 'NotBegun'>;
type Method = (...args: unknown[]) => Promise<unknown>;

/** No promise of the model depends on them, so they are answered at once: they shift no history. */
const UNOBSERVED: ReadonlySet<string> = new Set(['listMutesOf']);

export class StoreCalls {
  /** While true, calls are executed and answered at once. */
  isDirect = true;
  /** While true, every call fails: the node does not reach the store. */
  isCut = false;
  readonly #errors: Errors;
  #pending: PendingCall[] = [];
  /** Commits, and how many of them were answered. */
  #failures = 0;
  #failuresKnown = 0;

  constructor(errors: Errors) {
    this.#errors = errors;
  }

  get count(): number {
    return this.#pending.length;
  }

  /** Moves one call by one step. The answer waits for a process that is stopped. */
  async step(index: number, fate: Fate, { isPaused = false } = {}): Promise<void> {
    const call = this.#pending[index];
    if (call === undefined) return;
    const fails = this.isCut || call.isBroken === true;
    if (isPaused && (fails || call.isCarriedOut())) return;
    if (fails) {
      this.#pending.splice(index, 1);
      return call.fail();
    }
    const wasCarriedOut = call.isCarriedOut();
    if (wasCarriedOut || fate === 'lost before') this.#pending.splice(index, 1);
    await call.step(call.isWrite || fate === 'done' ? fate : 'done');
    // A read that would be lost is only delayed.
    if (fate === 'lost before' && !call.isWrite && !wasCarriedOut) this.#pending.push(call);
  }

  /** The connections to the store end: pending calls fail, whether they were executed or not. */
  breakConnections(): void {
    for (const call of this.#pending) call.isBroken = true;
  }

  /** The process has ended: executed calls stay stored, but no call is answered. */
  abandon(): void {
    this.isDirect = false;
    this.#pending = [];
  }

  wrap(store: Store): Store {
    return {
      ...store,
      accounts: this.#wrapPart(store.accounts),
      sessions: this.#wrapPart(store.sessions),
      rooms: this.#wrapPart(store.rooms),
      log: this.#wrapLog(store.log),
    };
  }

  #wrapLog(log: EventLog): EventLog {
    return {
      ...this.#wrapPart(log),
      commit: (commands, onReady) =>
        this.isDirect
          ? log.commit(commands)
          : this.#enqueueCommit(() => log.commit(commands), onReady),
    };
  }

  #wrapPart<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        const method: Method = (...args) => member.apply(target, args);
        if (UNOBSERVED.has(String(name))) return method;
        const isWrite = !isRead(String(name));
        return (...args: unknown[]) =>
          this.isDirect ? method(...args) : this.#enqueue(() => method(...args), isWrite);
      },
    });
  }

  #enqueue(carryOut: () => Promise<unknown>, isWrite: boolean): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    let answer: (() => void) | undefined;
    this.#pending.push({
      isWrite,
      isCarriedOut: () => answer !== undefined,
      fail: () => reject(this.#outage()),
      step: async (fate) => {
        if (answer !== undefined) return answer();
        if (fate === 'lost before') return reject(this.#outage());
        try {
          const value = await carryOut();
          answer = fate === 'lost after' ? () => reject(this.#outage()) : () => resolve(value);
        } catch (error) {
          answer = () => reject(error);
        }
      },
    });
    return promise;
  }

  /**
   * Commits like a database thread: the next commit may arrive while this one is made durable,
   * and is not started if this one fails.
   */
  #enqueueCommit<T>(carryOut: () => Promise<T>, onReady: (() => void) | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const failuresKnown = this.#failuresKnown;
    const fail = () => {
      this.#failuresKnown += 1;
      reject(this.#outage());
    };
    let answer: (() => void) | undefined;
    /** Whether the answer would be that it is stored. */
    let isDone = false;
    this.#pending.push({
      isWrite: true,
      isCarriedOut: () => answer !== undefined,
      fail: () => {
        if (answer !== undefined && !isDone) return answer();
        if (answer === undefined && failuresKnown !== this.#failures) {
          return reject(new this.#errors.NotBegun());
        }
        if (answer === undefined) onReady?.();
        this.#failures += 1;
        fail();
      },
      step: async (fate) => {
        if (answer !== undefined) return answer();
        if (failuresKnown !== this.#failures) {
          answer = () => reject(new this.#errors.NotBegun());
          return fate === 'lost before' ? answer() : undefined;
        }
        onReady?.();
        if (fate !== 'done') this.#failures += 1;
        if (fate === 'lost before') return fail();
        const value = await carryOut();
        isDone = fate === 'done';
        answer = isDone ? () => resolve(value) : fail;
      },
    });
    return promise;
  }

  #outage(): Error {
    return new this.#errors.StoreUnavailable('simulated');
  }
}
