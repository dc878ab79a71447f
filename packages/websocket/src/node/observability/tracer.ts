/** Calls the hooks of a tracing library; their errors are reported and change nothing else. */
import type { IncomingMessage } from 'node:http';
import { OPCODES } from '../../protocol/opcodes.ts';
import { callApplication, requireAnswer } from '../call-application.ts';
import type { Connection } from '../connection/connection.ts';
import { opcodeOf, type PreparedFrame, payloadBytesOf } from '../send/message-encoder.ts';
import { keepContext, type SendCallback } from '../send/send-queue.ts';
import { type FragmentOptions, Sender, type SendOptions } from '../send/sender.ts';
import type { TracedMessage, TraceEnd, TraceHooks } from './trace-hooks.ts';

export class Tracer<M> {
  readonly #hooks: TraceHooks<M>;
  readonly #handleError: (error: unknown) => void;

  constructor(hooks: TraceHooks<M>, handleError: (error: unknown) => void) {
    this.#hooks = hooks;
    this.#handleError = handleError;
  }

  traceConnection(connection: Connection<M>, request: IncomingMessage): void {
    const end = this.#start('connection', () => this.#hooks.connection?.(connection, request));
    if (end === undefined) return;
    connection.on('close', (outcome) => {
      this.#call(() => end(outcome));
    });
  }

  /** Delivers the message in any case, and rethrows errors of its listeners. */
  traceMessage(connection: Connection<M>, message: TracedMessage, deliver: () => void): void {
    const end = this.#start('message', () => this.#hooks.message?.(connection, message));
    try {
      deliver();
    } catch (error) {
      this.#call(() => end?.(error));
      throw error;
    }
    this.#call(() => end?.());
  }

  /** A sender for `owner.connection`; sending costs nothing extra if it is not traced. */
  createSender(
    owner: { readonly connection: Connection<M> },
    ...rest: ConstructorParameters<typeof Sender>
  ): Sender {
    if (this.#hooks.sent === undefined) return new Sender(...rest);
    const trace = (message: TracedMessage): TraceEnd => {
      const end = this.#start('sent', () => this.#hooks.sent?.(owner.connection, message));
      return (failure) => this.#call(() => end?.(failure));
    };
    return new TracedSender(trace, ...rest);
  }

  #start<End>(name: keyof TraceHooks, hook: () => End): End | undefined {
    return this.#call(() => requireAnswer(`trace.${name}`, hook()));
  }

  #call<Result>(hook: () => Result): Result | undefined {
    return callApplication(hook, this.#handleError);
  }
}

class TracedSender extends Sender {
  readonly #trace: (message: TracedMessage) => TraceEnd;

  constructor(
    trace: (message: TracedMessage) => TraceEnd,
    ...rest: ConstructorParameters<typeof Sender>
  ) {
    super(...rest);
    this.#trace = trace;
  }

  override sendMessage(opcode: number, data: string | Uint8Array, options: SendOptions = {}) {
    return this.#traced(opcode === OPCODES.binary, payloadBytesOf(data), options.done, (done) =>
      super.sendMessage(opcode, data, { ...options, done }),
    );
  }

  override sendFrame(frame: PreparedFrame, done?: SendCallback) {
    const isBinary = opcodeOf(frame.bytes) === OPCODES.binary;
    return this.#traced(isBinary, frame.payloadBytes, done, (traced) =>
      super.sendFrame(frame, traced),
    );
  }

  override sendFragment(data: string | Uint8Array, options: FragmentOptions = {}) {
    const isBinary = options.binary ?? typeof data !== 'string';
    return this.#traced(isBinary, payloadBytesOf(data), options.done, (done) =>
      super.sendFragment(data, { ...options, done }),
    );
  }

  #traced(
    isBinary: boolean,
    byteCount: number,
    done: SendCallback | undefined,
    send: (done: SendCallback) => boolean,
  ): boolean {
    const end = this.#trace({ isBinary, byteCount });
    try {
      const call = keepContext(done);
      return send((failure) => {
        end(failure);
        return call?.(failure);
      });
    } catch (error) {
      end(error);
      throw error;
    }
  }
}
