/**
 * Decides what may be sent to a peer, and keeps count of what waits for it.
 *
 * The queue itself is `OutgoingBuffer`; here stand the rules: only in OPEN, not
 * without end to a peer that does not read, one answer to many pings.
 *
 * Requirements WS-087 to WS-093, WS-158, WS-207.
 */
import type { ConnectionState } from '../protocol/connection-state.ts';
import { ConnectionError, WebSocketError } from '../protocol/errors.ts';
import { CONTROL_PAYLOAD_BYTES_MAX } from '../protocol/frame-header.ts';
import { OPCODES } from '../protocol/opcodes.ts';
import type { WebSocketServerOptions } from './options.ts';
import type { OutgoingBuffer, SendCallback } from './outgoing-buffer.ts';
import { encodeHeader, encodeMessage, type PreparedFrame } from './prepared-frame.ts';

/** From here on a payload is not copied behind its header but written beside it (measured). */
const SHARED_PAYLOAD_BYTES_MIN = 4_096;

export type SenderTerms = Pick<
  WebSocketServerOptions<never>,
  'writeBufferLimit' | 'slowConsumerPolicy'
>;

/** A client's frames as they go out: given a whole frame without a mask, makes one with it. */
export type MaskFrame = (frame: Uint8Array) => Uint8Array;

export interface SenderHost {
  readonly state: ConnectionState;
  /** The policy says to give the peer up. */
  handleSlowPeer(): void;
  /** There is room again after congestion. */
  handleDrain(): void;
  /** Calls back into the application; never throws. */
  callBack(done: SendCallback, error?: Error): void;
}

export class Sender {
  readonly #outgoing: OutgoingBuffer;
  readonly #terms: SenderTerms;
  readonly #host: SenderHost;
  readonly #maskFrame: MaskFrame | undefined;
  #isCongested = false;
  /** The latest ping, to be answered once there is room. */
  #owedPong: Uint8Array | undefined;
  #messagesSent = 0;
  #messagesDropped = 0;

  constructor(
    outgoing: OutgoingBuffer,
    terms: SenderTerms,
    host: SenderHost,
    maskFrame: MaskFrame | undefined,
  ) {
    this.#outgoing = outgoing;
    this.#terms = terms;
    this.#host = host;
    this.#maskFrame = maskFrame;
  }

  get isCongested(): boolean {
    return this.#isCongested;
  }

  get messagesSent(): number {
    return this.#messagesSent;
  }

  get messagesDropped(): number {
    return this.#messagesDropped;
  }

  sendMessage(opcode: number, data: string | Uint8Array, done?: SendCallback): boolean {
    const isShared = data instanceof Uint8Array && data.length >= SHARED_PAYLOAD_BYTES_MIN;
    if (!isShared || this.#maskFrame !== undefined) {
      return this.#send(encodeMessage(opcode, data), done);
    }
    // The payload follows as it lies.
    if (!this.#send(encodeHeader(opcode, data.length), undefined)) return false;
    this.#outgoing.append(data, done);
    this.noteCongestion();
    return true;
  }

  sendFrame(frame: PreparedFrame, done?: SendCallback): boolean {
    return this.#send(frame.bytes, done);
  }

  /** Pings and pongs of the application's own. */
  sendControl(opcode: number, data: string | Uint8Array): boolean {
    const frame = encodeMessage(opcode, data);
    if (frame.length > CONTROL_PAYLOAD_BYTES_MAX + 2) {
      throw new WebSocketError('a ping or pong carries at most 125 bytes', 'INVALID_ARGUMENT');
    }
    if (this.#host.state !== 'OPEN') return false;
    this.#append(frame);
    return true;
  }

  /** The engine's own control frames; whether one may go out now, the caller knows. */
  appendControl(opcode: number, payload: Uint8Array): void {
    this.#append(encodeMessage(opcode, payload));
  }

  /** Many pings from a peer that does not read get one answer, to the latest. */
  answerPing(payload: Uint8Array): void {
    if (this.#isCongested) this.#owedPong = payload.slice();
    else this.appendControl(OPCODES.pong, payload);
    this.noteCongestion();
  }

  /**
   * To be called when bytes begin to wait for the peer, and where more are added.
   * What only waits for the end of the turn is no congestion, however much it is.
   */
  noteCongestion(): void {
    const isAbove = this.#outgoing.bufferedBytes > this.#terms.writeBufferLimit;
    if (this.#outgoing.isBlocked && isAbove) this.#isCongested = true;
  }

  /** To be called whenever bytes were taken. */
  noteWritten(): void {
    const isAbove = this.#outgoing.bufferedBytes > this.#terms.writeBufferLimit / 2;
    if (!this.#isCongested || isAbove) return;
    this.#isCongested = false;
    if (this.#host.state !== 'OPEN') return;
    if (this.#owedPong !== undefined) {
      this.appendControl(OPCODES.pong, this.#owedPong);
      this.#owedPong = undefined;
    }
    this.#host.handleDrain();
  }

  #send(bytes: Uint8Array, done: SendCallback | undefined): boolean {
    const refusal = this.#findRefusal();
    if (refusal !== undefined) {
      // Called back later, as a message that was taken would be.
      if (done !== undefined) queueMicrotask(() => this.#host.callBack(done, refusal));
      return false;
    }
    this.#messagesSent += 1;
    this.#append(bytes, done);
    this.noteCongestion();
    return true;
  }

  #append(frame: Uint8Array, done?: SendCallback): void {
    this.#outgoing.append(this.#maskFrame?.(frame) ?? frame, done);
  }

  #findRefusal(): ConnectionError | undefined {
    const { state } = this.#host;
    if (state !== 'OPEN') return new ConnectionError(`nothing is sent in state ${state}`);
    if (this.#terms.slowConsumerPolicy === 'report' || !this.#isPeerSlow()) return undefined;

    if (this.#terms.slowConsumerPolicy === 'drop') this.#messagesDropped += 1;
    else this.#host.handleSlowPeer();
    return new ConnectionError('the peer reads too slowly', 'RESOURCE_EXHAUSTED');
  }

  #isPeerSlow(): boolean {
    const { writeBufferLimit } = this.#terms;
    if (this.#outgoing.bufferedBytes <= writeBufferLimit) return false;
    // What only waits for the end of the turn is not the peer's fault.
    this.#outgoing.flush();
    return this.#outgoing.bufferedBytes > writeBufferLimit;
  }
}
