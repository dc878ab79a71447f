/**
 * Where a tracing library joins: the application is told when a connection, the
 * handling of a message or the sending of one begins, and what it returns is called
 * when that ends.
 *
 * What a hook throws is told as `error` of the server, and changes nothing else.
 */
import type { IncomingMessage } from 'node:http';
import type { CloseOutcome } from '../../protocol/close-handshake.ts';
import type { Connection } from '../connection/connection.ts';

export interface TracedMessage {
  readonly isBinary: boolean;
  /** Of the plain message, where it is compressed on the wire. */
  readonly byteCount: number;
}

export interface TraceHooks<M = unknown> {
  /**
   * A connection was opened, and is about to be announced. The request holds what
   * a client sends along for tracing, such as `traceparent`. What is returned is
   * called after the connection's own `close` listeners that came before.
   */
  connection?(
    connection: Connection<M>,
    request: IncomingMessage,
  ): ((outcome: CloseOutcome) => void) | undefined;

  /**
   * A message is about to be handed to its listeners. What is returned is called
   * when they have returned, with what one of them threw.
   */
  message?(
    connection: Connection<M>,
    message: TracedMessage,
  ): ((failure?: unknown) => void) | undefined;

  /**
   * A message is about to be sent; one of a broadcast to each who gets it, one in fragments
   * fragment by fragment. What is returned is called once: without a failure when the system has
   * taken the bytes, with one when it was refused or the connection ended before.
   */
  sent?(
    connection: Connection<M>,
    message: TracedMessage,
  ): ((failure?: unknown) => void) | undefined;
}

export class Tracer<M> {
  readonly #hooks: TraceHooks<M>;
  readonly #handleFault: (error: unknown) => void;

  constructor(hooks: TraceHooks<M>, handleFault: (error: unknown) => void) {
    this.#hooks = hooks;
    this.#handleFault = handleFault;
  }

  traceConnection(connection: Connection<M>, request: IncomingMessage): void {
    const end = this.#call(() => this.#hooks.connection?.(connection, request));
    if (end === undefined) return;
    connection.on('close', (outcome) => this.#call(() => end(outcome)));
  }

  /** Lets the message be delivered in any case, and passes on what that throws. */
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

  /** Whether sent messages are traced; it costs nothing where they are not. */
  get watchesSent(): boolean {
    return this.#hooks.sent !== undefined;
  }

  /** Called when the message has left, or never will; hooks have no part in that. */
  traceSent(connection: Connection<M>, message: TracedMessage): (failure?: unknown) => void {
    const end = this.#call(() => this.#hooks.sent?.(connection, message));
    return (failure) => this.#call(() => end?.(failure));
  }

  #call<Result>(hook: () => Result): Result | undefined {
    try {
      return hook();
    } catch (error) {
      this.#handleFault(error);
      return undefined;
    }
  }
}
