/**
 * The WebSocket that the tabs of a browser share: gives each stream a number, and replaces numbers by
 * keys. It does not read what it forwards.
 */

/** Several connections in one WebSocket: docs/protocol.md, Streams. */
const SUBPROTOCOL = 'parley.v1.streams';
const PLAIN_SUBPROTOCOL = 'parley';
/** Not on purpose: the tabs connect again at once, and their user stays online. */
const REPLACED_CLOSE_CODE = 4000;

/**
 * A text for a stream or from it, without the number: `+` opens it, a space precedes a frame, `-` a
 * close code. An empty text only says that the tab with the socket is alive.
 */
export type StreamText = string;
export type Deliver = (text: StreamText) => void;

export class StreamHub {
  readonly #url: string;
  readonly #onUnsupported: () => void;
  readonly #streams = new Map<string, Deliver>();
  /** In the order of their numbers, from 1. */
  #keys: string[] = [];
  #socket: WebSocket | undefined;

  /** @param onUnsupported The server, of an older version, has no streams. */
  constructor(url: string, onUnsupported: () => void) {
    this.#url = url;
    this.#onUnsupported = onUnsupported;
  }

  /** Opens a stream; the first one opens the socket. */
  open(key: string, deliver: Deliver, protocols: readonly string[]): void {
    if (this.#socket === undefined) this.#connect(protocols);
    this.#streams.set(key, deliver);
    this.#keys.push(key);
    deliver('');
    if (this.#isOpen) this.#begin(key);
  }

  /** Sends a text of a stream; ignored if the stream is closed. */
  send(key: string, text: StreamText): void {
    const deliver = this.#streams.get(key);
    if (deliver === undefined) return;
    if (this.#isOpen) this.#socket?.send(this.#numberOf(key) + text);
    deliver('');
    if (text.startsWith('-')) this.#remove(key);
  }

  /** Closes the socket, as a lost network does, without a text for the streams. */
  close(): void {
    this.#drop()?.close(REPLACED_CLOSE_CODE);
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #numberOf(key: string): number {
    return this.#keys.indexOf(key) + 1;
  }

  /** The server opens the first stream itself. */
  #begin(key: string): void {
    const number = this.#numberOf(key);
    if (number > 1) this.#socket?.send(`${number}+`);
    const deliver = this.#streams.get(key);
    if (deliver === undefined) this.#socket?.send(`${number}-1000`);
    else deliver('+');
  }

  #connect(protocols: readonly string[]): void {
    const others = protocols.length === 0 ? [PLAIN_SUBPROTOCOL] : protocols;
    const socket = new WebSocket(this.#url, [SUBPROTOCOL, ...others]);
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      if (socket.protocol === SUBPROTOCOL) for (const key of this.#keys) this.#begin(key);
      else this.#onUnsupported();
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (this.#socket === socket) this.#receive(data);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      const streams = [...this.#streams.values()];
      this.#drop();
      for (const deliver of streams) deliver(`-${code}`);
    };
  }

  #receive(message: string): void {
    const number = Number.parseInt(message, 10);
    const key = this.#keys[number - 1] ?? '';
    const text = message.slice(`${number}`.length);
    this.#streams.get(key)?.(text);
    if (text.startsWith('-')) this.#remove(key);
  }

  /** The socket ends with its last stream. */
  #remove(key: string): void {
    this.#streams.delete(key);
    if (this.#streams.size === 0) this.#drop()?.close(1000);
  }

  #drop(): WebSocket | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#keys = [];
    this.#streams.clear();
    return socket;
  }
}
