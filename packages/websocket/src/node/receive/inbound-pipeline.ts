/**
 * The input of one connection: limits its rate, inflates messages, and decides what each event
 * means. `SocketReader` decides when bytes are handled, a `Receiver` turns them into events.
 */
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { ConnectionState } from '../../protocol/close-sequence.ts';
import type { DeflateContext } from '../../protocol/deflate-parameters.ts';
import {
  ConnectionError,
  ERROR_CODES,
  FrameError,
  type ViolationCode,
} from '../../protocol/errors.ts';
import type { CompressedMessage, Message } from '../../protocol/message-assembler.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import type { FrameObserver, ReceivedEvent } from '../../protocol/receiver.ts';
import type { EndpointContext } from '../connection/endpoint-types.ts';
import type { CompressionService } from '../deflate/compression-service.ts';
import { MessageInflater } from '../deflate/message-inflater.ts';
import type { Inflated } from '../deflate/raw-inflate.ts';
import { viewBuffer } from './buffer-view.ts';
import { ReceiveRateLimiter } from './receive-rate-limiter.ts';
import type { EndpointRules } from './receiver-options.ts';
import { BUFFER_POOL } from './shared-read-buffer.ts';
import { PAUSES, type PauseReason, type ReaderSink, SocketReader } from './socket-reader.ts';
import type { UnfinishedPeer } from './unfinished-budget.ts';

/** Receives what arrives. A listener that throws is passed to `handleListenerFailure`. */
export interface InboundHost extends Pick<ReaderSink, 'handleInputEnd'> {
  /** Holds output back while a read is handled. */
  readonly outgoing: { cork(): void; uncork(): void };
  readonly state: ConnectionState;
  /** Says whether the state is OPEN: each message uses this object anyway. */
  readonly sender: { readonly isOpen: boolean };
  handleMessage(data: Buffer, isBinary: boolean): void;
  handleControl(kind: 'ping' | 'pong', payload: Buffer): void;
  handleCloseFrame(code: number, reason: string): void;
  /** The peer broke the protocol, or is ahead of its limits. */
  handleViolation(error: FrameError | ConnectionError): void;
  handleUnfinished(): void;
  handleListenerFailure(thrown: unknown): void;
}

export class InboundPipeline implements ReaderSink, UnfinishedPeer {
  readonly #context: EndpointContext<never>;
  readonly #host: InboundHost;
  readonly reader: SocketReader;
  #inflater: MessageInflater | undefined;
  /** Created when the first bytes arrive, if rates are limited: most connections are silent. */
  #rateLimiter: ReceiveRateLimiter | undefined;
  /** In whole milliseconds, as a fraction is an object of its own. */
  lastActivityMs = 0;
  bytesReceived = 0;
  messagesReceived = 0;
  /** Reading waits for a message that is being inflated; resolves when it was handled. */
  pending: Promise<void> | undefined = undefined;

  constructor(
    context: EndpointContext<never>,
    socket: Duplex,
    host: InboundHost,
    observer: FrameObserver | undefined,
  ) {
    const { clock } = context.options;
    this.#context = context;
    this.#host = host;
    this.reader = new SocketReader(socket, context.rules, clock, this, observer);
    this.lastActivityMs = Math.trunc(clock.now());
  }

