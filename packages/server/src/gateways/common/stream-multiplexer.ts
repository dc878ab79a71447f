/**
 * A WebSocket that carries several connections of one user, each in a stream of its own: the tabs of a
 * browser share it. Stream 1 is open from the start; the client opens the others, with rising numbers.
 * For the domain each stream is a connection like any other.
 */
import type { Connection } from '@parley/websocket';
import type { ByteGauge } from '../../domain/delivery/client-memory-budget.ts';
import type { Identity } from '../../model/identity.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import { PROTOCOL_ERROR_CLOSE_CODE, TRY_LATER_CLOSE_CODE } from './close-codes.ts';
import { parseStreamMessage } from './stream-message.ts';
import { type StreamCarrier, StreamSocket } from './stream-socket.ts';

/** More tabs than users keep open; each further one counts towards the limits of connections too. */
export const STREAMS_MAX = 64;

interface StreamMultiplexerOptions {
  readonly socket: Connection;
  /** The request of the upgrade. Its slot is the socket's; each further stream acquires its own. */
  readonly upgradeRequest: Pick<UpgradeRequest, 'acquireSlot' | 'identify'>;
  readonly identity: Identity;
  /** The unsent bytes of the socket. */
  readonly unsent: ByteGauge;
  /** Begins the connection of a stream. */
  readonly connect: (stream: StreamSocket, identity: Identity) => void;
}

export class StreamMultiplexer implements StreamCarrier {
  readonly #options: StreamMultiplexerOptions;
  readonly #socket: Connection;
  readonly #streams = new Map<number, StreamSocket>();
  #highestNumber = 0;
  #pausedStreams = 0;

  constructor(options: StreamMultiplexerOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#listen();
    options.connect(this.#add(1), options.identity);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  get lastActivity(): Date {
    return this.#socket.lastActivity;
  }

  send(message: string | Buffer): boolean {
    return this.#socket.sendText(message);
  }

  /** Sends a text to each stream. */
  sendText(text: string): void {
    for (const stream of this.#streams.values()) stream.sendText(text);
  }

  /**
   * A stream whose commands wait stops the reading of all: the client's other tabs wait with it,
   * and nothing is lost or kept in memory.
   */
  handlePause(isPaused: boolean): void {
    this.#pausedStreams += isPaused ? 1 : -1;
    if (this.#pausedStreams === 0) this.#socket.resume();
    else if (isPaused && this.#pausedStreams === 1) this.#socket.pause();
  }

  handleClose(stream: StreamSocket, code: number, reason: string): void {
    this.#remove(stream, code, reason);
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('drain', () => this.#handleDrain());
    socket.on('dead', () => this.#forEach((stream) => stream.emit('dead')));
    socket.on('error', (error) => this.#forEach((stream) => stream.fail(error)));
    socket.on('close', (end) => {
      const streams = [...this.#streams.values()];
      this.#streams.clear();
      for (const stream of streams) stream.end(end);
      this.#options.unsent.set(0);
    });
  }

  #receive(data: Buffer): void {
    if (this.#socket.state !== 'OPEN') return;
    const message = parseStreamMessage(data);
    if (message === undefined) {
      this.#violate('Not a message of a stream');
      return;
    }
    if (message.kind === 'open') {
      this.#open(message.stream);
      return;
    }
    // The server may have closed the stream while this message was on its way.
    const stream = this.#streams.get(message.stream);
    if (stream === undefined) {
      if (message.stream > this.#highestNumber) this.#violate('The stream was never opened');
    } else if (message.kind === 'frame') {
      stream.emit('message', message.frame);
    } else {
      const { code, reason } = message;
      stream.end({ code, reason, initiator: 'peer', cause: 'peerClose' });
      this.#remove(stream, 1000, '');
    }
  }

  #open(number: number): void {
    if (number <= this.#highestNumber) {
      this.#violate('The numbers of streams must rise');
      return;
    }
    const stream = this.#add(number);
    if (this.#streams.size > STREAMS_MAX) stream.close(TRY_LATER_CLOSE_CODE, 'Too many streams');
    else void this.#admit(stream);
  }

  /** Nothing is read meanwhile, so that the frames of the stream follow its begin. */
  async #admit(stream: StreamSocket): Promise<void> {
    const { upgradeRequest, identity, connect } = this.#options;
    stream.pause();
    try {
      const release = await upgradeRequest.acquireSlot();
      stream.once('close', release);
      if (!stream.isOpen) release();
      // The user may have a new name. A ticket identifies only once; and if the session had ended,
      // all streams would be closed.
      const current = (await upgradeRequest.identify()) ?? identity;
      if (stream.isOpen) connect(stream, current);
      stream.resume();
    } catch {
      // The limiter or the store has logged the reason.
      stream.close(TRY_LATER_CLOSE_CODE, 'Try again later');
    }
  }

  #add(number: number): StreamSocket {
    const stream = new StreamSocket(number, this);
    this.#streams.set(number, stream);
    this.#highestNumber = number;
    return stream;
  }

  /** A socket ends with its last stream, and like it. */
  #remove(stream: StreamSocket, code: number, reason: string): void {
    this.#streams.delete(stream.number);
    if (this.#streams.size === 0) this.#socket.close(code, reason);
  }

  /** Each time another stream is the first to fill the buffer again. */
  #handleDrain(): void {
    const [first] = this.#streams.values();
    this.#forEach((stream) => stream.emit('drain'));
    if (first === undefined || !this.#streams.delete(first.number)) return;
    this.#streams.set(first.number, first);
  }

  #forEach(visit: (stream: StreamSocket) => void): void {
    for (const stream of [...this.#streams.values()]) visit(stream);
  }

  #violate(reason: string): void {
    this.#socket.close(PROTOCOL_ERROR_CLOSE_CODE, reason);
  }
}
