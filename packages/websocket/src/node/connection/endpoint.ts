/**
 * Our end of one WebSocket connection: joins what arrives (`InboundPipeline`), what is sent
 * (`Sender`, `SocketWriter`) and how it ends (`CloseSequence`) with the heartbeat and the socket.
 *
 * How to think about it: bytes arrive through `InboundPipeline`, calls of the application through
 * the methods that `Connection` delegates, time through the heartbeat, the stall watchlist and one
 * close timer. Each of them may be an event for the close sequence, whose table says what happens
 * then; `#apply` does it. All connections end in `handleSocketClose`.
 */

import assert from 'node:assert/strict';
import type { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLOSE_CAUSES, type CloseCause, causeOf } from '../../protocol/close-causes.ts';
import { isCloseCodeOnWire, NO_STATUS_RECEIVED } from '../../protocol/close-codes.ts';
import { encodeClosePayload } from '../../protocol/close-payload.ts';
import {
  type CloseAction,
  type CloseContent,
  type CloseOutcome,
  CloseSequence,
  type ConnectionEnd,
  type ConnectionState,
  type LifeEvent,
} from '../../protocol/close-sequence.ts';
import { DEFLATE_NAME, type DeflateOptions } from '../../protocol/deflate-parameters.ts';
import {
  ConnectionError,
  ERROR_CODES,
  type ErrorCode,
  type FrameError,
  WebSocketError,
} from '../../protocol/errors.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { readAddress } from '../admission/address.ts';
import type { ConnectionSlot } from '../admission/admission-control.ts';
import { callApplication, reportRejection } from '../call-application.ts';
import { afterTurn, toDate } from '../clock.ts';
import { MessageDeflater } from '../deflate/message-deflater.ts';
import {
  ConnectionTimeLimits,
  type TimeLimitedConnection,
} from '../liveness/connection-time-limits.ts';
import { type InboundHost, InboundPipeline } from '../receive/inbound-pipeline.ts';
import {
  listenToSocket,
  readInPlace,
  type SocketListener,
  stopListeningToSocket,
} from '../receive/socket-listener.ts';
import { PAUSES, type PauseReason } from '../receive/socket-reader.ts';
import type { SendCallback } from '../send/send-queue.ts';
import { Sender, type SenderHost } from '../send/sender.ts';
import { type OutgoingSink, SocketWriter } from '../send/socket-writer.ts';
import type { WaitingPeer } from '../send/waiting-budget.ts';
import { onlyMessageListener } from './compact-listeners.ts';
import { Connection, type ConnectionEndpoint } from './connection.ts';
import { createConnectionId } from './connection-id.ts';
import type { EndpointContext, ObservedEndpoint, OpenOptions } from './endpoint-types.ts';

const NO_EXTENSIONS: readonly string[] = Object.freeze([]);
const COMPRESSION_ONLY: readonly string[] = Object.freeze([DEFLATE_NAME]);

