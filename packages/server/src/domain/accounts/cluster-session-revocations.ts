/**
 * Finds the sessions that have ended on other nodes: at once over the bus, and within two seconds
 * in the store, if a message was lost or the bus is down.
 */

import type { Revocation } from '../../model/bus-message.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

export interface ClusterSessionRevocationsOptions {
  readonly bus: Bus;
  readonly store: Pick<SessionStore, 'listEndedSessions'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  readonly onRevoked: (revocation: Revocation) => void;
}

const INTERVAL_MS = 2000;

export class ClusterSessionRevocations {
  readonly #options: ClusterSessionRevocationsOptions;
  #unsubscribe: Unsubscribe | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: ClusterSessionRevocationsOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { bus, store, onRevoked } = this.#options;
    if (!bus.isShared) return;
    this.#unsubscribe = await bus.subscribe('nodes', 'all', (message) => {
      if (message.kind === 'revocation') onRevoked(message.revocation);
    });
    const { cursor } = await store.listEndedSessions(undefined);
    this.#pollLater(cursor);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#unsubscribe?.();
  }

  #pollLater(cursor: string): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      this.#options.background.run(this.#poll(cursor));
    });
  }

  async #poll(cursor: string): Promise<void> {
    let next = cursor;
    try {
      const ended = await this.#options.store.listEndedSessions(cursor);
      next = ended.cursor;
      for (const sessionKey of ended.keys) {
        this.#options.onRevoked({ kind: 'session', sessionKey });
      }
    } finally {
      this.#pollLater(next);
    }
  }
}
