/**
 * One connection to the server, kept as long as it is wanted: connects, probes, waits,
 * reconnects. Frames are decoded by its `codec`; rooms are handled elsewhere.
 *
 * `#state` is the public state, `#current` the current socket. Events of earlier sockets are
 * ignored.
 */
import { ChatError, reactionToClose, type SessionEndReason } from '@parley/protocol';
import type { CancelTimer, Environment, Signal, Socket } from '../environment.ts';
import { backoffDelayMs } from './backoff.ts';
import type { ConnectionState, Outage, OutageCause } from './connection-state.ts';
import { HeartbeatProbe, PROBE_REPLY_FAST_MS, PROBE_REPLY_OFFLINE_MS } from './heartbeat-probe.ts';
import type { TokenError } from './token-source.ts';

/** Time limit from opening the socket to the greeting. */
export const OPEN_TIMEOUT_MS = 10_000;
/** After the connection was open for this long, the backoff starts again at the shortest delay. */
export const STABLE_AFTER_MS = 10_000;

/** Result of `GET /api/auth/me` after a failed upgrade. */
export interface SessionCheck {
  readonly kind: 'valid' | 'ended' | 'somebody_else' | 'unreachable' | 'token' | 'origin';
  readonly error?: ChatError;
}

/** Frame types of a dialect. */
export interface Frames {
  readonly sent: object;
  readonly received: object;
  /** Content of the server's first frame. */
  readonly greeting: object;
}

/** The part of a dialect that the connection uses. */
export interface Codec<F extends Frames> {
  /** Undefined for a frame to ignore. */
  readonly decode: (text: string) => F['received'] | undefined;
  /** Undefined for every frame except the first. */
  readonly greetingOf: (frame: F['received']) => F['greeting'] | undefined;
  /** Undefined unless the frame reports the end of the session. */
  readonly farewellOf?: (
    frame: F['received'],
  ) => { readonly reason?: SessionEndReason } | undefined;
  /** The reason that the text of a close means, in a dialect without a farewell. */
  readonly sessionEndOf?: (text: string) => SessionEndReason | undefined;
  /** A frame that the server answers. */
  readonly probe: (sequence: number) => F['sent'];
  /** Delay before the next connection that the server asks for with this frame; it closes this one. */
  readonly reconnectDelayOf?: (frame: F['received']) => number | undefined;
  /** Subprotocols to offer, for the version of the dialect. */
  readonly protocols?: readonly string[];
}

interface ConnectionOptions<F extends Frames> {
  /** Address of the WebSocket, such as `ws://localhost:8080/ws`. */
  readonly url: string;
  readonly codec: Codec<F>;
  /**
   * Returns the subprotocols of an upgrade, which carry a token. Called for each attempt;
   * a final `TokenError` ends the attempts.
   */
  readonly getProtocols?: (() => Promise<readonly string[]>) | undefined;
  /**
   * Called after each failed upgrade: browsers do not distinguish a 401 from an
   * unreachable server.
   */
  readonly checkSession: () => Promise<SessionCheck>;
  /**
   * Whether the greeting is for the owner of this client; if not, nothing is sent on the
   * connection.
   */
  readonly isForOwner: (welcome: F['greeting']) => boolean;
  readonly onState: (state: ConnectionState) => void;
  /** The first frame of each connection, reported after the state became `open`. */
  readonly onEstablished: (welcome: F['greeting']) => void;
  readonly onFrame: (frame: F['received']) => void;
}

interface CurrentSocket {
  socket: Socket | undefined;
  hasUpgraded: boolean;
}

export class Connection<F extends Frames> {
  readonly #environment: Environment;
  readonly #options: ConnectionOptions<F>;
  readonly #probe: HeartbeatProbe;
  #state: ConnectionState = { kind: 'closed', reason: 'not_started' };
  #current: CurrentSocket | undefined;
  #attempts = 0;
  #openedAtMs = 0;
  /** Time at which the machine reported that it has no network, if nothing was received since. */
  #offlineAtMs: number | undefined;
  /** Delay before the next attempt, as requested by the server. */
  #requestedDelayMs = 0;
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