export class Endpoint<M>
  implements
    InboundHost,
    OutgoingSink,
    SenderHost,
    TimeLimitedConnection,
    SocketListener,
    ConnectionEndpoint,
    ObservedEndpoint<M>,
    WaitingPeer
{
  readonly id = createConnectionId();
  readonly connection: Connection<M>;
  readonly sender: Sender;
  readonly createdMs: number;
  slot: ConnectionSlot | undefined;
  /** Whether it was ever open; the application knows the connection then. */
  wasOpen = false;
  protocol = '';
  extensions = NO_EXTENSIONS;
  readonly inbound: InboundPipeline;
  readonly outgoing: SocketWriter;
  readonly timeLimits: ConnectionTimeLimits;
  readonly #context: EndpointContext<M>;
  readonly #socket: Duplex;
  readonly #sequence = new CloseSequence();

  constructor(context: EndpointContext<M>, socket: Duplex, head: Uint8Array) {
    const { options, flushQueue, debug } = context;
    this.#context = context;
    this.#socket = socket;
    this.createdMs = Math.trunc(options.clock.now());
    if (socket instanceof Socket) {
      // Frames are small and urgent; the HTTP timeouts on this socket no longer apply.
      socket.setNoDelay(true).setTimeout(0);
    }
    this.outgoing = new SocketWriter(socket, flushQueue, this, options.clock);
    this.sender = this.#createSender();
    // `open` sets the metadata before the application sees the connection.
    this.connection = new Connection<M>(this, undefined as M);
    this.inbound = new InboundPipeline(context, socket, this, debug?.observe(this.id, 'received'));
    this.timeLimits = new ConnectionTimeLimits(context, this);
    // The endpoint ends its side itself; a TLS server would end it as soon as the peer does.
    socket.allowHalfOpen = true;
    listenToSocket(socket, this);
    if (head.length > 0) this.inbound.reader.take(head, head.length);
  }

  get state(): ConnectionState {
    return this.#sequence.state;
  }

  get outcome(): CloseOutcome | undefined {
    return this.state === 'CLOSED' ? this.#sequence.outcome : undefined;
  }

  /** The peer's close frame. */
  get received(): CloseContent | undefined {
    return this.#sequence.received;
  }

  get remoteAddress(): string | undefined {
    return this.#socket instanceof Socket ? this.#socket.remoteAddress : this.slot?.remoteAddress;
  }

  get clientAddress(): string | undefined {
    return this.slot?.address ?? readAddress(this.remoteAddress ?? '');
  }

  toDate(momentMs: number): Date {
    return toDate(this.#context.options.clock, momentMs);
  }

  // Life cycle of the connection.

  /**
   * Sends a server's 101, notifies the application through `announce`, and emits events from the
   * next turn on, so that code that awaits the handshake can add listeners.
   */
  open(openOptions: OpenOptions<M>, announce: () => void): void {
    this.wasOpen = true;
    this.protocol = openOptions.protocol;
    this.connection.metadata = openOptions.metadata;
    // Node keeps the address once it was read: the record of the end needs it, also after a reset.
    void this.remoteAddress;
    if (openOptions.deflate !== undefined) this.#startCompression(openOptions.deflate);
    // Together with what the application sends at once.
    this.outgoing.cork();
    if (openOptions.response !== undefined) this.outgoing.append(openOptions.response);
    this.#apply('open');
    this.expireIn(openOptions.expiresInMs);
    this.timeLimits.start();
    this.#callSafely(announce);
    this.outgoing.uncork();
    // A socket that the listener paused goes on reading if it gets the buffer now: it gets it later.
    const mayRead = this.readsInPlace && !this.inbound.reader.isPaused;
    // Bytes from the system arrive in a later turn; a stream may already hold some.
    const isQuiet = mayRead && readInPlace(this.#socket);
    this.inbound.start({ isQuiet });
  }

  /** Releases the socket, so that the upgrade can be rejected; nothing was written to it. */
  abandon(): void {
    this.#leave('the upgrade was rejected');
    stopListeningToSocket(this.#socket, 'data');
    stopListeningToSocket(this.#socket, 'end');
  }

  /** Without a code the close frame is empty. */
  close(code: number | undefined, reason: string, cause?: CloseCause): void {
    const { name } = this.#context.role;
    if (code !== undefined && !isCloseCodeOnWire(code, name)) {
      throw new WebSocketError(`a ${name} may not close with ${code}`, 'INVALID_ARGUMENT');
    }
    if (typeof reason !== 'string') {
      throw new WebSocketError('the reason of a close is a string', 'INVALID_ARGUMENT');
    }
    this.#apply('close', { code: code ?? NO_STATUS_RECEIVED, reason }, cause);
  }

  destroy(cause: CloseCause = 'destroy'): void {
    if (this.state === 'CLOSED') return;
    this.outgoing.deferCallbacks();
    this.#leave('the connection was destroyed', cause);
    this.#socket.destroy();
  }

  expireIn(afterMs: number | undefined): void {
    if (this.state === 'OPEN') this.timeLimits.expireIn(afterMs);
  }

  pause(reason: PauseReason = PAUSES.application): void {
    if (this.state === 'OPEN') this.inbound.reader.pause(reason);
  }

  resume(reason: PauseReason = PAUSES.application): void {
    this.inbound.reader.resume(reason);
  }

  handleListenerFailure(thrown: unknown): void {
    this.#fail('INTERNAL_ERROR');
    const { reportedErrors, observer } = this.#context;
    if (!reportedErrors.has(thrown as object)) observer.handleThrown(thrown, this);
  }

  // Events from the peer.

  handleUnfinished(): void {
    if (this.state === 'OPEN') this.#context.stallWatchlist.add(this.timeLimits);
  }

  handleMessage(data: Buffer, isBinary: boolean): void {
    const { tracer } = this.#context;
    const { connection } = this;
    if (tracer !== undefined) {
      const message = { isBinary, byteCount: data.length };
      tracer.traceMessage(connection, message, () => connection.emit('message', data, isBinary));
      return;
    }
    const listener = onlyMessageListener(connection);
    if (listener === undefined) {
      connection.emit('message', data, isBinary);
    } else {
      // As `emit`, without its arrays and searches: a twentieth of a small message.
      const result = listener.call(connection, data, isBinary);
      reportRejection(result, (error) => this.handleListenerFailure(error));
    }
  }

  handleControl(kind: 'ping' | 'pong', payload: Buffer): void {
    const { answerPing } = this.#context.options;
    if (kind === 'pong') this.timeLimits.recordPong(payload);
    else if (this.state === 'OPEN' && answerPing?.(this.connection, payload) !== true) {
      this.sender.answerPing(payload);
    }
    this.connection.emit(kind, payload);
  }

  handleCloseFrame(code: number, reason: string): void {
    this.#sequence.receive(code, reason);
    if (this.#isAnsweredByApplication('closeFrame', { code, reason })) return;
    const echoesReason = this.#context.options.echoesCloseReason === true;
    this.#apply('closeFrame', { code, reason: echoesReason ? reason : '' });
  }

  handleViolation(error: FrameError | ConnectionError): void {
    if (this.state === 'OPEN') {
      const close = { code: ERROR_CODES[error.code].closeCode, reason: '' };
      const isAnswered = this.#isAnsweredByApplication('failure', close);
      if (!isAnswered) this.#fail(error.code, error.message);
      this.#report(error);
    } else {
      // Our close frame was already sent; after a violation the peer's can no longer be parsed.
      const isNews = this.inbound.isListening && !this.inbound.reader.isStopped;
      this.#apply('failure');
      if (isNews) this.#report(error);
    }
  }

  handleInputEnd(): void {
    // Without a close frame this is 1006.
    this.#apply('inputEnd');
  }

  // Events from output, heartbeat and detectors.

  handleBlocked(): void {
    this.sender.noteCongestion();
    if (this.state === 'OPEN') this.#context.stallWatchlist.add(this.timeLimits);
  }

  handleWaiting(): void {
    this.#context.waitingBudget?.update(this);
  }

  handleWaitingExcess(): void {
    const { slowConsumerPolicy, writeBufferLimit } = this.#context.options;
    if (slowConsumerPolicy === 'drop' && this.state === 'OPEN' && !this.sender.isHeldBack) {
      this.sender.holdBack();
      return;
    }
    const text = 'too much output waits for all peers';
    const wasOpen = this.state === 'OPEN';
    // The memory is needed: only what has begun to leave and the close frame are sent.
    this.outgoing.discardQueued(text);
    if (wasOpen) this.handleViolation(new ConnectionError(text, 'INSUFFICIENT_RESOURCES'));
    if (!wasOpen || this.outgoing.pendingBytes > writeBufferLimit) this.destroy();
    this.handleWaiting();
  }

  handleProgress(hadToWait: boolean): void {
    this.handleWaiting();
    if (hadToWait) this.timeLimits.recordDrain();
    if (this.sender.noteWritten()) this.#callSafely(() => this.connection.emit('drain'));
  }

  callBack(done: SendCallback, error?: WebSocketError): void {
    this.#callSafely(() => done(error));
  }

  handleDeath(): void {
    this.#callSafely(() => this.connection.emit('dead', 'heartbeat-timeout'));
    // Still reported as 1006: no close frame was received.
    const { closeCode } = ERROR_CODES.NETWORK_TIMEOUT;
    if (this.state !== 'OPEN') return;
    this.#apply('failure', { code: closeCode, reason: 'no sign of life' }, 'heartbeat');
    // A dead peer answers no close frame. The frame leaves with this turn, for a peer that is only silent.
    afterTurn(() => this.destroy());
  }

  handleOutputFailure(error: ConnectionError): void {
    // First, so that a listener that sends causes no other failure.
    this.destroy(causeOf(error.code));
    this.#report(error);
  }

  // Closing.

  /** Returns whether a method of the application replied, or chose not to: the peer ends it then. */
  #isAnsweredByApplication(event: 'closeFrame' | 'failure', close: CloseContent): boolean {
    const { answerClose } = this.#context.options;
    if (this.state !== 'OPEN' || answerClose?.(this.connection, close) !== true) return false;
    // A method that closed has changed the state.
    if (this.state === 'OPEN') this.inbound.discard();
    else this.#apply(event);
    return true;
  }

  /** Sends a close frame with the reason of a failure, and stops listening. */
  #fail(code: ErrorCode, reason: string = ERROR_CODES[code].message): void {
    if (this.state !== 'OPEN') return;
    const { closeCode } = ERROR_CODES[code];
    this.#sequence.fail(closeCode, reason);
    this.#apply('failure', { code: closeCode, reason }, causeOf(code));
  }

  /** Does what the close sequence says about the event, if it means something in this state. */
  #apply(event: LifeEvent, frame?: CloseContent, cause?: CloseCause): void {
    const previous = this.state;
    const step = this.#sequence.handle(event, frame, cause);
    if (step === undefined) return;
    if (step.next !== previous) this.#enter(step.next, previous);
    // A listener may have destroyed the connection meanwhile.
    if (this.state !== step.next) return;
    for (const action of step.actions) this.#perform(action, frame);
  }

  #enter(next: ConnectionState, previous: ConnectionState): void {
    this.sender.isOpen = next === 'OPEN';
    this.#callSafely(() => this.connection.emit('state_change', previous, next));
    if (next === 'OPEN' || this.state !== next) return;
    this.timeLimits.stop();
    this.inbound.stopLimiting();
    // No message follows those that wait to be compressed.
    this.outgoing.sendUncompressed();
    this.sender.deflater = undefined;
    if (next === 'CLOSING') this.timeLimits.limitClosing();
  }

  #perform(action: CloseAction, frame: CloseContent | undefined): void {
    if (action === 'sendClose') {
      const { code, reason } = frame ?? { code: NO_STATUS_RECEIVED, reason: '' };
      this.sender.appendControl(OPCODES.close, encodeClosePayload(code, reason));
    } else if (action === 'readOn') {
      this.resume();
      this.resume(PAUSES.loop);
    } else if (action === 'discardInput') {
      this.inbound.discard();
    } else {
      const { role, options } = this.#context;
      const endsNow = action === 'endOutput' || role.name === 'server' || options.endsFirst;
      if (endsNow) this.outgoing.end();
    }
  }

  #createSender(): Sender {
    const { debug, tracer, options, role } = this.#context;
    const observer = debug?.observe(this.id, 'sent');
    const rest = [this.outgoing, options, this, role.maskFrame, observer] as const;
    return tracer?.createSender(this, ...rest) ?? new Sender(...rest);
  }

  #startCompression({ inbound, outbound }: DeflateOptions): void {
    const { deflate } = this.#context;
    assert(deflate !== undefined, 'compression state exists if it was agreed on');
    this.extensions = COMPRESSION_ONLY;
    this.inbound.inflateWith(deflate, inbound);
    this.sender.deflater = new MessageDeflater(deflate, outbound);
  }

  /** The only way into CLOSED: releases timers, detectors and buffers. */
  #leave(reason: string, cause?: CloseCause): void {
    if (this.state === 'CLOSED') return;
    this.#apply('gone', undefined, cause);
    this.inbound.stop();
    this.outgoing.stop(reason);
    this.handleWaiting();
  }

  get readsInPlace(): boolean {
    return this.wasOpen && this.#context.options.readBuffer !== 'own';
  }

  handleSocketData(chunk: Uint8Array, byteCount: number): void {
    this.inbound.reader.take(chunk, byteCount);
  }

  handleSocketError(cause: Error): void {
    // A stream without `autoDestroy` does not end by itself.
    this.#socket.destroy();
    // While closing, a connection reset by the peer only speeds up the end.
    if (this.state !== 'OPEN') return;
    this.#report(
      new ConnectionError(ERROR_CODES.CONNECTION_ERROR.message, 'CONNECTION_ERROR', { cause }),
    );
  }

  handleSocketEnd(): void {
    if (this.state === 'CONNECTING') this.destroy();
    else this.inbound.reader.end();
  }

  handleSocketClose(): void {
    const { observer } = this.#context;
    // A peer may send messages and leave at once; after `destroy` the application wants none of them.
    if (this.state !== 'CLOSED') {
      this.inbound.reader.drain();
      const { pending } = this.inbound;
      if (pending !== undefined) {
        void pending.then(() => this.handleSocketClose());
        return;
      }
    }
    this.#leave('the connection is closed');
    // The application may keep the connection, and with it what was read and not handled.
    while (this.#socket.read() !== null);
    observer.handleGone(this);
    if (!this.wasOpen) return;
    const end = this.#end;
    // Each listener separately: cleanup must not depend on other listeners.
    for (const listener of this.connection.rawListeners('close')) {
      this.#callSafely(() => listener.call(this.connection, end));
    }
    observer.handleClosed?.(this, end);
  }

  get #end(): ConnectionEnd<M> {
    const { cause = 'connectionLost', sent, received, outcome } = this.#sequence;
    const { clientAddress: address, connection } = this;
    return {
      initiator: CLOSE_CAUSES[cause],
      cause,
      ...outcome,
      peerCode: received?.code,
      sentCode: sent?.code,
      address,
      metadata: connection.metadata,
    };
  }

  get hasLostSocket(): boolean {
    return this.#socket.destroyed && this.inbound.pending === undefined;
  }

  /** Ends it as the socket's close would have done, and reports that. */
  handleLostSocket(): void {
    stopListeningToSocket(this.#socket, 'close');
    this.#report(new ConnectionError('the socket ended without a close event'));
    this.handleSocketClose();
  }

  #report(error: WebSocketError): void {
    this.#context.reportedErrors.add(error);
    // An emitter throws an `error` that has no listener.
    if (this.connection.listenerCount('error') > 0) {
      this.#callSafely(() => this.connection.emit('error', error));
    }
    this.#context.observer.handleError?.(error, this);
  }

  #callSafely(call: () => unknown): void {
    callApplication(call, (error) => this.handleListenerFailure(error));
  }
}
