/** One WebSocket connection, as the application sees it: its `Endpoint` does the work. */
import { captureRejectionSymbol, EventEmitter } from 'node:events';
import { type InspectOptions, inspect } from 'node:util';
import type { CloseCause } from '../../protocol/close-causes.ts';
import { checkClose } from '../../protocol/close-codes.ts';
import type {
  CloseOutcome,
  ConnectionEnd,
  ConnectionState,
} from '../../protocol/close-sequence.ts';
import type { WebSocketError } from '../../protocol/errors.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import { type ConnectionPriority, checkPriority } from '../admission/priority.ts';
import type { ConnectionHealth } from '../liveness/connection-health.ts';
import { checkExpiry } from '../options/option-table.ts';
import { assertFrame, type PreparedFrame } from '../send/message-encoder.ts';
import type { SendCallback } from '../send/send-queue.ts';
import type { FragmentOptions, Sender, SendOptions } from '../send/sender.ts';
import { compactListeners } from './compact-listeners.ts';
import { hideSecrets } from './hide-secrets.ts';
import { iterateMessages, type ReceivedMessage } from './message-iterator.ts';

/**
 * The events of a connection. `close` is emitted once, as the last one; an `error` before it. A
 * listener that throws, or returns a promise that rejects, affects no other connection: the server
 * emits `error`, and this connection closes with 1011.
 */
export interface ConnectionEvents {
  /**
   * Text arrives as bytes too, already checked to be UTF-8; decode it if you need a string. The
   * bytes belong to the listener and do not change. A small message may share 64 KiB of memory with
   * others: copy what you keep for long, or transfer to another thread. With `readBuffer: 'pooled'`
   * the bytes are overwritten after the listeners have returned: copy whatever you keep, even if
   * only until a promise resolves.
   */
  message: [data: Buffer, isBinary: boolean];
  /**
   * The end, once, with its cause. The code is that of the peer's close frame; without one our own,
   * if we gave up on the peer because of a violation, a limit or a listener that threw, else 1006.
   * A reason may be untrusted text from the peer: escape it before you show or log it.
   */
  close: [end: ConnectionEnd];
  /** After more than `writeBufferLimit` bytes were waiting: at most half of it is waiting now. */
  drain: [];
  /** The protocol or transport error that ends the connection. */
  error: [error: WebSocketError];
  /** A ping that was already answered. */
  ping: [data: Buffer];
  /** An answer to a ping, including those of the heartbeat, or an unsolicited pong. */
  pong: [data: Buffer];
  /** Each transition between CONNECTING, OPEN, CLOSING and CLOSED. */
  state_change: [previous: ConnectionState, next: ConnectionState];
  /** The heartbeat considers the peer dead; the connection closes right after this. */
  dead: [reason: 'heartbeat-timeout'];
}

export interface ConnectionCounters {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  /** Messages rejected by the `drop` policy. */
  readonly messagesDropped: number;
}

export interface ConnectionEndpoint {
  readonly id: string;
  readonly sender: Sender;
  readonly state: ConnectionState;
  readonly remoteAddress: string | undefined;
  readonly clientAddress: string | undefined;
  /** Absent for a client, which has no priority. */
  readonly slot: { priority: ConnectionPriority } | undefined;
  readonly protocol: string;
  readonly extensions: readonly string[];
  readonly createdMs: number;
  readonly outcome: CloseOutcome | undefined;
  readonly inbound: Pick<ConnectionCounters, 'bytesReceived' | 'messagesReceived'> & {
    readonly unfinishedBytes: number;
    readonly lastActivityMs: number;
  };
  readonly outgoing: { readonly acceptedBytes: number; readonly pendingBytes: number };
  readonly timeLimits: { readonly monitored: ConnectionHealth | undefined };
  toDate(momentMs: number): Date;
  close(code: number, reason: string, cause?: CloseCause): void;
  expireIn(afterMs: number | undefined): void;
  destroy(): void;
  pause(): void;
  resume(): void;
  handleListenerFailure(thrown: unknown): void;
}

export class Connection<M = unknown> extends EventEmitter<ConnectionEvents> {
  readonly #endpoint: ConnectionEndpoint;
  readonly #sender: Sender;
  /** Data of the application; initially what `authorize` returned. */
  metadata: M;

