/**
 * One WebSocket connection, as the application holds it.
 *
 * What it does is done by its `Endpoint`; this class is the list of what an
 * application may ask, and the emitter of what it is told.
 */
import { captureRejectionSymbol, EventEmitter } from 'node:events';
import type { CloseOutcome } from '../../protocol/close-handshake.ts';
import type { ConnectionState } from '../../protocol/connection-state.ts';
import type { WebSocketError } from '../../protocol/errors.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { type ConnectionPriority, checkPriority } from '../admission/priority.ts';
import { checkAuthExpiry } from '../handshake/auth-expiry.ts';
import type { SendCallback } from '../send/outgoing-buffer.ts';
import type { PreparedFrame } from '../send/prepared-frame.ts';
import type { FragmentOptions, Sender, SendOptions } from '../send/sender.ts';
import { compactListeners } from './compact-listeners.ts';

/**
 * What a connection tells. There is no `message` after `close`; `error` is
 * followed by `close`, which comes exactly once.
 *
 * A listener that throws, or returns a promise that rejects, harms nobody else:
 * the server emits `error`, and this connection closes with 1011.
 */
export interface ConnectionEvents {
  /**
   * Text comes as bytes too, already checked to be UTF-8; decode where the text
   * is needed. The bytes are the listener's, and do not change; but a small
   * message may be a view into a read of 64 KiB: copy what is kept for long.
   * With `readBuffer: 'pooled'` they are read over once the listeners have returned:
   * copy whatever is kept, if only until a promise resolves.
   */
  message: [data: Buffer, isBinary: boolean];
  /**
   * The end, once: code and reason of the peer's close frame, 1006 without one. The reason is text
   * that a stranger chose: escape it where it is shown or logged.
   */
  close: [outcome: CloseOutcome];
  /** More than `writeBufferLimit` waited, be it for the end of the turn only; at most half of it does now. */
  drain: [];
  /** What ends the connection, if it was a fault of the peer or the transport. */
  error: [error: WebSocketError];
  /** Was answered already. */
  ping: [data: Buffer];
  /** An answer to a ping, the heartbeat's too, or one that nobody asked for. */
  pong: [data: Buffer];
  /** Each move between CONNECTING, OPEN, CLOSING and CLOSED. */
  state_change: [previous: ConnectionState, next: ConnectionState];
  /** The heartbeat has given the peer up; the connection closes right after this (WS-166). */
  dead: [reason: 'heartbeat-timeout'];
}

export interface ConnectionCounters {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  /** Messages refused by the `drop` policy. */
  readonly messagesDropped: number;
}

/** The methods and state of an `Endpoint` that its `Connection` exposes. */
export interface ConnectionEndpoint {
  readonly id: string;
  readonly sender: Sender;
  readonly state: ConnectionState;
  readonly remoteAddress: string | undefined;
  readonly clientAddress: string | undefined;
  priority: ConnectionPriority;
  readonly protocol: string;
  readonly extensions: readonly string[];
  readonly bufferedBytes: number;
  readonly unfinishedBytes: number;
  readonly createdMs: number;
  readonly outcome: CloseOutcome | undefined;
  readonly lastActivityMs: number;
  readonly averageRttMs: number | undefined;
  readonly lastPingMs: number | undefined;
  readonly lastPongMs: number | undefined;
  readonly counters: ConnectionCounters;
  close(code: number, reason: string): void;
  expireIn(afterMs: number | undefined): void;
  destroy(): void;
  pause(): void;
  resume(): void;
  handleListenerFailure(thrown: unknown): void;
}

export class Connection<M = unknown> extends EventEmitter<ConnectionEvents> {
  readonly #endpoint: ConnectionEndpoint;
  /** The endpoint's own. */
  readonly #sender: Sender;
  /** The application's own; what `authorize` gave, to begin with. */
  metadata: M;

  /** @internal Connections come from a server. */
  constructor(endpoint: ConnectionEndpoint, metadata: M) {
    super({ captureRejections: true });
    compactListeners(this);
    this.#endpoint = endpoint;
    this.#sender = endpoint.sender;
    this.metadata = metadata;
  }

  /** A UUID: unique across restarts and nodes. */
  get id(): string {
    return this.#endpoint.id;
  }

  get state(): ConnectionState {
    return this.#endpoint.state;
  }

  /** The address at the other end of the socket: a proxy's, where there is one. */
  get remoteAddress(): string | undefined {
    return this.#endpoint.remoteAddress;
  }

  /**
   * The client's address: what a trusted proxy says of it, where there is one. Undefined where
   * the socket has none, such as a local pipe.
   */
  get clientAddress(): string | undefined {
    return this.#endpoint.clientAddress;
  }

  /**
   * How long a server in need keeps this connection: what `authorize` gave, until it is set here.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but one of the four.
   */
  get priority(): ConnectionPriority {
    return this.#endpoint.priority;
  }

  set priority(priority: ConnectionPriority) {
    this.#endpoint.priority = checkPriority(priority);
  }

  /** The agreed subprotocol, or an empty text. */
  get protocol(): string {
    return this.#endpoint.protocol;
  }

  /** The names of the agreed extensions. */
  get extensions(): readonly string[] {
    return this.#endpoint.extensions;
  }