  /** Starts, or starts again after the connection was closed. Does nothing while it is running. */
  start(): void {
    if (this.#state.kind !== 'closed' && this.#state.kind !== 'unauthorized') return;
    this.#unsubscribe = this.#environment.signals.subscribe((signal) => this.#heed(signal));
    this.#attempts = 0;
    this.#enter({ kind: 'connecting', outage: this.#outageOf('starting') });
    this.#open();
  }

  /** Skips the wait, if there is one. */
  tryNow(): void {
    if (this.#state.kind !== 'waiting') return;
    this.#cancelTimer?.();
    this.#enter({ kind: 'connecting', outage: this.#state.outage });
    this.#open();
  }

  /** Connects again at once: the server will close this connection, whose session was replaced. */
  renew(): void {
    if (this.#state.kind !== 'open') return;
    this.#lose('restarting');
    this.tryNow();
  }

  /** Disconnects: closes with 1000 and does not reconnect. */
  stop(): void {
    this.#end({ kind: 'closed', reason: 'left' });
  }

  /** Whether the frame was handed to an open socket, not whether it arrived. */
  send(frame: F['sent']): boolean {
    if (this.#state.kind !== 'open') return false;
    try {
      this.#current?.socket?.send(JSON.stringify(frame));
      return true;
    } catch {
      // A socket that cannot be written to is lost, whatever its state says.
      this.#lose('lost');
      return false;
    }
  }

  #open(): void {
    const current: CurrentSocket = { socket: undefined, hasUpgraded: false };
    const ifCurrent = (act: () => void): void => {
      if (this.#current === current) act();
    };
    this.#current = current;
    const { getProtocols } = this.#options;
    if (getProtocols === undefined) {
      this.#upgrade(current, ifCurrent);
      return;
    }
    getProtocols().then(
      (protocols) => ifCurrent(() => this.#upgrade(current, ifCurrent, protocols)),
      (error: TokenError) => ifCurrent(() => this.#onTokenError(error)),
    );
  }

  #upgrade(
    current: CurrentSocket,
    ifCurrent: (act: () => void) => void,
    protocols: readonly string[] = [],
  ): void {
    const handlers = {
      onOpen: () => {
        current.hasUpgraded = true;
      },
      onText: (text: string) => ifCurrent(() => this.#receive(text)),
      onClose: (code: number, reason = '') =>
        ifCurrent(() => {
          if (current.hasUpgraded) this.#followClose(code, reason);
          else void this.#explainRefusal(current);
        }),
    };
    this.#cancelTimer = this.#environment.setTimer(
      () => ifCurrent(() => this.#lose('unreachable')),
      OPEN_TIMEOUT_MS,
    );
    const { codec, url } = this.#options;
    // A subprotocol may be offered once only.
    const offered = [...new Set([...(codec.protocols ?? []), ...protocols])];
    try {
      current.socket = this.#environment.openSocket(url, handlers, offered);
    } catch (thrown) {
      this.#end({ kind: 'closed', reason: 'unsupported', error: toUnsupported(thrown) });
    }
  }

  #onTokenError(error: TokenError): void {
    if (error.isFinal) this.#end({ kind: 'unauthorized', error });
    else this.#lose('token', error);
  }

  /**
   * The session has ended, but not always the login: the application may have another token, and a
   * change of the password, also in another tab, has replaced the cookie.
   */
  #onSessionEnd(current: CurrentSocket | undefined, sessionEnd?: SessionEndReason): void {
    const error = new ChatError('UNAUTHENTICATED', { message: 'The session has ended' });
    if (this.#options.getProtocols === undefined) {
      const state = { kind: 'unauthorized', error, ...(sessionEnd && { sessionEnd }) } as const;
      // The close that follows asks again: the first answer counts.
      if (this.#current && sessionEnd !== 'logout') void this.#explainRefusal(this.#current, state);
      else this.#end(state);
    }
    // A token that was never accepted: HTTP tells whether another one is.
    else if (this.#state.kind !== 'open' && current) void this.#explainRefusal(current);
    else this.#lose('token', error);
  }

  #receive(text: string): void {
    this.#probe.onFrame();
    this.#offlineAtMs = undefined;
    const { decode, greetingOf, farewellOf, reconnectDelayOf } = this.#options.codec;
    const frame = decode(text);
    if (frame === undefined) return;
    const farewell = farewellOf?.(frame);
    if (farewell !== undefined) {
      this.#onSessionEnd(undefined, farewell.reason);
      return;
    }
    this.#requestedDelayMs = reconnectDelayOf?.(frame) ?? this.#requestedDelayMs;
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

  /** The server or the network ended an open connection. */
  #followClose(code: number, reason: string): void {
    const reaction = reactionToClose(code);
    if (reaction === 'authenticate')
      this.#onSessionEnd(this.#current, this.#options.codec.sessionEndOf?.(reason));
    else if (reaction === 'stop') this.#end({ kind: 'closed', reason: 'incompatible' });
    else this.#lose(code === 1006 ? 'lost' : 'restarting');
  }

  /** The upgrade failed, or the session has ended: logged out, or the server is unreachable or full. */
  async #explainRefusal(current: CurrentSocket, ended?: ConnectionState): Promise<void> {
    const { kind, error } = await this.#options.checkSession();
    // Meanwhile the connection may have been stopped, or timed out and tried again.
    if (this.#current !== current) return;
    if (kind === 'ended') this.#end(ended ?? { kind: 'unauthorized', error });
    else if (kind === 'somebody_else') this.#end({ kind: 'closed', reason: 'somebody_else' });
    else this.#lose(kind === 'valid' ? 'refused' : kind, error);
  }

  #lose(cause: OutageCause, error?: ChatError): void {
    const wasOpen = this.#state.kind === 'open';
    const nowMs = this.#environment.nowMs();
    if (wasOpen && nowMs - this.#openedAtMs >= STABLE_AFTER_MS) this.#attempts = 0;
    const isOnline = this.#environment.signals.isOnline();
    const outage = this.#outageOf(isOnline ? cause : 'offline', error);
    this.#dropLink();

    const delayMs =
      this.#requestedDelayMs + backoffDelayMs(this.#attempts, this.#environment.random);
    this.#requestedDelayMs = 0;
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
    const current = this.#current;
    this.#current = undefined;
    this.#offlineAtMs = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#probe.stop();
    current?.socket?.close();
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

  /**
   * An outage keeps its start time through all attempts; it is the time when the network
   * was reported lost, if that is known.
   */
  #outageOf(cause: OutageCause, error?: ChatError): Outage {
    const earlier = 'outage' in this.#state ? this.#state.outage : undefined;
    const sinceMs = earlier?.sinceMs ?? this.#offlineAtMs ?? this.#environment.nowMs();
    const attempt = earlier === undefined ? 0 : earlier.attempt + 1;
    return { cause, sinceMs, attempt, ...(error && { error }) };
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}

function toUnsupported(thrown: unknown): ChatError {
  if (thrown instanceof ChatError) return thrown;
  const message = `No WebSocket can be created: ${thrown}`;
  return new ChatError('UNAVAILABLE', { message }, { cause: thrown });
}