  /** @internal Connections are created by a server. */
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

  /** CONNECTING, OPEN, CLOSING or CLOSED. */
  get state(): ConnectionState {
    return this.#endpoint.state;
  }

  /** @internal Whether the state is OPEN, read from the object that a broadcast uses anyway. */
  get isOpen(): boolean {
    return this.#sender.isOpen;
  }

  /** Address at the other end of the socket, such as a proxy's. */
  get remoteAddress(): string | undefined {
    return this.#endpoint.remoteAddress;
  }

  /**
   * Address of the client, as reported by a trusted proxy if there is one. Undefined if the socket
   * has no address, such as a local pipe.
   */
  get clientAddress(): string | undefined {
    return this.#endpoint.clientAddress;
  }

  /**
   * Priority under overload: the value that `authorize` returned, until you set another.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but one of the four values.
   */
  get priority(): ConnectionPriority {
    return this.#endpoint.slot?.priority ?? 'normal';
  }

  set priority(priority: ConnectionPriority) {
    checkPriority(priority);
    const { slot } = this.#endpoint;
    if (slot !== undefined) slot.priority = priority;
  }

  /** The agreed subprotocol, or an empty string. */
  get protocol(): string {
    return this.#endpoint.protocol;
  }

  /** The names of the agreed extensions. */
  get extensions(): readonly string[] {
    return this.#endpoint.extensions;
  }

  /** Bytes accepted for sending that the system has not yet accepted. */
  get bufferedBytes(): number {
    return this.#endpoint.outgoing.pendingBytes;
  }

  /** Bytes held of an unfinished message of the peer. */
  get unfinishedBytes(): number {
    return this.#endpoint.inbound.unfinishedBytes;
  }

  /**
   * Whether more than `writeBufferLimit` bytes are waiting, and `drain` is still to come; also
   * within the turn that sends them, whatever the `slowConsumerPolicy`.
   */
  get isCongested(): boolean {
    return this.#sender.isCongested;
  }

  /** Start of the handshake. */
  get createdAt(): Date {
    return this.#endpoint.toDate(this.#endpoint.createdMs);
  }

  /** Close code of the `close` event; `undefined` until the connection has ended. */
  get closeCode(): number | undefined {
    return this.#endpoint.outcome?.code;
  }

  /** Reason of the `close` event. */
  get closeReason(): string | undefined {
    return this.#endpoint.outcome?.reason;
  }

  /** Time when bytes last arrived. */
  get lastActivity(): Date {
    return this.#endpoint.toDate(this.#endpoint.inbound.lastActivityMs);
  }

  /** Mean of the last heartbeats' round trips, in milliseconds. */
  get averageRtt(): number | undefined {
    return this.#endpoint.timeLimits.monitored?.averageRttMs;
  }

  /** Time of the last heartbeat ping; `undefined` before the first, and without a heartbeat. */
  get lastPingTime(): Date | undefined {
    return this.#dateOf(this.#endpoint.timeLimits.monitored?.lastPingMs);
  }

  /** Time of the last pong, or else of the heartbeat's start; `undefined` without a heartbeat. */
  get lastPongTime(): Date | undefined {
    return this.#dateOf(this.#endpoint.timeLimits.monitored?.lastPongMs);
  }

  /** Bytes and messages received and sent so far. */
  get counters(): ConnectionCounters {
    const { inbound, outgoing } = this.#endpoint;
    return {
      bytesReceived: inbound.bytesReceived,
      bytesSent: outgoing.acceptedBytes,
      messagesReceived: inbound.messagesReceived,
      messagesSent: this.#sender.messagesSent,
      messagesDropped: this.#sender.messagesDropped,
    };
  }

