/**
 * Our end of one WebSocket connection: joins reader, sender, close handshake and heartbeat, and
 * owns the state.
 *
 * How to think about it: bytes arrive through `handleEvent`, calls of the application through the
 * methods that `Connection` delegates, time through the heartbeat, the stall watchlist and one close
 * timer. Each of them may end the connection, in one of three ways: `close` (a close handshake),
 * `#fail` (we send a close frame with the reason and stop listening), `destroy` (nothing is sent).
 * All of them end in `#handleSocketClose`.
 */

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isCloseCodeOnWire, NO_STATUS_RECEIVED } from '../../protocol/close-codes.ts';
import { CloseHandshake, type CloseOutcome } from '../../protocol/close-handshake.ts';
import { encodeClosePayload } from '../../protocol/close-payload.ts';
import { type ConnectionState, isLegalMove } from '../../protocol/connection-state.ts';
import { COMPRESSED_BIT, type DeflateOptions } from '../../protocol/deflate-parameters.ts';
import {
  ConnectionError,
  ERROR_CODES,
  type ErrorCode,
  FrameError,
  WebSocketError,
} from '../../protocol/errors.ts';
import type { CompressedMessage } from '../../protocol/message-assembler.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { type ReceivedEvent, Receiver, type ReceiverOptions } from '../../protocol/receiver.ts';
import type { ConnectionSlot } from '../admission/admission-control.ts';
import type { ConnectionPriority } from '../admission/priority.ts';
import type { AuditedPeer } from '../broadcast/registry-audit.ts';
import type { Timer } from '../clock.ts';
import { MessageDeflater } from '../deflate/message-deflater.ts';
import { type InflatedMessage, MessageInflater } from '../deflate/message-inflater.ts';
import type { InflateErrorCode } from '../deflate/raw-inflate.ts';
import type { HeartbeatPeer, Monitored } from '../liveness/heartbeat.ts';
import type { IdleAndAgePeer } from '../liveness/idle-and-age-limits.ts';
import type { StallPeer } from '../liveness/stall-watchlist.ts';
import { TracedSender } from '../observability/traced-sender.ts';
import {
  ReceiveRateLimiter,
  type ReceiveRateLimiterHost,
} from '../receive/receive-rate-limiter.ts';
import {
  listenToSocket,
  readInPlace,
  type SocketListener,
  stopListeningToSocket,
} from '../receive/socket-listener.ts';
import { type ReaderSink, SocketReader } from '../receive/socket-reader.ts';
import type { UnfinishedPeer } from '../receive/unfinished-budget.ts';
import { Sender, type SenderHost } from '../send/sender.ts';
import { type OutgoingSink, type SendCallback, SocketWriter } from '../send/socket-writer.ts';
import { Connection, type ConnectionCounters, type ConnectionEndpoint } from './connection.ts';
import { createConnectionId } from './connection-id.ts';
import type { EndpointContext, ObservedEndpoint, OpenOptions } from './endpoint-types.ts';

const NO_EXTENSIONS: readonly string[] = Object.freeze([]);

