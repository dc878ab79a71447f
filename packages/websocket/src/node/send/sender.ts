/** Decides what may be sent to a peer, and encodes it; `SocketWriter` queues and writes it. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { ConnectionState } from '../../protocol/close-sequence.ts';
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import { argumentError, ConnectionError } from '../../protocol/errors.ts';
import { CONTROL_PAYLOAD_BYTES_MAX } from '../../protocol/frame-header.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import type { FrameObserver } from '../../protocol/receiver.ts';
import type { Deflated } from '../deflate/compression-service.ts';
import type { MessageDeflater } from '../deflate/message-deflater.ts';
import type { SizeLimits } from '../options/size-limits.ts';
import { toKept } from '../receive/shared-read-buffer.ts';
import {
  assertMessage,
  encodeMessage,
  opcodeOf,
  type PreparedFrame,
  payloadBytesOf,
  showFrame,
} from './message-encoder.ts';
import { keepContext, type SendCallback } from './send-queue.ts';
import type { OutgoingSink, SocketWriter } from './socket-writer.ts';

/** Pongs that may wait for a peer: each is small, but an object of its own. */
const WAITING_PONGS_MAX = 4_096;

export type SenderOptions = Pick<
  SizeLimits,
  'writeBufferLimit' | 'writeBufferBurst' | 'slowConsumerPolicy'
>;

/** Masks a client's frames: takes a whole frame without a mask, and returns it with one. */
export type MaskFrame = (frame: Uint8Array) => Uint8Array;

export interface SendOptions {
  /** Whether to compress the message, if that was agreed. Default: from `threshold` bytes on. */
  readonly compress?: boolean | undefined;
  /** Called once in any case: without an error when the system has accepted the bytes. */
  readonly done?: SendCallback | undefined;
}

export interface FragmentOptions extends Pick<SendOptions, 'done'> {
  /** Type of the message, set by its first fragment. Default: text only for a string. */
  readonly binary?: boolean | undefined;
  /** Whether the message ends here. Default `false`. */
  readonly isFinal?: boolean | undefined;
}

export interface SenderHost extends Pick<OutgoingSink, 'callBack'> {
  readonly state: ConnectionState;
  /** Output waits for the peer, or more than before. */
  handleWaiting(): void;
  /** The peer reads too slowly: ends the connection. */
  handleViolation(error: ConnectionError): void;
}

/** Of the error, which has a stack: a broadcast may fail for thousands that need none. */
type Rejection = ConstructorParameters<typeof ConnectionError>;

const IN_FRAGMENTS: Rejection = ['a message is being sent in fragments', 'INVALID_ARGUMENT'];
const TOO_SLOW: Rejection = ['the peer reads too slowly', 'RESOURCE_EXHAUSTED'];

export class Sender {
  readonly #outgoing: SocketWriter;
  readonly #options: SenderOptions;
  readonly #host: SenderHost;
  readonly #maskFrame: MaskFrame | undefined;
  readonly #observer: FrameObserver | undefined;
  /** Set by the host while it is open, if compression was agreed on. */
  deflater: MessageDeflater | undefined;
  /** Set by the host, so that a broadcast does not visit thousands of hosts. */
  isOpen = false;
  isCongested = false;
  /** The waiting output of all peers is above its limit: with `drop`, until this one reads. */
  isHeldBack = false;
  /**
   * Between the fragments of a message, the first half of a character whose second half is in the
   * next one, or an empty string.
   */
  #firstHalf: string | undefined;
  #pendingPong: Uint8Array | undefined;
  #waitingPongs = 0;
  messagesSent = 0;
  fragmentsSent = 0;
  messagesDropped = 0;

  constructor(
    outgoing: SocketWriter,
    options: SenderOptions,
    host: SenderHost,
    maskFrame?: MaskFrame,
    observer?: FrameObserver,
  ) {
    this.#outgoing = outgoing;
    this.#options = options;
    this.#host = host;
    this.#maskFrame = maskFrame;
    this.#observer = observer;
  }

