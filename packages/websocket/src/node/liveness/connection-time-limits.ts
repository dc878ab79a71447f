/**
 * The time limits of one connection: signs of life, stalled transfers, idleness, age, and the expiry
 * of its credentials. It finds what is over; its host ends the connection.
 */
import type { CloseCause } from '../../protocol/close-causes.ts';
import { ConnectionError, FrameError } from '../../protocol/errors.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { afterTurn, type Timer } from '../clock.ts';
import type { EndpointContext } from '../connection/endpoint-types.ts';
import type { InboundPipeline } from '../receive/inbound-pipeline.ts';
import type { Sender } from '../send/sender.ts';
import type { SocketWriter } from '../send/socket-writer.ts';
import type { ConnectionHealth, HeartbeatPeer } from './connection-health.ts';
import type { IdleAndAgePeer } from './idle-and-age-limits.ts';
import type { StallPeer } from './stall-watchlist.ts';

export interface TimeLimitedConnection {
  readonly inbound: InboundPipeline;
  readonly outgoing: SocketWriter;
  readonly sender: Sender;
  readonly createdMs: number;
  handleDeath(): void;
  close(code: number, reason: string, cause: CloseCause): void;
  destroy(): void;
  handleViolation(error: FrameError): void;
  /** The peer accepts nothing: it would not receive a close frame either. */
  handleOutputFailure(error: ConnectionError): void;
}

export class ConnectionTimeLimits implements HeartbeatPeer, IdleAndAgePeer, StallPeer {
  readonly connection: TimeLimitedConnection;
  monitored: ConnectionHealth | undefined;
  readonly #context: EndpointContext<never>;
  /** Ends what lasts too long: first the life of the credentials, then the closing. */
  #timer: Timer | undefined;

  constructor(context: EndpointContext<never>, connection: TimeLimitedConnection) {
    this.#context = context;
    this.connection = connection;
  }

  start(): void {
    const { heartbeat, idleAndAgeLimits, options } = this.#context;
    const nowMs = options.clock.now();
    this.monitored = heartbeat?.add(this, nowMs);
    idleAndAgeLimits?.add(this, nowMs);
  }

  stop(): void {
    const { heartbeat, idleAndAgeLimits, stallWatchlist } = this.#context;
    this.#timer?.clear();
    if (this.monitored !== undefined) heartbeat?.remove(this.monitored);
    stallWatchlist.delete(this);
    idleAndAgeLimits?.remove(this);
  }

  expireIn(afterMs: number | undefined): void {
    this.#timer?.clear();
    if (afterMs === undefined) return;
    const expire = () => this.connection.close(1008, 'the authentication has expired', 'expired');
    this.#timer = this.#context.options.clock.setTimeout(expire, afterMs);
  }

  limitClosing(): void {
    const { clock, closeTimeout } = this.#context.options;
    // After the turn: a process that stood still has not read yet what the peer has answered.
    const expire = () => void afterTurn(() => this.connection.destroy());
    this.#timer = clock.setTimeout(expire, closeTimeout);
  }

  recordPong(payload: Uint8Array): void {
    if (this.monitored === undefined) return;
    const { heartbeat, options } = this.#context;
    heartbeat?.recordPong(this.monitored, payload, options.clock.now());
  }

  /**
   * The system has accepted bytes that had to wait, which may show that the peer reads. This is a
   * sign of life only if we read no other: buffers on the way drain for a while without the peer.
   */
  recordDrain(): void {
    const { inbound, outgoing } = this.connection;
    if (this.monitored === undefined || !inbound.reader.isPaused) return;
    const { isPinged, lastPingMs = 0 } = this.monitored;
    if (isPinged && !outgoing.showsReading(lastPingMs)) return;
    this.monitored.recordLife(this.#context.options.clock.now());
  }

  // For the heartbeat.

  /** Whether the peer cannot show life: we do not read, and it has nothing to read. */
  get isExcused(): boolean {
    const { inbound, outgoing } = this.connection;
    return inbound.reader.isPaused && outgoing.bufferedBytes === 0;
  }

  sendHeartbeat(payload: Uint8Array): void {
    this.connection.sender.appendControl(OPCODES.ping, payload);
  }

  // For the limits of idleness and age.

  get messageCount(): number {
    const { inbound, sender } = this.connection;
    return inbound.messagesReceived + sender.messagesSent + sender.fragmentsSent;
  }

  get isOccupied(): boolean {
    const { inbound, outgoing } = this.connection;
    // `fragmentTimeout` limits an unfinished message.
    const isOnItsWay = inbound.reader.isUnfinished || outgoing.pendingBytes > 0;
    return inbound.reader.isPaused || isOnItsWay;
  }

  // For the stall watchlist.

  get heldBytes(): number {
    return this.connection.outgoing.pendingBytes + this.connection.inbound.unfinishedBytes;
  }

  /** Whether bytes wait until the peer reads, not only for the system or the turn's end. */
  get isBlocked(): boolean {
    return this.connection.outgoing.state === 'waiting';
  }

  checkStalls(nowMs: number): void {
    const { fragmentTimeout, writeTimeout } = this.#context.options;
    const { inbound, outgoing } = this.connection;
    outgoing.checkProgress(nowMs);
    const { handedSinceMs } = outgoing;
    const { isUnfinished, unfinishedSinceMs = nowMs } = inbound.reader;
    if (nowMs - (handedSinceMs ?? nowMs) >= writeTimeout) {
      const message = 'no output was accepted in time';
      this.connection.handleOutputFailure(new ConnectionError(message, 'NETWORK_TIMEOUT'));
    } else if (nowMs - unfinishedSinceMs >= fragmentTimeout) {
      this.connection.handleViolation(new FrameError('MESSAGE_TIMEOUT'));
    } else if (handedSinceMs === undefined && !isUnfinished) {
      this.#context.stallWatchlist.delete(this);
    }
  }
}
