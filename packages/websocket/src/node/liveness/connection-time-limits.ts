/**
 * The time limits of one connection: signs of life, stalled transfers, idleness, age, and the expiry
 * of its credentials. It finds what is over; its host ends the connection.
 */
import { ConnectionError, FrameError } from '../../protocol/errors.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import type { Timer } from '../clock.ts';
import type { EndpointContext } from '../connection/endpoint-types.ts';
import type { InboundPipeline } from '../receive/inbound-pipeline.ts';
import type { Sender } from '../send/sender.ts';
import type { SocketWriter } from '../send/socket-writer.ts';
import type { HeartbeatPeer, Monitored } from './heartbeat.ts';
import type { IdleAndAgePeer } from './idle-and-age-limits.ts';
import type { StallPeer } from './stall-watchlist.ts';

type LimitsContext = Pick<
  EndpointContext<never>,
  'options' | 'heartbeat' | 'stallWatchlist' | 'idleAndAgeLimits'
>;

export interface TimeLimitedConnection {
  readonly createdMs: number;
  handleDeath(): void;
  close(code: number, reason: string): void;
  handleViolation(error: FrameError): void;
  /** The peer accepts nothing: it would not receive a close frame either. */
  handleWriteTimeout(error: ConnectionError): void;
}

export class ConnectionTimeLimits implements HeartbeatPeer, IdleAndAgePeer, StallPeer {
  readonly #context: LimitsContext;
  readonly #host: TimeLimitedConnection;
  readonly #inbound: InboundPipeline;
  readonly #outgoing: SocketWriter;
  readonly #sender: Sender;
  monitored: Monitored | undefined;
  #expiryTimer: Timer | undefined;

  constructor(
    context: LimitsContext,
    host: TimeLimitedConnection,
    inbound: InboundPipeline,
    outgoing: SocketWriter,
    sender: Sender,
  ) {
    this.#context = context;
    this.#host = host;
    this.#inbound = inbound;
    this.#outgoing = outgoing;
    this.#sender = sender;
  }

  start(): void {
    const { heartbeat, idleAndAgeLimits, options } = this.#context;
    const nowMs = options.clock.now();
    this.monitored = heartbeat?.add(this, nowMs);
    idleAndAgeLimits?.add(this, nowMs);
  }

  stop(): void {
    const { heartbeat, idleAndAgeLimits, stallWatchlist } = this.#context;
    this.#expiryTimer?.clear();
    if (this.monitored !== undefined) heartbeat?.remove(this.monitored);
    stallWatchlist.delete(this);
    idleAndAgeLimits?.remove(this);
  }

  expireIn(afterMs: number | undefined): void {
    this.#expiryTimer?.clear();
    if (afterMs === undefined) return;
    const expire = () => this.#host.close(1008, 'the authentication has expired');
    this.#expiryTimer = this.#context.options.clock.setTimeout(expire, afterMs);
  }

  /** Watches a transfer that has begun until it is complete. */
  watchStalls(): void {
    this.#context.stallWatchlist.add(this);
  }

  recordPong(payload: Uint8Array): void {
    if (this.monitored === undefined) return;
    this.#context.heartbeat?.recordPong(this.monitored, payload, this.#inbound.lastActivityMs);
  }

  /**
   * The system has accepted bytes that had to wait, which may show that the peer reads. This is a
   * sign of life only if we read no other: buffers on the way drain for a while without the peer.
   */
  recordDrain(): void {
    if (this.monitored === undefined || !this.#inbound.reader.isPaused) return;
    const { isPinged, lastPingMs = 0 } = this.monitored;
    if (isPinged && !this.#outgoing.showsReading(lastPingMs)) return;
    this.monitored.recordLife(this.#context.options.clock.now());
  }

  // For the heartbeat.

  /** Whether the peer cannot show life: we do not read, and it has nothing to read. */
  get isExcused(): boolean {
    return this.#inbound.reader.isPaused && this.#outgoing.bufferedBytes === 0;
  }

  sendHeartbeat(payload: Uint8Array): void {
    this.#sender.appendControl(OPCODES.ping, payload);
  }

  handleDeath(): void {
    this.#host.handleDeath();
  }

  // For the limits of idleness and age.

  get createdMs(): number {
    return this.#host.createdMs;
  }

  get messageCount(): number {
    return this.#inbound.messagesReceived + this.#sender.messagesSent;
  }

  get isOccupied(): boolean {
    return this.#inbound.reader.isPaused || this.#outgoing.pendingBytes > 0;
  }

  handleIdle(): void {
    this.#host.close(1008, 'no message for too long');
  }

  handleLifetimeEnd(): void {
    this.#host.close(1001, 'maximum connection age reached');
  }

  // For the stall watchlist.

  get bufferedBytes(): number {
    return this.#outgoing.pendingBytes;
  }

  get unfinishedBytes(): number {
    return this.#inbound.unfinishedBytes;
  }

  /** Whether bytes wait until the peer reads, not only for the system or the turn's end. */
  get isBlocked(): boolean {
    return this.#outgoing.state === 'waiting';
  }

  checkStalls(nowMs: number): void {
    const { fragmentTimeout, writeTimeout } = this.#context.options;
    const unfinishedSinceMs = this.#inbound.reader.unfinishedSinceMs ?? nowMs;
    const { handedSinceMs } = this.#outgoing;
    if (nowMs - (handedSinceMs ?? nowMs) >= writeTimeout) {
      const message = 'the peer accepted no bytes in time';
      this.#host.handleWriteTimeout(new ConnectionError(message, 'NETWORK_TIMEOUT'));
    } else if (nowMs - unfinishedSinceMs >= fragmentTimeout) {
      this.#host.handleViolation(new FrameError('MESSAGE_TIMEOUT'));
    } else if (handedSinceMs === undefined && !this.#inbound.reader.isUnfinished) {
      this.#context.stallWatchlist.delete(this);
    }
  }
}
