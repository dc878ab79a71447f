/** A socket with the interface of the `ws` package; the connection's `Endpoint` does the work. */
import { Buffer } from 'node:buffer';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { compactListeners } from '../node/connection/compact-listeners.ts';
import type { Connection } from '../node/connection/connection.ts';
import { Endpoint } from '../node/connection/endpoint.ts';
import { SYNC_DEFLATE_BYTES_MAX } from '../node/deflate/compression-service.ts';
import { payloadBytesOf } from '../node/send/message-encoder.ts';
import { SHARED_PAYLOAD_BYTES_MIN } from '../node/send/socket-writer.ts';
import {
  ABNORMAL_CLOSURE,
  isCloseCodeOnWire,
  NO_STATUS_RECEIVED,
} from '../protocol/close-codes.ts';
import type { CloseContent } from '../protocol/close-sequence.ts';
import { FrameError, type WebSocketError } from '../protocol/errors.ts';
import { CONTROL_PAYLOAD_BYTES_MAX } from '../protocol/frame-header.ts';
import type { Role } from '../protocol/role.ts';
import { startClient, type WebSocketClientOptions } from './client.ts';
import { SocketEmitter } from './emitter.ts';
import { toSocketError } from './errors.ts';
import * as events from './events.ts';
import {
  BINARY_TYPES,
  type BinaryType,
  type MessageData,
  type RawData,
  toPayload,
  toReceived,
} from './message-data.ts';
import { createContext, type Given, messageRules, type SocketOptions } from './options.ts';
import { Sender } from './sender.ts';

export interface WebSocketEvents {
  /** Client only: the connection is open. */
  open: [];
  /** Text as a `Buffer`, binary messages by `binaryType`. */
  message: [data: RawData, isBinary: boolean];
  /** The connection ended, emitted once; 1006 without a close frame from the peer. */
  close: [code: number, reason: Buffer];
  /** A client could not connect, or the peer broke the protocol; `close` follows. */
  error: [error: Error];
  /** Already answered, unless `autoPong` is `false`. */
  ping: [data: Buffer];
  /** An answer to a ping, or an unsolicited pong. */
  pong: [data: Buffer];
  /** Client only: the 101 response, before `open`. */
  upgrade: [response: IncomingMessage];
  /** Client only, with `followRedirects`: the request to the new address, before it is sent. */
  redirect: [url: string, request: ClientRequest];
  /** Client only: a response other than 101. A listener must end the request. */
  'unexpected-response': [request: ClientRequest, response: IncomingMessage];
}

export interface WebSocketEventMap {
  readonly open: events.EventFields<WebSocket>;
  readonly message: events.MessageEvent<WebSocket>;
  readonly close: events.CloseEvent<WebSocket>;
  readonly error: events.ErrorEvent<WebSocket>;
}

type Attribute<Type extends keyof WebSocketEventMap> =
  | ((event: WebSocketEventMap[Type]) => void)
  | null;

export interface WebSocketSendOptions {
  /** Default: text for a string, binary for bytes. */
  readonly binary?: boolean | undefined;
  /** `false` sends uncompressed; `true`, the default, compresses from `threshold` bytes on. */
  readonly compress?: boolean | undefined;
  /** Whether the message ends here. Default `true`. */
  readonly fin?: boolean | undefined;
  /** Ignored: a client always masks, a server never does. */
  readonly mask?: boolean | undefined;
}

type SendCallback = (error?: Error) => void;

/** The last callback has a required error, as in the types of `ws`. */
type ControlArguments = [
  data?: MessageData | SendCallback,
  mask?: boolean | SendCallback,
  done?: (error: Error) => void,
];

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
const STATE_NAMES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];

const REASON_BYTES_MAX = 123;

export class WebSocket extends SocketEmitter<WebSocketEvents> {
  // Defined below, on the prototype.
  declare static readonly CONNECTING: typeof CONNECTING;
  declare static readonly OPEN: typeof OPEN;
  declare static readonly CLOSING: typeof CLOSING;
  declare static readonly CLOSED: typeof CLOSED;
  declare readonly CONNECTING: typeof CONNECTING;
  declare readonly OPEN: typeof OPEN;
  declare readonly CLOSING: typeof CLOSING;
  declare readonly CLOSED: typeof CLOSED;
  declare onopen: Attribute<'open'>;
  declare onmessage: Attribute<'message'>;
  declare onclose: Attribute<'close'>;
  declare onerror: Attribute<'error'>;