  /**
   * Sends a text message: a string, or bytes that are valid UTF-8, which is not checked. Bytes must
   * not change until `done`: from 4 KiB on they are not copied, and later changes would be sent,
   * or, with compression, corrupt later messages.
   *
   * Returns whether the message was accepted; `false` in any state but OPEN, and if
   * `slowConsumerPolicy` rejects it. `done`, alone or among the options, is called once in any
   * case: without an error when the system has accepted the bytes.
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
   * Sends a fragment of a message that is produced while it is sent; the fragment with `isFinal`
   * ends the message. Fragments are not compressed. Until the message ends, whole messages to this
   * connection are rejected, those of broadcasts too: `sendText` returns `false`, and `done` gets
   * an error with the code `INVALID_ARGUMENT`.
   */
  sendFragment(data: string | Uint8Array, options?: FragmentOptions): boolean {
    return this.#sender.sendFragment(data, options);
  }

  /**
   * Sends a message encoded by `prepareFrame`; otherwise as `sendText`.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything else.
   */
  sendFrame(frame: PreparedFrame, done?: SendCallback): boolean {
    assertFrame(frame);
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

  /** Sends an unsolicited pong; otherwise as `ping`. */
  pong(data: string | Uint8Array = '', done?: SendCallback): boolean {
    return this.#sender.sendControl(OPCODES.pong, data, done);
  }

  /**
   * Starts the close handshake after the queued output, with 1000 unless another code is given.
   * Ignored unless OPEN. The reason is truncated to 123 bytes, at a character boundary.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for a code that our role may not send, and for a
   * given code that is `undefined`: probably a misspelt constant.
   */
  close(...given: [code?: number, reason?: string]): void {
    this.#endpoint.close(...checkClose(given));
  }

  /** @internal The same for a cause that is not the application's call. */
  closeBecause(cause: CloseCause, code: number, reason: string): void {
    this.#endpoint.close(code, reason, cause);
  }

  /**
   * Closes the connection with 1008 after this many milliseconds, in place of the time set by
   * `authorize` or an earlier call: for a client that has renewed its credentials. `undefined`:
   * never.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but 1 to 2,147,483,647.
   */
  expireIn(afterMs: number | undefined): void {
    this.#endpoint.expireIn(checkExpiry(afterMs));
  }

  /** Cuts the connection: without a close frame or the queued output, reported as 1006. */
  destroy(): void {
    this.#endpoint.destroy();
  }

  /**
   * Pauses reading: no more events from the peer until `resume`, and TCP slows the peer down. While
   * paused, output that drains counts as a sign of life for the heartbeat; with nothing to drain,
   * the heartbeat does not judge the peer. Closing resumes reading.
   */
  pause(): void {
    this.#endpoint.pause();
  }

  /** Ends a pause. */
  resume(): void {
    this.#endpoint.resume();
  }

  /**
   * The messages from now on, for `for await (const { data, isBinary } of connection)`. Reading
   * pauses while 16 messages wait for the loop. The loop ends with the connection, and throws the
   * error that ended it, if there was one. Leaving it does not close the connection: the next loop
   * begins with the messages that waited. Those that arrive between two loops are missed.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ReceivedMessage, undefined> {
    return iterateMessages(this, this.#endpoint);
  }

  /**
   * For logs: state, addresses, protocol, metadata, counters. Values of the metadata whose names
   * suggest secrets, such as `token`, are hidden; objects of classes are named only.
   */
  toJSON(): object {
    const { id, state, remoteAddress, clientAddress, protocol, extensions, priority } = this;
    const { createdAt, lastActivity, bufferedBytes, isCongested, counters } = this;
    const { outcome } = this.#endpoint;
    return {
      ...{ id, state, remoteAddress, clientAddress, protocol, extensions, priority },
      metadata: hideSecrets(this.metadata),
      ...{ createdAt, lastActivity, bufferedBytes, isCongested, counters },
      ...(outcome && { outcome }),
    };
  }

  /** @internal As `console.log` shows it. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Connection ${inspect(this.toJSON(), options)}`;
  }

  override [captureRejectionSymbol](...[error]: [error: Error, ...rest: unknown[]]): void {
    this.#endpoint.handleListenerFailure(error);
  }

  #dateOf(momentMs: number | undefined): Date | undefined {
    return momentMs === undefined ? undefined : this.#endpoint.toDate(momentMs);
  }
}

function toSendOptions(options: SendCallback | SendOptions | undefined): SendOptions | undefined {
  return typeof options === 'function' ? { done: options } : options;
}
