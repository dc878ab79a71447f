/**
 * One connection to the server, kept for as long as it is wanted: opens, probes,
 * waits, comes back. What frames say is the affair of its `language`, and rooms
 * are nobody's here.
 *
 * How to think about it: `#state` is what the world sees, `#link` the one socket
 * that counts. Whatever an earlier socket still says is ignored.
 */
import { reactionToClose } from '@parley/protocol';
import type { CancelTimer, Environment, Signal, Socket } from '../environment.ts';
import { backoffDelayMs } from './backoff.ts';
import type { ConnectionState, OutageCause } from './connection-state.ts';
import { HeartbeatProbe, PROBE_REPLY_FAST_MS, PROBE_REPLY_OFFLINE_MS } from './heartbeat-probe.ts';

/** From the first byte to the greeting; a handshake that takes longer has failed. */
export const OPEN_TIMEOUT_MS = 10_000;
/** Open for this long, the next loss starts again at the shortest wait. */
export const STABLE_AFTER_MS = 10_000;

/** What `GET /api/auth/me` said after an upgrade that failed. */
export type SessionCheck = 'valid' | 'ended' | 'somebody_else' | 'unreachable';

/** The frames of a dialect, as types. */
export interface Frames {
  readonly sent: object;
  readonly received: object;
  /** What the server's first word says. */
  readonly greeting: object;
}

/** What the connection has to know of a dialect. */
export interface Codec<F extends Frames> {
  /** Undefined for what is to be ignored. */
  readonly decode: (text: string) => F['received'] | undefined;
  /** Undefined for any frame but the first. */
  readonly greetingOf: (frame: F['received']) => F['greeting'] | undefined;
  /** Whether it says that the session is over. */
  readonly isFarewell: (frame: F['received']) => boolean;
  /** Something that the server answers. */
  readonly probe: (sequence: number) => F['sent'];
}

export interface ConnectionOptions<F extends Frames> {
  /** Where the WebSocket is, such as `ws://localhost:8080/ws`. */
  readonly url: string;
  readonly codec: Codec<F>;
  /** Asked after each failed upgrade: browsers do not tell a 401 from a dead server. */
  readonly checkSession: () => Promise<SessionCheck>;
  /** Whether the server greets the one whose connection this is; else nothing is said on it. */
  readonly isForOwner: (welcome: F['greeting']) => boolean;
  readonly onState: (state: ConnectionState) => void;
  /** The first frame of each connection, told after the state became `open`. */
  readonly onEstablished: (welcome: F['greeting']) => void;
  readonly onFrame: (frame: F['received']) => void;
}

interface Link {
  socket: Socket | undefined;
  hasUpgraded: boolean;
}

export class Connection<F extends Frames> {
  readonly #environment: Environment;
  readonly #options: ConnectionOptions<F>;
  readonly #probe: HeartbeatProbe;
  #state: ConnectionState = { kind: 'closed', reason: 'not_started' };
  #link: Link | undefined;
  #attempts = 0;
  #openedAtMs = 0;
  /** When the machine said that it has no network, if nothing was heard since. */
  #offlineAtMs: number | undefined;
  #cancelTimer: CancelTimer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(environment: Environment, options: ConnectionOptions<F>) {
    this.#environment = environment;
    this.#options = options;
    this.#probe = new HeartbeatProbe(environment, {
      send: (sequence) => this.send(options.codec.probe(sequence)),
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
  send(frame: F['sent']): boolean {
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
    this.#offlineAtMs = undefined;
    const { decode, greetingOf, isFarewell } = this.#options.codec;
    const frame = decode(text);
    if (frame === undefined) return;
    if (isFarewell(frame)) {
      this.#end({ kind: 'unauthorized' });
      return;
    }
    const greeting = greetingOf(frame);
    if (greeting !== undefined) this.#greet(greeting);
    else if (this.#state.kind === 'open') this.#options.onFrame(frame);
  }

  #greet(welcome: F['greeting']): void {
    if (!this.#options.isForOwner(welcome)) {
      this.#end({ kind: 'closed', reason: 'somebody_else' });
      return;
    }
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
    else if (session === 'somebody_else') this.#end({ kind: 'closed', reason: 'somebody_else' });
    else this.#lose(session === 'valid' ? 'refused' : 'unreachable');
  }

  #lose(cause: OutageCause): void {
    const wasOpen = this.#state.kind === 'open';
    const nowMs = this.#environment.nowMs();
    if (wasOpen && nowMs - this.#openedAtMs >= STABLE_AFTER_MS) this.#attempts = 0;
    const outage = this.#outageOf(this.#environment.signals.isOnline() ? cause : 'offline');
    this.#dropLink();

    const delayMs = backoffDelayMs(this.#attempts, this.#environment.random);
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
    this.#offlineAtMs = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#probe.stop();
    link?.socket?.close();
  }

  #heed(signal: Signal): void {
    if (this.#state.kind !== 'open') {
      if (signal !== 'offline') this.tryNow();
    } else if (signal === 'offline') {
      this.#offlineAtMs ??= this.#environment.nowMs();
      this.#probe.ask(PROBE_REPLY_OFFLINE_MS);
    } else {
      this.#probe.ask(PROBE_REPLY_FAST_MS);
    }
  }

  /** An outage keeps the moment it began, through every try; that is when the network went, if that was told. */
  #outageOf(cause: OutageCause): { cause: OutageCause; sinceMs: number } {
    const earlier = 'outage' in this.#state ? this.#state.outage : undefined;
    const sinceMs = earlier?.sinceMs ?? this.#offlineAtMs ?? this.#environment.nowMs();
    return { cause, sinceMs };
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
