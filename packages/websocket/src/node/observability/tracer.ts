/** Calls the hooks of a tracing library; their errors are reported and change nothing else. */
import type { IncomingMessage } from 'node:http';
import type { Connection } from '../connection/connection.ts';
import type { TracedMessage, TraceHooks } from './trace-hooks.ts';

export class Tracer<M> {
  readonly #hooks: TraceHooks<M>;
  readonly #handleError: (error: unknown) => void;

  constructor(hooks: TraceHooks<M>, handleError: (error: unknown) => void) {
    this.#hooks = hooks;
    this.#handleError = handleError;
  }

  traceConnection(connection: Connection<M>, request: IncomingMessage): void {
    const end = this.#call(() => this.#hooks.connection?.(connection, request));
    if (end === undefined) return;
    connection.on('close', (outcome) => this.#call(() => end(outcome)));
  }

  /** Delivers the message in any case, and rethrows errors of its listeners. */
  traceMessage(connection: Connection<M>, message: TracedMessage, deliver: () => void): void {
    const end = this.#call(() => this.#hooks.message?.(connection, message));
    try {
      deliver();
    } catch (error) {
      this.#call(() => end?.(error));
      throw error;
    }
    this.#call(() => end?.());
  }

  /** Whether sent messages are traced; it costs nothing if they are not. */
  get tracesSent(): boolean {
    return this.#hooks.sent !== undefined;
  }

  /** Returns a function to call when the message was sent or discarded; it never throws. */
  traceSent(connection: Connection<M>, message: TracedMessage): (failure?: unknown) => void {
    const end = this.#call(() => this.#hooks.sent?.(connection, message));
    return (failure) => this.#call(() => end?.(failure));
  }

  #call<Result>(hook: () => Result): Result | undefined {
    try {
      return hook();
    } catch (error) {
      this.#handleError(error);
      return undefined;
    }
  }
}