export class Endpoint<M>
  implements
    ReaderSink,
    OutgoingSink,
    SenderHost,
    HeartbeatPeer,
    IdleAndAgePeer,
    StallPeer,
    ReceiveRateLimiterHost,
    UnfinishedPeer,
    SocketListener,
    AuditedPeer,
    ConnectionEndpoint,
    ObservedEndpoint<M>
{
  readonly id = createConnectionId();
  readonly connection: Connection<M>;
  readonly sender: Sender;
  readonly remoteAddress: string | undefined;
  readonly createdMs: number;
  /** The connection slot assigned by the server's admission. */
  slot: ConnectionSlot | undefined;
  readonly #context: EndpointContext<M>;
  readonly #socket: Duplex;
  readonly #receiver: Receiver;
  readonly #reader: SocketReader;
  readonly #outgoing: SocketWriter;
  /** Created when the connection begins to close. */
  #closing: CloseHandshake | undefined;
  #state: ConnectionState = 'CONNECTING';
  #wasOpen = false;
  #protocol = '';
  #extensions = NO_EXTENSIONS;
  #inflater: MessageInflater | undefined;
  /** Reading is paused by the application, and while a message is inflated off the event loop. */
  #isPaused = false;
  #isInflating = false;
  #monitored: Monitored | undefined;
  /** Created when the first bytes arrive: most connections are silent. */
  #rateLimiter: ReceiveRateLimiter | undefined;
  #closeTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;
  #lastActivityMs: number;
  #bytesReceived = 0;
  #messagesReceived = 0;

  constructor(context: EndpointContext<M>, socket: Duplex, head: Uint8Array) {
    const { options, flushQueue, rules, debug } = context;
    this.#context = context;
    this.#socket = socket;
    this.createdMs = options.clock.now();
    this.#lastActivityMs = this.createdMs;
    if (socket instanceof Socket) {
      this.remoteAddress = socket.remoteAddress;
      // Frames are small and urgent; the HTTP timeouts on this socket no longer apply.
      socket.setNoDelay(true).setTimeout(0);
    }
    this.#outgoing = new SocketWriter(socket, flushQueue, this, options.clock);
    this.sender = this.#createSender();
    // `open` sets the metadata before the application sees the connection.
    this.connection = new Connection<M>(this, undefined as M);
    this.#receiver = new Receiver(rules, debug?.observeReceived(this.id));
    this.#reader = new SocketReader(socket, this.#receiver, options.clock, this);
    // The endpoint ends its side itself, after its queued output and unread input. A socket of a
    // TLS server would otherwise end as soon as the peer does.
    socket.allowHalfOpen = true;
    listenToSocket(socket, this);
    if (head.length > 0) this.#reader.take(head, head.length);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether it was ever open; the application knows the connection then. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  get protocol(): string {
    return this.#protocol;
  }

  get extensions(): readonly string[] {
    return this.#extensions;
  }

  /** How the connection ended; undefined before. */
  get outcome(): CloseOutcome | undefined {
    return this.#state === 'CLOSED' ? this.#closeHandshake.outcome : undefined;
  }

  get clientAddress(): string | undefined {
    return this.slot === undefined ? this.remoteAddress : this.slot.address;
  }

  get priority(): ConnectionPriority {
    return this.slot?.priority ?? 'normal';
  }

  set priority(priority: ConnectionPriority) {
    if (this.slot !== undefined) this.slot.priority = priority;
  }

  get bufferedBytes(): number {
    return this.#outgoing.bufferedBytes + this.#outgoing.compressingBytes;
  }

  get unfinishedBytes(): number {
    return this.#receiver.heldBytes + (this.#inflater?.heldBytes ?? 0);
  }

  /**
   * Whether bytes wait until the peer reads. Bytes of this turn may only wait for a system whose
   * buffers are full for a moment, or for a socket that completes each write later, as TLS does.
   */
  get isBlocked(): boolean {
    return this.#outgoing.state === 'waiting';
  }

  get lastActivityMs(): number {
    return this.#lastActivityMs;
  }

  get averageRttMs(): number | undefined {
    return this.#monitored?.averageRttMs;
  }

  get lastPingMs(): number | undefined {
    return this.#monitored?.lastPingMs;
  }

  get lastPongMs(): number | undefined {
    return this.#monitored?.lastPongMs;
  }

  get counters(): ConnectionCounters {
    return {
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#outgoing.acceptedBytes,
      messagesReceived: this.#messagesReceived,
      messagesSent: this.sender.messagesSent,
      messagesDropped: this.sender.messagesDropped,
    };
  }

  /**
   * Whether the peer cannot show signs of life, because we do not read and it has nothing to read.
   */
  get isExcused(): boolean {
    return this.#reader.isPaused && this.#outgoing.bufferedBytes === 0;
  }

  get messageCount(): number {
    return this.#messagesReceived + this.sender.messagesSent;
  }

  get isOccupied(): boolean {
    return this.#reader.isPaused || this.bufferedBytes > 0;
  }

  /** Applies new limits on what the peer sends, from its next message on. */
  adoptRules(rules: ReceiverOptions): void {
    this.#receiver.adoptRules(rules);
  }

  // Life cycle of the connection.

  /**
   * Sends a server's 101, notifies the application through `announce`, and emits events from the
   * next turn on, so that code that awaits the handshake can add listeners.
   */
  open(openOptions: OpenOptions<M>, announce: () => void): void {
    const { heartbeat, idleAndAgeLimits, options } = this.#context;
    this.#wasOpen = true;
    this.#protocol = openOptions.protocol;
    if (openOptions.extensions.length > 0) this.#extensions = openOptions.extensions;
    this.connection.metadata = openOptions.metadata;
    if (openOptions.deflate !== undefined) this.#startCompression(openOptions.deflate);
    if (openOptions.response !== undefined) this.#outgoing.append(openOptions.response);
    this.#setState('OPEN');
    this.expireIn(openOptions.expiresInMs);
    this.#monitored = heartbeat?.add(this, options.clock.now());
    idleAndAgeLimits?.add(this, options.clock.now());
    this.#callSafely(announce);
    this.#outgoing.flush();
    // Bytes from the system arrive in a later turn; a stream may already hold some.
    const isQuiet = this.readsInPlace && readInPlace(this.#socket);
    this.#reader.start({ isQuiet });
  }

  /** Releases the socket, so that the upgrade can be rejected; nothing was written to it. */
  abandon(): void {
    this.#leave('the upgrade was rejected');
    stopListeningToSocket(this.#socket, 'data');
    stopListeningToSocket(this.#socket, 'end');
  }

  /** Without a code the close frame is empty. */
  close(code: number | undefined, reason: string): void {
    const { name } = this.#context.role;
    if (code !== undefined && !isCloseCodeOnWire(code, name)) {
      throw new WebSocketError(`a ${name} may not close with ${code}`, 'INVALID_ARGUMENT');
    }
    if (this.#state !== 'OPEN') return;
    this.#startClosing();
    this.#sendClose(code ?? NO_STATUS_RECEIVED, reason);
    // The peer's close frame must be received.
    this.#isPaused = false;
    if (!this.#isInflating) this.#reader.resume();
  }

  /** Writes what was sent in this turn, before other code uses the socket. */
  flush(): void {
    if (this.#state !== 'CLOSED') this.#outgoing.flushWithinCall();
  }

  /** Writes what was sent by reference, so that its owner may change it. */
  flushGivenBytes(): void {
    if (this.#state !== 'CLOSED') this.#outgoing.flushGivenBytes();
  }

  destroy(): void {
    if (this.#state === 'CLOSED') return;
    this.#outgoing.deferCallbacks();
    this.#leave('the connection was destroyed');
    this.#socket.destroy();
  }

  expireIn(afterMs: number | undefined): void {
    this.#expiryTimer?.clear();
    if (this.#state !== 'OPEN' || afterMs === undefined) return;
    this.#expiryTimer = this.#context.options.clock.setTimeout(
      () => this.close(1008, 'the authentication has expired'),
      afterMs,
    );
  }

  pause(): void {
    if (this.#state !== 'OPEN') return;
    this.#isPaused = true;
    this.#reader.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#resumeReading();
  }

  /**
   * Resumes reading, unless the application, a rate limit or an inflating message still pauses it.
   */
  #resumeReading(): void {
    const isThrottling = this.#rateLimiter?.isThrottling === true;
    if (!this.#isPaused && !this.#isInflating && !isThrottling) this.#reader.resume();
  }

  /** A listener threw: an internal error, which ends this connection only. */
  handleListenerFailure(thrown: unknown): void {
    this.#fail('INTERNAL_ERROR');
    this.#context.observer.handleError(thrown, this);
  }

  get #closeHandshake(): CloseHandshake {
    this.#closing ??= new CloseHandshake();
    return this.#closing;
  }

  // Events from the reader.

  handleBytes(byteCount: number, nowMs: number): void {
    this.#bytesReceived += byteCount;
    this.#context.instrumentation.trafficCounters.addBytesReceived(byteCount);
    this.#lastActivityMs = nowMs;
    this.#monitored?.recordLife(nowMs);
    if (this.#context.rates !== undefined && this.#state === 'OPEN') {
      this.#rateLimiter ??= new ReceiveRateLimiter(this.#context.rates, this);
      this.#rateLimiter.countBytes(byteCount, nowMs);
    }
  }

  handleReadStart(): void {
    this.#context.rules.bufferPool?.beginReading();
    this.#outgoing.cork();
    this.#context.instrumentation.parseTimer.begin();
  }

  handleEvent(event: ReceivedEvent): void {
    const { parseTimer } = this.#context.instrumentation;
    parseTimer.pause();
    this.#dispatch(event);
    parseTimer.resume();
  }

  #dispatch(event: ReceivedEvent): void {
    if (event.kind === 'close') {
      this.#handleCloseFrame(event.code, event.reason);
    } else if (event.kind === 'violation') {
      this.#handleViolation(new FrameError(event.code));
    } else if (event.kind === 'compressed-piece') {
      if (this.#isListening) this.#inflater?.addFragment(event.data);
    } else if (event.kind !== 'fragment' && this.#isListening) {
      // Otherwise, or if it is one too many, it is read and dropped.
      if (this.#state === 'OPEN' && !this.#isWithinRate()) return;
      if (event.kind === 'compressed') this.#inflate(event);
      else this.#deliver(event);
    }
  }

  handleReadEnd(): void {
    this.#context.instrumentation.parseTimer.end();
    this.#outgoing.uncork();
    this.#context.rules.bufferPool?.endReading();
    this.#context.unfinishedBudget?.update(this);
    const measured = this.#inflater?.measure();
    if (measured !== undefined) void this.#awaitMeasured(measured);
    const isOwing = this.#reader.unfinishedSinceMs !== undefined;
    if (isOwing && this.#state === 'OPEN') this.#context.stallWatchlist.add(this);
  }

  #deliver(event: Extract<ReceivedEvent, { kind: 'message' | 'ping' | 'pong' }>): void {
    const { heartbeat, options, instrumentation } = this.#context;
    try {
      switch (event.kind) {
        case 'message':
          this.#messagesReceived += 1;
          instrumentation.trafficCounters.countReceived(
            event.isBinary ? OPCODES.binary : OPCODES.text,
          );
          instrumentation.sizes.observe(event.data.length);
          this.#deliverMessage(toBuffer(event.data), event.isBinary);
          break;
        case 'ping':
          instrumentation.trafficCounters.countReceived(OPCODES.ping);
          if (this.#state === 'OPEN' && options.answersPings !== false) {
            this.sender.answerPing(event.payload);
          }
          this.connection.emit('ping', toBuffer(event.payload));
          break;
        case 'pong':
          instrumentation.trafficCounters.countReceived(OPCODES.pong);
          if (this.#monitored !== undefined) {
            heartbeat?.recordPong(this.#monitored, event.payload, this.#lastActivityMs);
          }
          this.connection.emit('pong', toBuffer(event.payload));
          break;
      }
    } catch (error) {
      this.handleListenerFailure(error);
    }
  }

  #deliverMessage(data: Buffer, isBinary: boolean): void {
    const { tracer } = this.#context;
    const { connection } = this;
    if (tracer === undefined) {
      connection.emit('message', data, isBinary);
    } else {
      const message = { isBinary, byteCount: data.length };
      tracer.traceMessage(connection, message, () => connection.emit('message', data, isBinary));
    }
  }

  #isWithinRate(): boolean {
    this.#rateLimiter?.countMessage(this.#lastActivityMs);
    return this.#state === 'OPEN';
  }

  get #isListening(): boolean {
    if (this.#state === 'OPEN') return true;
    return this.#state === 'CLOSING' && this.#context.options.listensWhileClosing === true;
  }

  #createSender(): Sender {
    const { debug, tracer, options, role } = this.#context;
    const handling = {
      maskFrame: role.maskFrame,
      observeFrame: debug?.observeSent(this.id, role.name),
    };
    const senderArguments = [this.#outgoing, options, this, handling] as const;
    if (tracer?.tracesSent !== true) return new Sender(...senderArguments);
    return new TracedSender(
      (message) => tracer.traceSent(this.connection, message),
      ...senderArguments,
    );
  }

  #startCompression({ inbound, outbound }: DeflateOptions): void {
    const { deflate } = this.#context;
    assert(deflate !== undefined, 'compression state exists if it was agreed on');
    this.#receiver.grantReservedBits(COMPRESSED_BIT);
    this.#inflater = new MessageInflater(deflate, inbound);
    this.sender.compressWith(new MessageDeflater(deflate, outbound));
  }

  /**
   * Rejects a message that inflates to more than the limit before its last fragment. Meanwhile
   * nothing is read: a peer may send faster than zlib inflates.
   */
  async #awaitMeasured(measured: Promise<InflateErrorCode | undefined>): Promise<void> {
    this.#isInflating = true;
    // The time for the message runs on: otherwise each fragment would renew it.
    this.#reader.pause({ isTimed: true });
    try {
      const fault = await measured;
      if (fault !== undefined && this.#isListening) this.#handleViolation(new FrameError(fault));
    } catch (error) {
      this.handleListenerFailure(error);
    }
    this.#isInflating = false;
    this.#resumeReading();
  }

  /**
   * All frames after a message that takes long to inflate wait for it, pings too, and are not even
   * read.
   */
  #inflate(message: CompressedMessage): void {
    try {
      const inflated = this.#inflater?.inflate(message);
      if (inflated instanceof Promise) void this.#awaitInflated(message, inflated);
      else if (inflated !== undefined) this.#handleInflated(message, inflated);
    } catch (error) {
      this.handleListenerFailure(error);
    }
  }

  async #awaitInflated(
    message: CompressedMessage,
    inflated: Promise<InflatedMessage>,
  ): Promise<void> {
    this.#isInflating = true;
    this.#reader.pause();
    try {
      this.#handleInflated(message, await inflated);
    } catch (error) {
      this.handleListenerFailure(error);
    }
    this.#isInflating = false;
    this.#resumeReading();
  }

  #handleInflated({ isBinary }: CompressedMessage, data: InflatedMessage): void {
    // The connection may have ended meanwhile.
    if (!this.#isListening) return;
    if (typeof data === 'string') this.#handleViolation(new FrameError(data));
    else this.#deliver({ kind: 'message', isBinary, data });
  }

  #handleCloseFrame(code: number, reason: string): void {
    this.#context.instrumentation.trafficCounters.countReceived(OPCODES.close);
    this.#closeHandshake.receive(code, reason);
    if (this.#state === 'OPEN') {
      this.#startClosing();
      this.#sendClose(code, this.#context.options.echoesCloseReason === true ? reason : '');
    }
    // Both close frames are exchanged. The server ends TCP, the client waits for it (RFC 6455
    // section 7.1.1).
    if (this.#context.role.name === 'server') this.#stopListening();
    else this.#reader.discard(this.#context.options.discardLimit);
  }

  #handleViolation(error: FrameError | ConnectionError): void {
    if (this.#state === 'OPEN') {
      this.#fail(error.code);
      this.#report(error);
    } else {
      // Our close frame was already sent; after a violation the peer's can no longer be parsed.
      const isNews = this.#isListening && !this.#reader.isStopped;
      this.#stopListening();
      if (isNews) this.#report(error);
    }
  }

  // Events from output, heartbeat and detectors.

  handleBlocked(): void {
    this.sender.noteCongestion();
    if (this.#state === 'OPEN') this.#context.stallWatchlist.add(this);
  }

  handleProgress(hadToWait: boolean): void {
    const monitored = this.#monitored;
    if (hadToWait && monitored !== undefined && this.#hasPeerRead(monitored)) {
      monitored.recordLife(this.#context.options.clock.now());
    }
    this.sender.noteWritten();
  }

  #hasPeerRead({ isPinged, lastPingMs = 0 }: Monitored): boolean {
    return !isPinged || this.#outgoing.showsReading(lastPingMs);
  }

  handleDrain(): void {
    this.#callSafely(() => this.connection.emit('drain'));
  }

  handleSlowPeer(): void {
    this.#fail('RESOURCE_EXHAUSTED');
    this.#report(new ConnectionError('the peer reads too slowly', 'RESOURCE_EXHAUSTED'));
  }

  handleUnfinishedExcess(): void {
    const { message } = ERROR_CODES.INSUFFICIENT_RESOURCES;
    this.#handleViolation(new ConnectionError(message, 'INSUFFICIENT_RESOURCES'));
  }

  handleThrottle(): void {
    // The peer caused the pause, so the time limit for its unfinished message keeps running.
    this.#reader.pause({ isTimed: true });
  }

  handleThrottleEnd(): void {
    this.#resumeReading();
  }

  handleRateExceeded(): void {
    this.#fail('RATE_LIMITED');
    this.#report(new ConnectionError(ERROR_CODES.RATE_LIMITED.message, 'RATE_LIMITED'));
  }

  callBack(done: SendCallback, error?: WebSocketError): void {
    this.#callSafely(() => done(error));
  }

  sendHeartbeat(payload: Uint8Array): void {
    this.sender.appendControl(OPCODES.ping, payload);
  }

  handleDeath(): void {
    this.#callSafely(() => this.connection.emit('dead', 'heartbeat-timeout'));
    if (this.#state !== 'OPEN') return;
    this.#startClosing();
    // Still reported as 1006: no close frame was received.
    this.#sendClose(ERROR_CODES.NETWORK_TIMEOUT.closeCode, 'no sign of life');
    this.#stopListening();
  }

  handleIdle(): void {
    this.close(1008, 'no message for too long');
  }

  handleLifetimeEnd(): void {
    this.close(1001, 'maximum connection age reached');
  }

  checkStalls(nowMs: number): void {
    const { fragmentTimeout, writeTimeout } = this.#context.options;
    const unfinishedSinceMs = this.#reader.unfinishedSinceMs ?? nowMs;
    const { handedSinceMs } = this.#outgoing;
    if (nowMs - (handedSinceMs ?? nowMs) >= writeTimeout) {
      this.#report(new ConnectionError('the peer accepted no bytes in time', 'NETWORK_TIMEOUT'));
      this.destroy();
    } else if (nowMs - unfinishedSinceMs >= fragmentTimeout) {
      this.#handleViolation(new FrameError('MESSAGE_TIMEOUT'));
    } else if (handedSinceMs === undefined && !this.#reader.isUnfinished) {
      this.#context.stallWatchlist.delete(this);
    }
  }

  // Closing.

  /** Sends a close frame with the reason of a failure, and stops listening. */
  #fail(code: ErrorCode): void {
    if (this.#state !== 'OPEN') return;
    const { closeCode, message } = ERROR_CODES[code];
    this.#closeHandshake.fail(closeCode, message);
    this.#startClosing();
    this.#sendClose(closeCode, message);
    this.#stopListening();
  }

  /** From here on no data is sent, and the time to the end is limited. */
  #startClosing(): void {
    const { clock, closeTimeout } = this.#context.options;
    this.#setState('CLOSING');
    this.sender.endCompression();
    this.#stopMonitoring();
    this.#closeTimer = clock.setTimeout(() => this.destroy(), closeTimeout);
  }

  #sendClose(code: number, reason: string): void {
    this.#closeHandshake.markSent();
    this.sender.appendControl(OPCODES.close, encodeClosePayload(code, reason));
  }

  /** Ends our side of TCP after the queued output; the peer's side is drained until it ends too. */
  #stopListening(): void {
    this.#inflater?.stopMeasuring();
    this.#reader.discard(this.#context.options.discardLimit);
    this.#context.unfinishedBudget?.update(this);
    this.#outgoing.end();
  }

  #stopMonitoring(): void {
    this.#expiryTimer?.clear();
    if (this.#monitored !== undefined) this.#context.heartbeat?.remove(this.#monitored);
    this.#context.stallWatchlist.delete(this);
    this.#context.idleAndAgeLimits?.remove(this);
    this.#rateLimiter?.stop();
  }

  /** The only way into CLOSED: releases timers, detectors and buffers. */
  #leave(reason: string): void {
    if (this.#state === 'CLOSED') return;
    this.#setState('CLOSED');
    this.#stopMonitoring();
    this.#closeTimer?.clear();
    this.#reader.stop();
    this.sender.endCompression();
    // Its memory is freed at once, even if the application keeps the connection.
    this.#inflater?.stopMeasuring();
    this.#inflater = undefined;
    this.#context.unfinishedBudget?.update(this);
    this.#outgoing.stop(reason);
  }

  get readsInPlace(): boolean {
    return this.#wasOpen && this.#context.options.readBuffer !== 'own';
  }

  handleSocketData(chunk: Uint8Array, byteCount: number): void {
    this.#reader.take(chunk, byteCount);
  }

  handleSocketError(cause: Error): void {
    // While closing, a connection reset by the peer only speeds up the end.
    if (this.#state !== 'OPEN') return;
    this.#report(
      new ConnectionError(ERROR_CODES.CONNECTION_ERROR.message, 'CONNECTION_ERROR', { cause }),
    );
  }

  handleSocketEnd(): void {
    if (this.#state === 'CONNECTING') this.destroy();
    else this.#reader.end();
  }

  handleInputEnd(): void {
    // Without a close frame this is 1006; queued output may still reach the peer.
    if (this.#state === 'OPEN') this.#startClosing();
    this.#outgoing.end();
  }

  handleSocketClose(): void {
    const { observer } = this.#context;
    const { outcome } = this.#closeHandshake;
    this.#leave('the connection is closed');
    observer.handleGone(this);
    if (!this.#wasOpen) return;
    // Each listener separately: cleanup must not depend on other listeners.
    for (const listener of this.connection.rawListeners('close')) {
      this.#callSafely(() => listener.call(this.connection, outcome));
    }
    observer.handleClosed(this, outcome);
  }

  get hasLostSocket(): boolean {
    return this.#socket.destroyed;
  }

  handleLostSocket(): void {
    stopListeningToSocket(this.#socket, 'close');
    this.#report(new ConnectionError('the socket ended without a close event'));
    this.handleSocketClose();
  }

  #setState(next: ConnectionState): void {
    const previous = this.#state;
    assert(isLegalMove(previous, next), `illegal move from ${previous} to ${next}`);
    this.#state = next;
    this.sender.followState(next);
    this.#callSafely(() => this.connection.emit('state_change', previous, next));
  }

  /** Reports an error that ends the connection. */
  #report(error: WebSocketError): void {
    // An emitter throws an `error` that has no listener.
    if (this.connection.listenerCount('error') > 0) {
      this.#callSafely(() => this.connection.emit('error', error));
    }
    this.#context.observer.handleError(error, this);
  }

  #callSafely(call: () => unknown): void {
    try {
      const returned = call();
      // For listeners called directly, and callbacks; an emitter handles its own listeners.
      if (returned instanceof Promise) returned.catch((error) => this.handleListenerFailure(error));
    } catch (error) {
      this.handleListenerFailure(error);
    }
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