  #binaryType: BinaryType = 'nodebuffer';
  #url: string | undefined;
  #attempt: AbortController | undefined;
  /** Without an endpoint, or after its end. */
  #state: typeof CONNECTING | typeof CLOSING | typeof CLOSED = CONNECTING;
  #endpoint: Endpoint<WebSocket> | undefined;
  #socket: Duplex | null = null;
  #isPaused = false;
  #isInMessage = false;
  /** Bytes passed to `send` after the connection closed. */
  #lateBytes = 0;
  /** @internal For frames that were encoded once for many. */
  _sender: Sender | null = null;
  /** @internal Set by test harnesses, before `setSocket`. */
  declare _isServer?: boolean;

  /**
   * Connects to a server; `null` creates a socket of a server, which the server opens.
   *
   * @throws {SyntaxError} for an invalid address or subprotocol.
   */
  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | WebSocketClientOptions,
    options?: WebSocketClientOptions,
  ) {
    super();
    compactListeners(this);
    if (address === null) return;
    [this.#url, this.#attempt] = startClient<WebSocket>(address, protocols, options, {
      metadata: this,
      handleUpgrade: (response) => this.emit('upgrade', response),
      handleRedirect: (url, request) => {
        this.#url = url;
        this.emit('redirect', url, request);
      },
      isRedirectWatched: () => this.listenerCount('redirect') > 0,
      onRejection: (request, response) => this.emit('unexpected-response', request, response),
      prepare: (endpoint, socket) => {
        this._attach(endpoint, socket);
        // An error that a listener throws must not look like a failed connection.
        process.nextTick(() => {
          this.#attempt = undefined;
          this.emit('open');
        });
      },
      // As with `ws`, an `error` without a listener ends the process: it is the client's own error.
      handleFailure: (error) => {
        this.#state = CLOSING;
        this.#attempt = undefined;
        this.emit('error', error);
        this.#emitClose();
      },
    });
  }

  get readyState(): 0 | 1 | 2 | 3 {
    if (this.#endpoint === undefined || this.#state === CLOSED) return this.#state;
    // Without a transport it is still closing, until `close` is emitted.
    return this.#endpoint.state === 'OPEN' ? OPEN : CLOSING;
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  /** Unknown types are ignored. */
  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this.#binaryType = type;
  }

  /** Bytes passed to `send` that the operating system has not accepted yet. */
  get bufferedAmount(): number {
    return (this.#endpoint?.outgoing.pendingBytes ?? 0) + this.#lateBytes;
  }

  get extensions(): string {
    return this.#endpoint?.extensions.join() ?? '';
  }

  get protocol(): string {
    return this.#endpoint?.protocol ?? '';
  }

  /** The address of a client; typed as in `ws`, and `undefined` at a server. */
  get url(): string {
    return this.#url as string;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Types other than those of the map are ignored. */
  addEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    handler: events.EventHandler<WebSocketEventMap[Name]>,
    options?: events.ListenerOptions,
  ): void {
    events.addHandler(this, type, handler, options);
  }

  removeEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    handler: events.EventHandler<WebSocketEventMap[Name]>,
  ): void {
    events.removeHandler(this, type, handler);
  }

  /**
   * Sends a message, or with `fin: false` a fragment of a message, which the next call continues.
   *
   * @throws {Error} while connecting; {TypeError} for data that is neither text nor bytes.
   */
  send(
    data: MessageData,
    options?: WebSocketSendOptions | SendCallback | null,
    done?: SendCallback,
  ): void {
    const callback = typeof options === 'function' ? options : done;
    const given = typeof options === 'object' ? options : undefined;
    const { binary, compress, fin = true } = given ?? {};
    const payload = toPayload(data);
    const endpoint = this.#requireOpen(payload, callback);
    if (endpoint === undefined) return;

    const isBinary = binary ?? typeof payload !== 'string';
    const onSent = toPlainErrors(callback);
    if (!fin || this.#isInMessage) {
      this.#isInMessage = !fin;
      endpoint.sender.sendFragment(payload, { binary: isBinary, isFinal: fin, done: onSent });
      return;
    }
    const sendOptions = { done: onSent, compress: compress === false ? false : undefined };
    // Then zlib reads the payload after the caller may have changed it, which corrupts messages.
    const isReadLater =
      typeof payload !== 'string' &&
      payload.length > SYNC_DEFLATE_BYTES_MAX &&
      endpoint.extensions.length > 0 &&
      compress !== false;
    const bytes = isReadLater ? Buffer.from(payload) : payload;
    if (isBinary) endpoint.connection.sendBinary(bytes, sendOptions);
    else endpoint.connection.sendText(bytes, sendOptions);
    // As with `ws`, the caller may then change the bytes, if the send buffer was empty.
    if (typeof bytes !== 'string' && bytes.length >= SHARED_PAYLOAD_BYTES_MIN) {
      endpoint.outgoing.flushGivenBytes();
    }
  }

  /** @throws {RangeError} for more than 125 bytes. */
  ping(...given: ControlArguments): void {
    this.#sendControl('ping', given);
  }

  /** @throws {RangeError} for more than 125 bytes. */
  pong(...given: ControlArguments): void {
    this.#sendControl('pong', given);
  }

  /**
   * Starts the close handshake, without a code with an empty frame, or aborts the attempt.
   *
   * @throws {TypeError} for a code that may not be sent; {RangeError} for a reason above 123 bytes.
   */
  close(code?: number, reason?: string | Uint8Array): void {
    if (this.readyState === CONNECTING) this.#abort();
    if (this.readyState !== OPEN) return;
    const text = reason === undefined ? '' : Buffer.from(reason).toString();
    if (code !== undefined && !isCloseCodeOnWire(code, this.#role)) {
      throw new TypeError('First argument must be a valid error code number');
    }
    if (Buffer.byteLength(text) > REASON_BYTES_MAX) {
      throw new RangeError(`The message must not be greater than ${REASON_BYTES_MAX} bytes`);
    }
    this.#endpoint?.close(code, text);
  }

  /** Terminates after flushing what the operating system accepts, or aborts the attempt. */
  terminate(): void {
    if (this.readyState === CONNECTING) this.#abort();
    this.#endpoint?.outgoing.flushWithinCall();
    this.#endpoint?.destroy();
  }

  /** Stops reading: no more events from the peer until `resume`. */
  pause(): void {
    if (this.#endpoint === undefined || this.#state === CLOSED) return;
    this.#isPaused = true;
    this.#endpoint.pause();
  }

  resume(): void {
    if (this.#endpoint === undefined || this.#state === CLOSED) return;
    this.#isPaused = false;
    this.#endpoint.resume();
  }

  /** @internal For libraries; flushes first, so that ending it does not overtake data. */
  get _socket(): Duplex | null {
    this.#endpoint?.outgoing.flushWithinCall();
    return this.#socket;
  }

  /** @internal Sets a server's limits for this client, from its next message on. */
  _limitMessages(limits: Pick<SocketOptions, 'maxPayload' | 'maxFragments'>): void {
    this.#endpoint?.inbound.adoptRules(messageRules('client', limits));
  }

  /** @internal Called before the endpoint opens, with this object as the metadata. */
  _attach(endpoint: Endpoint<WebSocket>, socket: Duplex): void {
    this.#endpoint = endpoint;
    this.#socket = socket;
    this._sender = new Sender(endpoint);
    const { connection } = endpoint;
    connection.on('message', WebSocket.#relays.message);
    connection.on('ping', WebSocket.#relays.ping);
    connection.on('pong', WebSocket.#relays.pong);
    connection.on('error', WebSocket.#relays.error);
    connection.on('close', WebSocket.#relays.close);
  }

  /**
   * @internal For test harnesses: opens a socket of `null` over a stream on which other code has
   * performed the handshake, as a client if `_isServer` is set to false.
   */
  setSocket(socket: Duplex, head: Uint8Array, limits: Given<SocketOptions> = {}): void {
    const context = createContext<WebSocket>(this.#role, limits, false);
    const endpoint = new Endpoint(context, socket, head);
    this._attach(endpoint, socket);
    endpoint.open({ metadata: this, protocol: '' }, () => this.emit('open'));
  }

  /** @internal Whether a `pong` that replaces ours has answered a ping. */
  _answerPing(payload: Buffer): boolean {
    if (this.pong === WebSocket.prototype.pong) return false;
    this.pong(payload, this.#role === 'client', () => {});
    return true;
  }

  /** @internal Whether a `close` that replaces ours has replied to a close frame or a violation. */
  _answerClose({ code, reason }: CloseContent): boolean {
    const isEmpty = code === NO_STATUS_RECEIVED;
    if (this.close === WebSocket.prototype.close) return false;
    // Our method would throw: a server may not send a client's code.
    if (!isEmpty && !isCloseCodeOnWire(code, this.#role)) return false;
    if (isEmpty) this.close();
    else this.close(code, Buffer.from(reason));
    return true;
  }

  get #role(): Role {
    return this.#url === undefined && this._isServer !== false ? 'server' : 'client';
  }

  /** Shared by all sockets: functions of its own would cost each socket some 300 bytes. */
  static readonly #relays = {
    message(this: Connection<WebSocket>, data: Buffer, isBinary: boolean): void {
      const owner = this.metadata;
      owner.emit('message', isBinary ? toReceived(data, owner.#binaryType) : data, isBinary);
    },
    ping(this: Connection<WebSocket>, data: Buffer): void {
      this.metadata.emit('ping', data);
    },
    pong(this: Connection<WebSocket>, data: Buffer): void {
      this.metadata.emit('pong', data);
    },
    error(this: Connection<WebSocket>, error: WebSocketError): void {
      const owner = this.metadata;
      // A broken transport is reported by `close` only, and no peer may end the process.
      if (!(error instanceof FrameError) || owner.listenerCount('error') === 0) return;
      owner.emit('error', toSocketError(error));
    },
    close(this: Connection<WebSocket>): void {
      const owner = this.metadata;
      const { code, reason } = owner.#endpoint?.received ?? {};
      owner.#emitClose(code, reason);
    },
  };

  #abort(): void {
    this.#state = CLOSING;
    this.#attempt?.abort(new Error('WebSocket was closed before the connection was established'));
  }

  #emitClose(code = ABNORMAL_CLOSURE, reason = ''): void {
    this.#state = CLOSED;
    this.emit('close', code, Buffer.from(reason));
  }

  #sendControl(type: 'ping' | 'pong', given: ControlArguments): void {
    const [data] = given;
    const callback = given.find((each) => typeof each === 'function') as SendCallback | undefined;
    const payload = toPayload(typeof data === 'function' ? undefined : data);
    const endpoint = this.#requireOpen(payload, callback);
    if (endpoint === undefined) return;
    if (payloadBytesOf(payload) > CONTROL_PAYLOAD_BYTES_MAX) {
      throw new RangeError(
        `The data size must not be greater than ${CONTROL_PAYLOAD_BYTES_MAX} bytes`,
      );
    }
    endpoint.connection[type](payload, toPlainErrors(callback));
  }

  /** Returns `undefined` if closed: the bytes are counted, and the callback gets an error. */
  #requireOpen(payload: string | Uint8Array, done?: SendCallback): Endpoint<WebSocket> | undefined {
    const state = this.readyState;
    if (state === OPEN) return this.#endpoint;
    const text = `WebSocket is not open: readyState ${state} (${STATE_NAMES[state]})`;
    if (state === CONNECTING) throw new Error(text);
    this.#lateBytes += payloadBytesOf(payload);
    if (done !== undefined) process.nextTick(done, new Error(text));
    return undefined;
  }
}

/** Enumerable as in browsers and in `ws`: libraries that wrap a socket find them by `for in`. */
const ENUMERABLE = [
  ...['binaryType', 'bufferedAmount', 'extensions', 'isPaused', 'protocol', 'readyState', 'url'],
  ...['addEventListener', 'removeEventListener'],
];
for (const name of ENUMERABLE) {
  Object.defineProperty(WebSocket.prototype, name, { enumerable: true });
}
events.defineAttributes(WebSocket.prototype);
for (const owner of [WebSocket, WebSocket.prototype]) {
  STATE_NAMES.forEach((name, value) => {
    Object.defineProperty(owner, name, { enumerable: true, value });
  });
}

/** Callers get plain errors, so that rethrowing them is not mistaken for a peer's violation. */
function toPlainErrors(done: SendCallback | undefined): SendCallback | undefined {
  // Other values are refused by the engine.
  if (typeof done !== 'function') return done;
  return (error) =>
    error === undefined ? done() : done(new Error(error.message, { cause: error }));
}