  sendMessage(opcode: number, data: string | Uint8Array, options?: SendOptions): boolean {
    // Checked first: an invalid message is not counted.
    assertMessage(data);
    const done = keepContext(options?.done);
    if (!this.#admit(done)) return false;
    const deflater = this.deflater;
    if (deflater?.shouldCompress(payloadBytesOf(data), options?.compress) === true) {
      const payload = typeof data === 'string' ? Buffer.from(data) : toKept(data);
      const encode = (deflated: Deflated) => {
        if (deflated === undefined) return this.#finish(encodeMessage(opcode, payload));
        deflater.remember(payload);
        return this.#finish(encodeMessage(opcode | COMPRESSED_BIT, deflated));
      };
      this.#outgoing.compress(payload, { compress: () => deflater.deflate(payload), encode }, done);
    } else if (this.#maskFrame !== undefined || this.#observer !== undefined) {
      this.#outgoing.append(this.#finish(encodeMessage(opcode, data)), done);
    } else {
      this.#outgoing.countFrame(opcode);
      this.#outgoing.appendMessage(opcode, data, done);
    }
    this.noteCongestion();
    return true;
  }

  sendFrame(frame: PreparedFrame, given?: SendCallback): boolean {
    const done = keepContext(given);
    if (!this.#admit(done)) return false;
    const deflater = this.deflater;
    if (deflater?.shouldCompress(frame.payloadBytes, frame.compress) === true) {
      const encode = (deflated: Deflated) => {
        if (deflated !== undefined) deflater.forget();
        return this.#finish(deflated ?? frame.bytes);
      };
      const compress = () => deflater.deflateFrame(frame);
      this.#outgoing.compress(frame.bytes, { compress, encode }, done);
    } else {
      this.#outgoing.append(this.#finish(frame.bytes), done);
    }
    this.noteCongestion();
    return true;
  }

  /** Sends a fragment of a message; until the last one only control frames come between. */
  sendFragment(
    data: string | Uint8Array,
    { binary = typeof data !== 'string', isFinal = false, done: given }: FragmentOptions = {},
  ): boolean {
    assertMessage(data);
    const done = keepContext(given);
    const isFirst = this.#firstHalf === undefined;
    const { payload, nextHalf } = joinHalves(this.#firstHalf ?? '', data, isFinal);
    const type = binary ? OPCODES.binary : OPCODES.text;
    const opcode = isFirst ? type : OPCODES.continuation;
    const frame = encodeMessage(opcode, payload);
    // Without the FIN bit.
    if (!isFinal) frame[0] = opcode;
    if (!this.#admit(done, isFirst)) return false;
    this.fragmentsSent += 1;
    this.#firstHalf = isFinal ? undefined : nextHalf;
    this.#outgoing.append(this.#finish(frame), done);
    this.noteCongestion();
    return true;
  }

  /** Sends a frame that other code has encoded for a server, in any number of chunks. */
  sendEncoded(chunks: readonly Uint8Array[], given?: SendCallback): boolean {
    assert(this.#maskFrame === undefined, 'a client masks whole frames, not chunks');
    const done = keepContext(given);
    if (!this.#admit(done)) return false;
    this.#outgoing.countFrame(opcodeOf(chunks[0]));
    if (this.#observer !== undefined) showFrame(this.#observer, Buffer.concat(chunks));
    this.#outgoing.appendChunks(chunks, done);
    this.noteCongestion();
    return true;
  }

  sendControl(opcode: number, data: string | Uint8Array, given?: SendCallback): boolean {
    const done = keepContext(given);
    const frame = encodeMessage(opcode, data);
    if (frame.length > CONTROL_PAYLOAD_BYTES_MAX + 2) {
      throw argumentError('a ping or pong carries at most 125 bytes');
    }
    if (!this.isOpen) return this.#reject(this.#notOpen, done);
    this.#outgoing.append(this.#finish(frame), done, true);
    return true;
  }

  /** Sends the engine's own control frames; the caller decides whether one may be sent now. */
  appendControl(opcode: number, payload: Uint8Array): void {
    const frame = encodeMessage(opcode, payload);
    // A close frame is the last one: it overtakes nothing.
    this.#outgoing.append(this.#finish(frame), undefined, opcode !== OPCODES.close);
  }

  /** Many pings from a peer that does not read get one answer, to the latest. */
  answerPing(payload: Uint8Array): void {
    this.#waitingPongs += this.#outgoing.handedSinceMs === undefined ? 0 : 1;
    const isEnough = this.isCongested || this.#waitingPongs > WAITING_PONGS_MAX;
    if (isEnough) this.#pendingPong = payload.slice();
    else this.appendControl(OPCODES.pong, payload);
    this.noteCongestion();
  }

  /**
   * Call it when bytes begin to wait for the peer, and when more are added. Above the limit, output
   * that only waits for the end of the turn is written: what is left then is congestion.
   */
  noteCongestion(): void {
    const outgoing = this.#outgoing;
    const { writeBufferLimit } = this.#options;
    if (outgoing.state === 'accepted') {
      if (outgoing.pendingBytes <= writeBufferLimit) return;
      // Reported as drained also if all of it is accepted at once.
      outgoing.isAwaited = true;
      outgoing.flushWithinCall();
    }
    this.#host.handleWaiting();
    if (outgoing.pendingBytes <= writeBufferLimit) return;
    outgoing.isAwaited = true;
    this.isCongested = true;
  }

  /** Accepts no more messages until the peer has read. */
  holdBack(): void {
    this.isHeldBack = true;
    this.#outgoing.isAwaited = true;
  }

  /** Call it when waiting bytes were accepted; returns whether `drain` is due. */
  noteWritten(): boolean {
    this.#waitingPongs = 0;
    if (this.#pendingPong !== undefined && this.isOpen) {
      this.appendControl(OPCODES.pong, this.#pendingPong);
      this.#pendingPong = undefined;
    }
    if (!this.#outgoing.isAwaited) return false;
    if (this.#outgoing.pendingBytes > this.#options.writeBufferLimit / 2) return false;
    this.#outgoing.isAwaited = false;
    this.isCongested = false;
    this.isHeldBack = false;
    return this.isOpen;
  }

  /** Whether a message may be sent now; if not, its callback is called. */
  #admit(done: SendCallback | undefined, isStart = true): boolean {
    // Waiting for zlib is not the peer's fault, but it is limited too.
    if (this.deflater !== undefined)
      this.#outgoing.sendUncompressed(this.#options.writeBufferLimit);
    const rejection = this.#findRejection(isStart);
    if (rejection !== undefined) return this.#reject(rejection, done);
    if (isStart) this.messagesSent += 1;
    return true;
  }

  #reject(rejection: Rejection, done: SendCallback | undefined): false {
    // Called back later, as for an accepted message.
    if (done !== undefined) {
      queueMicrotask(() => this.#host.callBack(done, new ConnectionError(...rejection)));
    }
    return false;
  }

  #finish(frame: Uint8Array): Uint8Array {
    const finished = this.#maskFrame?.(frame) ?? frame;
    this.#outgoing.countFrame(opcodeOf(frame));
    if (this.#observer !== undefined) showFrame(this.#observer, frame, finished);
    return finished;
  }

  #findRejection(isStart: boolean): Rejection | undefined {
    const { slowConsumerPolicy } = this.#options;
    if (!this.isOpen) return this.#notOpen;
    if (isStart && this.#firstHalf !== undefined) return IN_FRAGMENTS;
    // A message is dropped as a whole or not at all.
    const isForced = slowConsumerPolicy === 'report' || (slowConsumerPolicy === 'drop' && !isStart);
    if (isForced) return undefined;
    // Writing the waiting output may end the connection.
    if (!this.#isPeerSlow()) return this.isOpen ? undefined : this.#notOpen;

    if (slowConsumerPolicy === 'drop') this.messagesDropped += 1;
    else this.#host.handleViolation(new ConnectionError(...TOO_SLOW));
    return TOO_SLOW;
  }

  get #notOpen(): Rejection {
    return [`cannot send in state ${this.#host.state}`];
  }

  #isPeerSlow(): boolean {
    const { writeBufferLimit, writeBufferBurst } = this.#options;
    if (this.isHeldBack) return true;
    if (this.#outgoing.occupiedBytes <= writeBufferLimit) return false;
    // Output that only waits for the end of the turn is not the peer's fault.
    this.#outgoing.flushWithinCall();
    const bytesMax = writeBufferLimit + (this.#outgoing.state === 'waiting' ? 0 : writeBufferBurst);
    return this.#outgoing.occupiedBytes > bytesMax;
  }
}

/** The payload of a fragment: a character split over two strings is sent with the second. */
function joinHalves(firstHalf: string, data: string | Uint8Array, isFinal: boolean) {
  if (typeof data !== 'string') {
    const payload = firstHalf === '' ? data : Buffer.concat([Buffer.from(firstHalf), data]);
    return { payload, nextHalf: '' };
  }
  const text = firstHalf + data;
  const endsWithin = !isFinal && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
  const end = endsWithin ? text.length - 1 : text.length;
  return { payload: text.slice(0, end), nextHalf: text.slice(end) };
}
