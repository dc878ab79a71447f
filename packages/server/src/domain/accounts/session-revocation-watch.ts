/**
 * Finds the sessions that have ended in another process, and accounts that were disabled or have another
 * role: at once over the bus if that is a node, and within two seconds in the store, if it is a command of the operator, a message was lost or the bus
 * is down.
 */

import type { Revocation } from '../../model/bus-message.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

interface SessionRevocationWatchOptions {
  readonly nodes: Pick<OtherNodes, 'listen'>;
  readonly store: Pick<SessionStore, 'listEndedSessions'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  readonly onRevoked: (revocation: Revocation) => void;
}

const INTERVAL_MS = 2000;
/** Time since the last poll after which a session may have ended unnoticed. */
const OUTDATED_MS = 10_000;

export class SessionRevocationWatch {
  readonly #options: SessionRevocationWatchOptions;
  #unsubscribe: (() => void) | undefined;
  #timer: Timer | undefined;
  #cursor: string | undefined;
  #readAtMs = 0;
  #isClosed = false;

  constructor(options: SessionRevocationWatchOptions) {
    this.#options = options;
  }

  /** May be repeated if the store fails. */
  async begin(): Promise<void> {
    const { nodes, store, clock, onRevoked } = this.#options;
    this.#cursor = (await store.listEndedSessions(undefined)).cursor;
    this.#readAtMs = clock.monotonicMs();
    this.#unsubscribe = await nodes.listen({
      revocation: ({ revocation }) => onRevoked(revocation),
    });
    this.#pollLater();
  }

  /**
   * Before events of other nodes are read from the store: if the last poll is too long ago, also
   * because this process has stood still, ends the sessions that have ended meanwhile. The bus may
   * have lost their messages, and not know it yet. Rejects if the store cannot tell.
   */
  async ensureCurrent(): Promise<void> {
    const { clock } = this.#options;
    if (clock.monotonicMs() - this.#readAtMs >= OUTDATED_MS) await this.#read();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#unsubscribe?.();
  }

  #pollLater(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      this.#options.background.run(this.#read().finally(() => this.#pollLater()));
    });
  }

  async #read(): Promise<void> {
    const { store, clock, onRevoked } = this.#options;
    const { keys, changedUserIds, cursor } = await store.listEndedSessions(this.#cursor);
    this.#cursor = cursor;
    this.#readAtMs = clock.monotonicMs();
    for (const sessionKey of keys) onRevoked({ kind: 'session', sessionKey });
    for (const userId of changedUserIds) onRevoked({ kind: 'account', userId });
  }
}
