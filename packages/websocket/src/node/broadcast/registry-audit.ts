/**
 * Checks periodically whether each slot in the registry still has a socket. A destroyed socket that
 * never emits `close`, such as a stream with `emitClose: false`, would hold its slot for ever and
 * block the shutdown. The opposite cannot occur: its close is the only exit of a connection.
 */
import type { Endpoint } from '../connection/endpoint.ts';

export type AuditedPeer = Pick<Endpoint<never>, 'hasLostSocket' | 'handleLostSocket'>;

/** From the start of one round to the start of the next; a socket has that long to emit `close`. */
const ROUND_MS = 60_000;

/** About ten microseconds of work; 100,000 connections take a minute and a half. */
const CHECKS_PER_TICK = 1_000;

export class RegistryAudit {
  #round: Iterator<AuditedPeer> | undefined;
  #nextRoundMs = 0;
  readonly #suspects = new WeakSet<AuditedPeer>();
  repaired = 0;

  /** @param peers Called at the start of a round; the iterator survives additions and removals. */
  tick(nowMs: number, peers: () => Iterable<AuditedPeer>): void {
    if (this.#round === undefined) {
      if (nowMs < this.#nextRoundMs) return;
      this.#nextRoundMs = nowMs + ROUND_MS;
      this.#round = peers()[Symbol.iterator]();
    }
    for (let count = 0; count < CHECKS_PER_TICK; count += 1) {
      const { done, value } = this.#round.next();
      if (done === true) {
        this.#round = undefined;
        return;
      }
      if (!value.hasLostSocket) continue;
      if (this.#suspects.has(value)) {
        this.repaired += 1;
        value.handleLostSocket();
      }
      this.#suspects.add(value);
    }
  }
}