  get unfinishedBytes(): number {
    return this.reader.heldBytes + (this.#inflater?.meter?.heldBytes ?? 0);
  }

  /** Whether messages and errors still reach the application. */
  get isListening(): boolean {
    const { state } = this.#host;
    if (state === 'OPEN') return true;
    return state === 'CLOSING' && this.#context.options.listensWhileClosing === true;
  }

  /** Applies the result of the handshake; call it before reading starts. */
  inflateWith(service: CompressionService, context: DeflateContext): void {
    this.#inflater = new MessageInflater(service, context);
    this.adoptRules(this.#context.rules);
  }

  adoptRules(rules: EndpointRules): void {
    this.reader.adoptRules(this.#inflater === undefined ? rules : rules.compressed);
  }

  /** Ignores what follows, and reads it only up to a limit. */
  discard(): void {
    this.#inflater?.stopMeasuring();
    this.reader.discard(this.#context.options.discardLimit);
    this.#context.unfinishedBudget?.update(this);
  }

  /** Emits events from the next turn on. Bytes that came before the 101 count as all others. */
  start({ isQuiet }: { readonly isQuiet: boolean }): void {
    if (this.bytesReceived > 0)
      this.#requireLimiter()?.countBytes(this.bytesReceived, this.lastActivityMs);
    this.reader.start({ isQuiet });
  }

  /** Ends a pause for the rate, and arms none until the next message or byte. */
  stopLimiting(): void {
    this.#rateLimiter?.stop();
  }

  /** Stops reading, and releases all memory, however long the connection is kept. */
  stop(): void {
    this.reader.stop();
    this.#inflater?.stopMeasuring();
    this.#inflater = undefined;
    this.#context.unfinishedBudget?.update(this);
  }

  // Events from the reader.

  handleBytes(byteCount: number, nowMs: number): void {
    this.bytesReceived += byteCount;
    this.#context.instrumentation.received.bytes += byteCount;
    this.lastActivityMs = Math.trunc(nowMs);
    this.#requireLimiter()?.countBytes(byteCount, nowMs);
  }

  handlePauseEnd(pausedMs: number): void {
    this.#requireLimiter()?.excuse(pausedMs, this.#context.options.clock.now());
  }

  handleReadStart(): void {
    BUFFER_POOL.beginReading();
    this.#host.outgoing.cork();
    this.#context.instrumentation.parseTimer.begin();
  }

  handleEvent(event: ReceivedEvent): void {
    const { parseTimer } = this.#context.instrumentation;
    parseTimer.pause();
    try {
      this.#dispatch(event);
    } catch (error) {
      this.#host.handleListenerFailure(error);
    }
    parseTimer.resume();
  }

  handleReadEnd(): void {
    this.#context.instrumentation.parseTimer.end();
    this.#host.outgoing.uncork();
    BUFFER_POOL.endReading();
    this.#context.unfinishedBudget?.update(this);
    const measured = this.#inflater?.meter?.measure();
    if (measured !== undefined) {
      // Rejects a message that inflates beyond the limit before its end.
      this.#await(PAUSES.measuring, measured, (code) => {
        if (code !== undefined && this.isListening) this.#rejectInflated(code);
      });
    }
    if (this.reader.unfinishedSinceMs !== undefined) this.#host.handleUnfinished();
  }

  handleInputEnd(): void {
    this.#host.handleInputEnd();
  }

  handleUnfinishedExcess(): void {
    this.#giveUp('INSUFFICIENT_RESOURCES');
  }

  #dispatch(event: ReceivedEvent): void {
    switch (event.kind) {
      // First: by far the most frequent.
      case 'message':
        if (this.#admits()) this.#deliver(event);
        break;
      case 'compressed':
        if (this.#admits()) this.#inflate(event);
        break;
      case 'ping':
      case 'pong':
        if (!this.#admits()) break;
        this.#context.instrumentation.received.count(OPCODES[event.kind]);
        this.#host.handleControl(event.kind, toBuffer(event.payload));
        break;
      case 'compressed-piece':
        if (this.isListening) this.#inflater?.addFragment(event.data);
        break;
      case 'close':
        this.#context.instrumentation.received.count(OPCODES.close);
        this.#host.handleCloseFrame(event.code, event.reason);
        break;
      case 'violation':
        this.#host.handleViolation(new FrameError(event.code, event.detail, event.reservedBits));
        break;
    }
  }

  /** `undefined` if nothing is limited, as before and after OPEN. */
  #requireLimiter(): ReceiveRateLimiter | undefined {
    const { rates } = this.#context;
    if (rates === undefined || !this.#host.sender.isOpen) return;
    if (rates.options.messageRate + rates.options.byteRate === 0) return;
    this.#rateLimiter ??= new ReceiveRateLimiter(rates, this.reader, () =>
      this.#giveUp('RATE_LIMITED'),
    );
    return this.#rateLimiter;
  }

  #giveUp(code: 'INSUFFICIENT_RESOURCES' | 'RATE_LIMITED'): void {
    this.#host.handleViolation(new ConnectionError(ERROR_CODES[code].message, code));
  }

  /** Whether an event reaches the application: others, and one above the rate, are read and dropped. */
  #admits(): boolean {
    if (!this.#host.sender.isOpen) return this.isListening;
    if (this.#rateLimiter === undefined) return true;
    this.#rateLimiter.countMessage(this.lastActivityMs);
    return this.#host.state === 'OPEN';
  }

  #deliver({ data, isBinary }: Pick<Message, 'data' | 'isBinary'>): void {
    const { received, sizes } = this.#context.instrumentation;
    this.messagesReceived += 1;
    received.count(isBinary ? OPCODES.binary : OPCODES.text);
    sizes.observe(data.length);
    this.#host.handleMessage(toBuffer(data), isBinary);
  }

  /** All frames wait for a message that takes long to inflate, and are not even read. */
  #inflate(message: CompressedMessage): void {
    const { isBinary } = message;
    const inflated = this.#inflater?.inflate(message);
    if (inflated instanceof Promise) {
      this.#await(PAUSES.inflating, inflated, (data) => this.#handleInflated(isBinary, data));
    } else if (inflated !== undefined) {
      this.#handleInflated(isBinary, inflated);
    }
  }

  /** Pauses reading until the result is there. */
  #await<Result>(reason: PauseReason, result: Promise<Result>, handle: (result: Result) => void) {
    this.reader.pause(reason);
    const handled = result.then(handle);
    const reported = handled.catch((error: unknown) => this.#host.handleListenerFailure(error));
    this.pending = reported.then(() => {
      this.pending = undefined;
      this.reader.resume(reason);
    });
  }

  #handleInflated(isBinary: boolean, data: Inflated): void {
    // The connection may have ended meanwhile.
    if (!this.isListening) return;
    if (typeof data === 'string') this.#rejectInflated(data);
    else this.#deliver({ isBinary, data });
  }

  /** Inflation stops at the limit: the size of a message above it is unknown. */
  #rejectInflated(code: ViolationCode): void {
    const limit = this.#context.deflate?.limits.maxMessageSize;
    const detail = `Message size above ${limit} exceeds limit ${limit}`;
    this.#host.handleViolation(
      new FrameError(code, code === 'MESSAGE_TOO_BIG' ? detail : undefined),
    );
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : viewBuffer(bytes.buffer, bytes.byteOffset, bytes.length);
}
