/**
 * Adds stored messages to the index of the search: after their acknowledgement, in steps, because the
 * index writes one large step much faster than many small ones. A search first adds what is left.
 * Messages from before the index, or of an import, are added too.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { SearchStore, Unindexed } from '../../ports/search-store.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { DomainSettings } from '../settings.ts';

/** Messages per step: senders wait for one step at most. */
const STEP_MESSAGES = 400;
/** Milliseconds from a stored message to the step that adds it, and those stored meanwhile. */
const DELAY_MS = 500;
/** Between steps the store belongs to the senders for so many times the duration of a step. */
const PAUSE_FACTOR = 19;
const PAUSE_MS_MIN = 20;
/** Milliseconds between looks for messages that another process has left, alone and on a node of a cluster. */
const IDLE_MS = 60_000;
const SHARED_IDLE_MS = 2000;
/** Steps that one search waits for: more are left only while thousands of messages are stored each second. */
const SEARCH_STEPS_MAX = 25;

interface MessageIndexDependencies {
  readonly store: { readonly search: Pick<SearchStore, 'indexMessages'> };
  readonly clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
  readonly background: BackgroundTasks;
  readonly nodes: Pick<OtherNodes, 'isShared'>;
  readonly settings: Pick<DomainSettings, 'searchLanguages'>;
}

export class MessageIndex {
  readonly #dependencies: MessageIndexDependencies;
  #next: { readonly timer: Timer; readonly atMs: number } | undefined;
  #isClosed = false;
  /** The steps that searches wait for, and those that begin afterwards. */
  #running: Promise<void> | undefined;
  #following: Promise<boolean> | undefined;

  constructor(dependencies: MessageIndexDependencies) {
    this.#dependencies = dependencies;
  }

  begin(): void {
    this.#schedule(0);
  }

  noteStored(): void {
    this.#schedule(DELAY_MS);
  }

  /** A running step ends. */
  close(): void {
    this.#isClosed = true;
    this.#next?.timer.cancel();
  }

  /**
   * Adds messages that are stored but not yet in the index. Searches that wait share the steps.
   *
   * @returns Whether all messages are in the index.
   */
  complete(): Promise<boolean> {
    // The running steps have perhaps missed the latest message.
    this.#following ??= (this.#running ?? Promise.resolve()).then(() => {
      this.#following = undefined;
      const running = this.#complete().finally(() => {
        if (this.#running === settled) this.#running = undefined;
      });
      const settled = running.then(
        () => {},
        () => {},
      );
      this.#running = settled;
      return running;
    });
    return this.#following;
  }

  async #complete(): Promise<boolean> {
    for (let steps = 0; steps < SEARCH_STEPS_MAX; steps += 1) {
      const left = await this.#index(true);
      if (left !== 'new') return left === 'none';
    }
    return false;
  }

  /** Has no effect if a step is to run before. */
  #schedule(delayMs: number): void {
    const { clock, background } = this.#dependencies;
    const atMs = clock.monotonicMs() + delayMs;
    if (this.#isClosed || (this.#next !== undefined && this.#next.atMs <= atMs)) return;
    this.#next?.timer.cancel();
    const timer = clock.schedule(delayMs, () => background.run(this.#step()));
    this.#next = { timer, atMs };
  }

  async #step(): Promise<void> {
    const { clock, nodes } = this.#dependencies;
    const beganMs = clock.monotonicMs();
    let delayMs = nodes.isShared ? SHARED_IDLE_MS : IDLE_MS;
    try {
      const left = await this.#index();
      const durationMs = clock.monotonicMs() - beganMs;
      if (left !== 'none') delayMs = Math.max(PAUSE_MS_MIN, durationMs * PAUSE_FACTOR);
    } finally {
      this.#next = undefined;
      this.#schedule(delayMs);
    }
  }

  #index(newOnly = false): Promise<Unindexed> {
    const { store, settings } = this.#dependencies;
    return store.search.indexMessages(STEP_MESSAGES, settings.searchLanguages, newOnly);
  }
}
