/**
 * Converts the bytes of one peer into events: messages and their fragments, pings, pongs, the
 * close frame, or the first violation, after which nothing more is read.
 *
 * The caller pulls events one by one, so it decides when to pause. Between two messages it holds
 * nothing of its peer, so a few receivers serve all connections.
 * The same bytes give the same events however they were split, except for the pieces of a
 * compressed message.
 */
import { type CloseFrame, parseClosePayload } from './close-payload.ts';
import type { Violation } from './errors.ts';
import type { HeaderRules } from './frame-header.ts';
import type { FrameObserver } from './frame-observer.ts';
import { FrameParser } from './frame-parser.ts';
import type { FramePiece } from './frame-piece.ts';
import {
  type AssemblerRules,
  type CompressedMessage,
  type CompressedPiece,
  type Fragment,
  type Message,
  MessageAssembler,
} from './message-assembler.ts';
import { isControlOpcode, OPCODES } from './opcodes.ts';
import { PayloadBuffer } from './payload-buffer.ts';

export type ReceiverOptions = HeaderRules & AssemblerRules;

export type ReceivedEvent =
  | Message
  | CompressedMessage
  | CompressedPiece
  | Fragment
  | { readonly kind: 'ping'; readonly payload: Uint8Array }
  | { readonly kind: 'pong'; readonly payload: Uint8Array }
  | CloseFrame
  | Violation;

export class Receiver {
  #rules: ReceiverOptions;
  /** Rules that apply once the peer is between two messages. */
  #nextRules: ReceiverOptions | undefined;
  readonly #parser: FrameParser;
  /** Created for the first message that arrives in pieces, or compressed. */
  #assembler: MessageAssembler | undefined;
  /** The payload of an incoming control frame, perhaps in pieces; at most 125 bytes. */
  #control: PayloadBuffer | undefined;
  #hasEnded = false;

  /** @param observer Is shown all frames; reading is slower with it. */
  constructor(rules: ReceiverOptions, observer?: FrameObserver) {
    this.#rules = rules;
    this.#parser = new FrameParser(rules, observer);
  }

  /**
   * Whether it holds nothing of its peer, so that it can be used for another one: see `begin`.
   */
  get isIdle(): boolean {
    return !(this.#hasEnded || this.#parser.hasUnreadBytes || this.isUnfinished);
  }

  /** Begins with another peer; only if it is idle. */
  begin(rules: ReceiverOptions): void {
    if (this.#rules !== rules) this.#changeRules(rules);
    this.#nextRules = undefined;
  }

  /** Sets new rules from the next message on, so that no message is rejected in its middle. */
  adoptRules(rules: ReceiverOptions): void {
    this.#nextRules = rules;
  }

  /** Whether `next` may return more events from the bytes that have arrived. */
  get hasUnreadBytes(): boolean {
    return !this.#hasEnded && this.#parser.hasUnreadBytes;
  }

  /** Whether the peer has begun a frame or a message and not finished it. */
  get isUnfinished(): boolean {
    return !this.#hasEnded && (this.#parser.isInsideFrame || this.isAssembling);
  }

  /** Whether the peer has begun a message and not finished it; control frames may come between. */
  get isAssembling(): boolean {
    return this.#assembler?.isAssembling === true;
  }

  /** Bytes that are held for an incomplete message. */
  get heldBytes(): number {
    return this.#assembler?.heldBytes ?? 0;
  }

  /** Stops events and releases all unfinished data, however long the receiver is kept. */
  stop(): void {
    this.#hasEnded = true;
    this.#assembler?.clear();
    this.#assembler = undefined;
    this.#control = undefined;
    this.#parser.clear();
  }

  /** Accepts the next bytes, the first `byteCount` of `chunk`; payloads are unmasked in place. */
  push(chunk: Uint8Array, byteCount = chunk.length): void {
    if (!this.#hasEnded) this.#parser.push(chunk, byteCount);
  }

  /** Call before the pushed bytes are overwritten. */
  keepUnread(): void {
    if (this.hasUnreadBytes) this.#parser.keepUnread();
  }

  /** The next event; `undefined`: more bytes are needed. Last: a close frame or a violation. */
  next(): ReceivedEvent | undefined {
    if (this.#hasEnded) return undefined;
    if (this.#nextRules !== undefined && !this.isUnfinished) this.#changeRules(this.#nextRules);
    const whole = this.isAssembling ? undefined : this.#parser.takeWholeMessage(this.#rules);
    const event = whole ?? this.#nextFromPieces();
    if (event === undefined) return undefined;
    if (event.kind === 'violation' || event.kind === 'close') this.#hasEnded = true;
    return event;
  }

  #changeRules(rules: ReceiverOptions): void {
    this.#rules = rules;
    this.#nextRules = undefined;
    this.#parser.adoptRules(rules);
    this.#assembler = undefined;
  }

  #nextFromPieces(): ReceivedEvent | undefined {
    for (;;) {
      const step = this.#parser.next();
      const event = step?.kind === 'piece' ? this.#accept(step) : step;
      if (step === undefined || event !== undefined) return event;
    }
  }

  #accept(piece: FramePiece): ReceivedEvent | undefined {
    if (!isControlOpcode(piece.header.opcode)) {
      this.#assembler ??= new MessageAssembler(this.#rules);
      return this.#assembler.accept(piece);
    }

    this.#control ??= new PayloadBuffer({ expectedBytes: piece.header.payloadBytes });
    this.#control.add(piece.payload);
    if (!piece.isLast) return undefined;
    const payload = this.#control.join();
    this.#control = undefined;
    return toControlEvent(piece.header.opcode, payload);
  }
}

function toControlEvent(opcode: number, payload: Uint8Array): ReceivedEvent {
  if (opcode === OPCODES.ping) return { kind: 'ping', payload };
  if (opcode === OPCODES.pong) return { kind: 'pong', payload };
  return parseClosePayload(payload);
}
