/**
 * One connection to the server, kept for as long as it is wanted: opens, probes,
 * waits, comes back. Knows frames, but nothing of rooms.
 *
 * How to think about it: `#state` is what the world sees, `#link` the one socket
 * that counts. Whatever an earlier socket still says is ignored.
 */
import {
  type ClientFrame,
  reactionToClose,
  type ServerFrame,
  type ServerFrames,
} from '@parley/protocol';
import { backoffDelayMs } from './backoff.ts';
import type { ConnectionState, OutageCause } from './connection-state.ts';
import type { CancelTimer, Environment, Signal, Socket } from './environment.ts';
import { HeartbeatProbe, PROBE_REPLY_FAST_MS } from './heartbeat-probe.ts';
import { decodeServerFrame } from './server-frame.ts';

/** From the first byte to `connection_established`; a handshake that takes longer has failed. */
export const OPEN_TIMEOUT_MS = 10_000;
/** Open for this long, the next loss starts again at the shortest wait. */
export const STABLE_AFTER_MS = 10_000;

/** What `GET /api/auth/me` said after an upgrade that failed. */
export type SessionCheck = 'valid' | 'ended' | 'unreachable';

export interface ConnectionOptions {
  /** Where the WebSocket is, such as `ws://localhost:8080/ws`. */
  readonly url: string;
  /** Asked after each failed upgrade: browsers do not tell a 401 from a dead server. */
  readonly checkSession: () => Promise<SessionCheck>;
  readonly onState: (state: ConnectionState) => void;
  /** The first frame of each connection, told after the state became `open`. */
  readonly onEstablished: (welcome: ServerFrames['connection_established']) => void;
  readonly onFrame: (frame: ServerFrame) => void;
}

interface Link {
  socket: Socket | undefined;
  hasUpgraded: boolean;
}

export class Connection {
  readonly #environment: Environment;
  readonly #options: ConnectionOptions;
  readonly #probe: HeartbeatProbe;
  #state: ConnectionState = { kind: 'closed', reason: 'not_started' };
  #link: Link | undefined;
  #attempts = 0;
  #openedAtMs = 0;
  #cancelTimer: CancelTimer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(environment: Environment, options: ConnectionOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#probe = new HeartbeatProbe(environment, {
      send: (sequence) => this.send({ type: 'heartbeat', payload: { sequence } }),
      onSilent: () => this.#lose('silent'),
    });
  }

  /** Begins, or begins anew after an end. Does nothing while it is under way. */
  start(): void {
    if (this.#state.kind !== 'closed' && this.#state.kind !== 'unauthorized') return;
    this.#unsubscribe = this.#environment.signals.subscribe((signal) => this.#heed(signal));
    this.#attempts = 0;
    this.#enter({ kind: 'connecting', outage: this.#outageOf('starting') });
    this.#open();
  }

  /** Ends the wait, if there is one. */
  tryNow(): void {
    if (this.#state.kind !== 'waiting') return;
    this.#cancelTimer?.();
    this.#enter({ kind: 'connecting', outage: this.#state.outage });
    this.#open();
  }

  /** Leaves on purpose: closes with 1000 and does not come back. */
  stop(): void {
    this.#end({ kind: 'closed', reason: 'left' });
  }

  /** Whether the frame was handed to an open socket, not whether it arrived. */
  send(frame: ClientFrame): boolean {
    if (this.#state.kind !== 'open') return false;
    try {
      this.#link?.socket?.send(JSON.stringify(frame));
      return true;
    } catch {
      // A socket that cannot be written to is gone, whatever it says (CA-033).
      this.#lose('lost');
      return false;
    }
  }

  #open(): void {
    const link: Link = { socket: undefined, hasUpgraded: false };
    const ifCurrent = (act: () => void): void => {
      if (this.#link === link) act();
    };
    this.#link = link;
    this.#cancelTimer = this.#environment.setTimer(
      () => ifCurrent(() => this.#lose('unreachable')),
      OPEN_TIMEOUT_MS,
    );
    link.socket = this.#environment.openSocket(this.#options.url, {
      onOpen: () => {
        link.hasUpgraded = true;
      },
      onText: (text) => ifCurrent(() => this.#receive(text)),
      onClose: (code) =>
        ifCurrent(() => {
          if (link.hasUpgraded) this.#followClose(code);
          else void this.#explainRefusal(link);
        }),
    });
  }

  #receive(text: string): void {
    this.#probe.heard();
    const frame = decodeServerFrame(text);
    if (frame === undefined) return;
    if (frame.type === 'session_expired') {
      this.#end({ kind: 'unauthorized' });
      return;
    }
    if (frame.type === 'connection_established') this.#establish(frame.payload);
    else if (this.#state.kind === 'open') this.#options.onFrame(frame);
  }

  #establish(welcome: ServerFrames['connection_established']): void {
    this.#cancelTimer?.();
    this.#openedAtMs = this.#environment.nowMs();
    this.#probe.start();
    this.#enter({ kind: 'open' });
    this.#options.onEstablished(welcome);
  }

  /** The server, or the way to it, ended an upgraded connection. */
  #followClose(code: number): void {
    const reaction = reactionToClose(code);
    if (reaction === 'authenticate') this.#end({ kind: 'unauthorized' });
    else if (reaction === 'stop') this.#end({ kind: 'closed', reason: 'incompatible' });
    else this.#lose(code === 1006 ? 'lost' : 'restarting');
  }

  /** The upgrade failed: is the session over, the server away, or full? */
  async #explainRefusal(link: Link): Promise<void> {
    const session = await this.#options.checkSession();
    // Meanwhile it may have been stopped, or timed out and tried again.
    if (this.#link !== link) return;
    if (session === 'ended') this.#end({ kind: 'unauthorized' });
    else this.#lose(session === 'valid' ? 'refused' : 'unreachable');
  }

  #lose(cause: OutageCause): void {
    const wasOpen = this.#state.kind === 'open';
    const nowMs = this.#environment.nowMs();
    if (wasOpen && nowMs - this.#openedAtMs >= STABLE_AFTER_MS) this.#attempts = 0;
    this.#dropLink();

    const delayMs = backoffDelayMs(this.#attempts, this.#environment.random);
    const outage = this.#outageOf(this.#environment.signals.isOnline() ? cause : 'offline');
    this.#attempts += 1;
    this.#cancelTimer = this.#environment.setTimer(() => this.tryNow(), delayMs);
    this.#enter({ kind: 'waiting', outage, retryAtMs: nowMs + delayMs });
  }

  #end(state: ConnectionState): void {
    this.#dropLink();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#enter(state);
  }

  #dropLink(): void {
    const link = this.#link;
    this.#link = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#probe.stop();
    link?.socket?.close();
  }

  #heed(signal: Signal): void {
    if (this.#state.kind === 'open') this.#probe.ask(PROBE_REPLY_FAST_MS);
    else if (signal !== 'offline') this.tryNow();
  }

  /** An outage keeps the moment it began, through every try. */
  #outageOf(cause: OutageCause): { cause: OutageCause; sinceMs: number } {
    const earlier = 'outage' in this.#state ? this.#state.outage : undefined;
    return { cause, sinceMs: earlier?.sinceMs ?? this.#environment.nowMs() };
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