  /** Bytes accepted for sending that the system has not taken yet. */
  get bufferedBytes(): number {
    return this.#endpoint.bufferedBytes;
  }

  /** Bytes held of a message that the peer has begun and not finished. */
  get unfinishedBytes(): number {
    return this.#endpoint.unfinishedBytes;
  }

  /** Whether more than `writeBufferLimit` waits, and `drain` is still to come. */
  get isCongested(): boolean {
    return this.#sender.isCongested;
  }

  /** When its handshake began, in milliseconds of the server's monotonic clock. */
  get createdAt(): number {
    return this.#endpoint.createdMs;
  }

  /** Of the `close` event; `undefined` until it has ended. */
  get closeCode(): number | undefined {
    return this.#endpoint.outcome?.code;
  }

  get closeReason(): string | undefined {
    return this.#endpoint.outcome?.reason;
  }

  /** When bytes last arrived, in milliseconds of the server's monotonic clock. */
  get lastActivity(): number {
    return this.#endpoint.lastActivityMs;
  }

  /** The mean of the last heartbeats' round trips, in milliseconds. */
  get averageRtt(): number | undefined {
    return this.#endpoint.averageRttMs;
  }

  /** When the heartbeat last pinged it, as above; `undefined` before, and without a heartbeat. */
  get lastPingTime(): number | undefined {
    return this.#endpoint.lastPingMs;
  }

  /** When its last pong came, or else the heartbeat began to watch; `undefined` without one. */
  get lastPongTime(): number | undefined {
    return this.#endpoint.lastPongMs;
  }

  get counters(): ConnectionCounters {
    return this.#endpoint.counters;
  }

  /**
   * Sends a text message: a string, or bytes that are valid UTF-8, which is not
   * checked. Bytes must not change until `done`: from 4 KiB on they are not copied,
   * and what changes meanwhile is sent changed, or, compressed, spoils later messages.
   *
   * Returns whether the message was taken; `false` in any state but OPEN, and
   * when `slowConsumerPolicy` refuses it. `done`, alone or among the options, is
   * called once in any case: without an error when the system has taken the bytes.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but a string or bytes.
   */
  sendText(data: string | Uint8Array, options?: SendCallback | SendOptions): boolean {
    return this.#sender.sendMessage(OPCODES.text, data, toSendOptions(options));
  }

  /** Sends a binary message; otherwise as `sendText`. A string is sent as its UTF-8 bytes. */
  sendBinary(data: string | Uint8Array, options?: SendCallback | SendOptions): boolean {
    return this.#sender.sendMessage(OPCODES.binary, data, toSendOptions(options));
  }

  /**
   * Sends a part of a message that is made while it is sent; the part with
   * `isFinal` ends it. It is not compressed. Until then whole messages to this
   * connection, broadcasts too, are refused with `INVALID_ARGUMENT`.
   */
  sendFragment(data: string | Uint8Array, options?: FragmentOptions): boolean {
    return this.#sender.sendFragment(data, options);
  }

  /** Sends a message that was encoded by `prepareFrame`; otherwise as `sendText`. */
  sendFrame(frame: PreparedFrame, done?: SendCallback): boolean {
    return this.#sender.sendFrame(frame, done);
  }

  /**
   * Sends a ping of at most 125 bytes. Returns `false` in any state but OPEN.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for more.
   */
  ping(data: string | Uint8Array = '', done?: SendCallback): boolean {
    return this.#sender.sendControl(OPCODES.ping, data, done);
  }

  /** Sends a pong that nobody asked for; otherwise as `ping`. */
  pong(data: string | Uint8Array = '', done?: SendCallback): boolean {
    return this.#sender.sendControl(OPCODES.pong, data, done);
  }

  /**
   * Starts the close handshake behind what is queued. Ignored unless OPEN. The
   * reason is cut to 123 bytes, between two characters.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for a code that our role may not send (WS-118).
   */
  close(code = 1000, reason = ''): void {
    this.#endpoint.close(code, reason);
  }

  /**
   * Closes it with 1008 after so many milliseconds, in place of what `authorize` gave or was said
   * before: for a client that has renewed what it had shown. `undefined`: never.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but 1 to 2,147,483,647.
   */
  expireIn(afterMs: number | undefined): void {
    this.#endpoint.expireIn(checkAuthExpiry(afterMs));
  }

  /** Cuts the connection: no close frame, nothing queued is sent, reported as 1006. */
  destroy(): void {
    this.#endpoint.destroy();
  }

  /**
   * Stops reading: no more events from the peer until `resume`, and TCP slows it
   * down. While paused, bytes that drain are signs of life for the heartbeat, and
   * with nothing to drain it judges nobody. Closing resumes.
   */
  pause(): void {
    this.#endpoint.pause();
  }

  resume(): void {
    this.#endpoint.resume();
  }

  /** A listener returned a promise, and it was rejected. */
  override [captureRejectionSymbol](...[error]: [error: Error, ...rest: unknown[]]): void {
    this.#endpoint.handleListenerFailure(error);
  }
}

function toSendOptions(options: SendCallback | SendOptions | undefined): SendOptions | undefined {
  return typeof options === 'function' ? { done: options } : options;
}
