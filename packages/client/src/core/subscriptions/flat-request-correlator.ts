/**
 * Matches answers to requests without frame ids: by the kind of command and the name in
 * the answer or error.
 */
import type { ChatError } from '@parley/protocol';
import { PendingRequests, type Settled } from '../connection/pending-requests.ts';
import type { Environment } from '../environment.ts';
import type { CommandKind, FlatFrame } from './flat-dialect.ts';

export class FlatRequestCorrelator {
  readonly #send: (frame: FlatFrame) => boolean;
  readonly #pending: PendingRequests;

  constructor(environment: Pick<Environment, 'setTimer'>, send: (frame: FlatFrame) => boolean) {
    this.#send = send;
    this.#pending = new PendingRequests(environment);
  }

  /** One pending request per kind and name; another is rejected with `UNAVAILABLE`. */
  ask(kind: CommandKind, name: string, frame: FlatFrame, finish: (settled: Settled) => void): void {
    this.#pending.ask(keyOf(kind, name), () => this.#send(frame), finish);
  }

  /** For frames without an answer. */
  tell(frame: FlatFrame): void {
    this.#send(frame);
  }

  answer(kind: CommandKind, name: string, payload: unknown): void {
    this.#pending.settle(keyOf(kind, name), { kind: 'answered', payload });
  }

  refuse(kind: CommandKind, name: string, error: ChatError): void {
    this.#pending.settle(keyOf(kind, name), { kind: 'refused', error });
  }

  /** The connection is lost, and with it every answer. */
  cutOff(): void {
    this.#pending.cutOff();
  }
}

function keyOf(kind: CommandKind, name: string): string {
  return `${kind} ${name}`;
}
