/**
 * Sends the pings of all Engine.IO sessions, and closes sessions that do not answer. The package
 * has two timers per session, each of which wakes the process on its own. Here, the sessions whose
 * ping is due are pinged together.
 */
import { Sender } from '@parley/websocket/ws';
import type { Clock, Timer } from '../../ports/clock.ts';
import { type WholeFrame, type WritableConnection, writeDirectly } from './direct-write.ts';

/** Properties of the package's sockets that are used here, some of which their types omit. */
export interface PingedConnection extends WritableConnection {
  /** The package refreshes it after a pong. */
  pingIntervalTimer: unknown;
  /** The package removes it before that, and refreshes it after the first other packet. */
  pingTimeoutTimer: unknown;
  hasRefreshedPingTimeout: boolean;
  sendPacket(type: 'ping'): void;
  onClose(reason: string): void;
  once(event: 'close', listener: () => void): void;
}

interface HeartbeatOptions {
  readonly clock: Clock;
  /** Milliseconds between a pong and the next ping. */
  readonly pingInterval: number;
  /** Milliseconds that a client has for an answer. */
  readonly pingTimeout: number;
  /** Called with an error of a session, which is closed next. */
  readonly handleError: (error: unknown) => void;
}

/** Pings are at most this part of their interval late: a second by default. */
const TICKS_PER_INTERVAL = 25;
/** Unsent bytes above which a ping takes its turn in Engine.IO's buffer. */
const UNSENT_BYTES_MAX = 4096;
/** An Engine.IO packet without data, as a text frame. */
const PING: WholeFrame = [Buffer.concat(Sender.frame('2', { opcode: 1, fin: true }))];

export class Heartbeats {
  readonly #options: HeartbeatOptions;
  /** Ordered by time: all wait equally long. */
  readonly #toPing = new Set<Heartbeat>();
  readonly #unanswered = new Set<Heartbeat>();
  #timer: Timer | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Replaces the timers of a session that has just begun. */
  add(connection: PingedConnection): void {
    clearTimeout(connection.pingIntervalTimer as NodeJS.Timeout);
    const heartbeat = new Heartbeat(connection, (each) => this.#schedule(each));
    connection.pingIntervalTimer = heartbeat;
    connection.once('close', () => {
      this.#toPing.delete(heartbeat);
      this.#unanswered.delete(heartbeat);
    });
    this.#schedule(heartbeat);
  }

  #schedule(heartbeat: Heartbeat): void {
    const { clock, pingInterval, pingTimeout } = this.#options;
    this.#toPing.delete(heartbeat);
    this.#unanswered.delete(heartbeat);
    const { isUnanswered } = heartbeat;
    heartbeat.dueAtMs = clock.monotonicMs() + (isUnanswered ? pingTimeout : pingInterval);
    (isUnanswered ? this.#unanswered : this.#toPing).add(heartbeat);
    this.#tickLater();
  }

  #tickLater(): void {
    const { clock, pingInterval } = this.#options;
    this.#timer ??= clock.schedule(pingInterval / TICKS_PER_INTERVAL, () => {
      this.#timer = undefined;
      this.#tick();
      if (this.#toPing.size + this.#unanswered.size > 0) this.#tickLater();
    });
  }

  #tick(): void {
    for (const heartbeat of this.#takeDue(this.#unanswered)) {
      this.#contain(heartbeat, () => {
        // The package drops the ping of a session that upgrades to a WebSocket.
        if (!heartbeat.isUnanswered) this.#schedule(heartbeat);
        else heartbeat.connection.onClose('ping timeout');
      });
    }
    for (const heartbeat of this.#takeDue(this.#toPing)) {
      this.#contain(heartbeat, () => {
        heartbeat.ping();
        this.#schedule(heartbeat);
      });
    }
  }

  #takeDue(waiting: Set<Heartbeat>): Heartbeat[] {
    const nowMs = this.#options.clock.monotonicMs();
    const due: Heartbeat[] = [];
    for (const heartbeat of waiting) {
      if (heartbeat.dueAtMs > nowMs) break;
      due.push(heartbeat);
    }
    for (const heartbeat of due) waiting.delete(heartbeat);
    return due;
  }

  #contain(heartbeat: Heartbeat, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.handleError(error);
      heartbeat.connection.onClose('transport error');
    }
  }
}

/** Takes the place of both timers of a session. */
class Heartbeat {
  readonly connection: PingedConnection;
  dueAtMs = 0;
  readonly #schedule: (heartbeat: Heartbeat) => void;

  constructor(connection: PingedConnection, schedule: (heartbeat: Heartbeat) => void) {
    this.connection = connection;
    this.#schedule = schedule;
  }

  /** Whether a ping waits for its pong. */
  get isUnanswered(): boolean {
    return this.connection.pingTimeoutTimer !== null;
  }

  ping(): void {
    const { connection } = this;
    connection.hasRefreshedPingTimeout = false;
    if (!writeDirectly(connection, PING, UNSENT_BYTES_MAX)) connection.sendPacket('ping');
    connection.pingTimeoutTimer = this;
  }

  /** Called by the package. */
  refresh(): void {
    this.#schedule(this);
  }
}
