/**
 * Reads a socket into a receiver, and passes its events on, one turn at a time. It holds bytes back
 * before the 101, while reading is paused, and if one read holds more events than a turn allows; it
 * continues when `READ_TURNS` says.
 *
 * A receiver is lent for each read, and kept only while it holds an unfinished message or unread
 * bytes: most connections have none.
 */
import type { Duplex } from 'node:stream';
import type { ReceiverOptions } from '../../protocol/message-assembler.ts';
import { type FrameObserver, type ReceivedEvent, Receiver } from '../../protocol/receiver.ts';
import type { Clock } from '../clock.ts';
import { READ_TURNS, type TurnTaker } from './read-turns.ts';
import { READ_BYTES } from './shared-read-buffer.ts';

export interface ReaderSink {
  /** Bytes arrived: whatever they mean, the peer is alive. */
  handleBytes(byteCount: number, nowMs: number): void;
  /** Never throws. */
  handleEvent(event: ReceivedEvent): void;
  /** Called before and after a run of events from one read. */
  handleReadStart(): void;
  handleReadEnd(): void;
  /** A pause that the peer did not cause has ended. */
  handlePauseEnd(pausedMs: number): void;
  /** The peer has ended its side, and all events of what it had sent were handled. */
  handleInputEnd(): void;
}

/**
 * Why reading is paused. If the peer has caused it, the time limit for its unfinished message keeps
 * running: otherwise each fragment, or each ping above the rate, would renew it.
 */
export const PAUSES = Object.freeze({
  application: 1,
  loop: 2,
  inflating: 4,
  measuring: 8,
  rate: 16,
});
export type PauseReason = (typeof PAUSES)[keyof typeof PAUSES];

/** The reasons that are ours. */
const UNTIMED = PAUSES.application | PAUSES.loop | PAUSES.inflating;

/** Number of events, fragments included, after which other connections get a turn. */
const EVENTS_PER_TURN_MAX = 256;

/** Events between two looks at the clock: listeners may take long for each. */
const EVENTS_PER_LOOK = 32;

/** A read takes this time even if that of the turn is over: shorter parts cost more than they save. */
const OWN_MS_MIN = 0.25;

/** Reads in a row that fill the buffer, after which other connections get a turn: 1 MiB. */
const FULL_READS_MAX = 8;

/** Bytes kept for a client that sends before its 101; further bytes stay in the system. */
const EARLY_BYTES_MAX = 65_536;

/** Receivers that are not in use: a single one is enough, except while messages are unfinished. */
const FREE_RECEIVERS: Receiver[] = [];
const FREE_RECEIVERS_MAX = 16;

export class SocketReader implements TurnTaker {
  readonly #socket: Duplex;
  readonly #observer: FrameObserver | undefined;
  #rules: ReceiverOptions;
  #receiver: Receiver | undefined;
  readonly clock: Clock;
  readonly #sink: ReaderSink;
  #isStarted = false;
  #pauses = 0;
  /** Since when it is paused for a reason on our side: the peer cannot finish its message. */
  #timeStoppedMs: number | undefined;
  #isRunning = false;
  isStopped = false;
  /** The peer has ended its side, and the sink has not been notified yet. */
  #hasEnded = false;
  /** How many may still arrive before the start, and after the stop. */
  #bytesLeft = EARLY_BYTES_MAX;
  #fullReads = 0;
  #unfinishedSinceMs: number | undefined;

  /** @param observer Is shown all frames; the connection then keeps its receiver. */
  constructor(
    socket: Duplex,
    rules: ReceiverOptions,
    clock: Clock,
    sink: ReaderSink,
    observer?: FrameObserver,
  ) {
    this.#socket = socket;
    this.#rules = rules;
    this.#observer = observer;
    this.clock = clock;
    this.#sink = sink;
  }

  get isPaused(): boolean {
    return this.#pauses !== 0;
  }

  get heldBytes(): number {
    return this.#receiver?.heldBytes ?? 0;
  }

  adoptRules(rules: ReceiverOptions): void {
    this.#rules = rules;
    this.#receiver?.adoptRules(rules);
  }

  /** Since when the rest of a frame or message is due; `undefined` while the limit is suspended. */
  get unfinishedSinceMs(): number | undefined {
    return this.#timeStoppedMs === undefined ? this.#unfinishedSinceMs : undefined;
  }

  get isUnfinished(): boolean {
    return this.#unfinishedSinceMs !== undefined;
  }

  /** Accepts the first `byteCount` bytes of `chunk`, from the socket or the request. */
  take(chunk: Uint8Array, byteCount: number): void {
    if (this.isStopped || !this.#isStarted) this.#bytesLeft -= byteCount;
    if (this.isStopped) {
      if (this.#bytesLeft < 0) this.#socket.destroy();
      return;
    }
    this.#fullReads = byteCount < READ_BYTES ? 0 : this.#fullReads + 1;
    const now = this.clock.now();
    this.#receiver ??= this.#borrow();
    this.#receiver.push(chunk, byteCount);
    this.#sink.handleBytes(byteCount, now);
    if (this.#isStarted) this.#run(now);
    else if (this.#bytesLeft < 0) this.#socket.pause();
    // The chunk may be overwritten from here on.
    this.#receiver?.keepUnread();
  }

  /** Emits events from the next turn on. `isQuiet`: no bytes arrive before that turn. */
  start({ isQuiet }: { readonly isQuiet: boolean }): void {
    this.#isStarted = true;
    if (!isQuiet || this.#hasUnreadBytes()) READ_TURNS.add(this);
  }

  pause(reason: PauseReason): void {
    this.#pauses |= reason;
    if ((reason & UNTIMED) !== 0) this.#timeStoppedMs ??= this.clock.now();
    this.#socket.pause();
  }

  /** Ends this reason; reading continues when it was the last. */
  resume(reason: PauseReason): void {
    if ((this.#pauses & reason) === 0) return;
    this.#pauses &= ~reason;
    if ((this.#pauses & UNTIMED) === 0) this.#continueTime();
    if (!this.isPaused) READ_TURNS.add(this);
  }

  /** The peer has ended its side: the sink is notified after unread or paused events. */
  end(): void {
    this.#hasEnded = true;
    if (this.isStopped || !(this.isPaused || this.#hasUnreadBytes())) this.#passEnd();
  }

  /**
   * The socket is gone: handles what was read before, also if the application has paused, up to a
   * message that is still being inflated. Messages above the rate are lost.
   */
  drain(): void {
    if (!this.#isStarted) return;
    do {
      if ((this.#pauses & ~(PAUSES.application | PAUSES.loop)) !== 0) return;
      this.#pauses = 0;
    } while (this.#run(this.clock.now()) > 0);
  }

  /** Ends the events; further input is read and discarded, up to a limit. */
  discard(bytesMax: number): void {
    if (this.isStopped) return;
    this.stop();
    this.#bytesLeft = bytesMax;
    this.#socket.resume();
    this.#passEnd();
  }

  /** Ends the events; further input ends the connection. */
  stop(): void {
    this.isStopped = true;
    this.#bytesLeft = 0;
    this.#unfinishedSinceMs = undefined;
    this.#receiver?.stop();
    this.#receiver = undefined;
    READ_TURNS.remove(this);
  }

  #continueTime(): void {
    if (this.#timeStoppedMs === undefined) return;
    const stoppedForMs = this.clock.now() - this.#timeStoppedMs;
    this.#timeStoppedMs = undefined;
    if (this.#unfinishedSinceMs !== undefined) this.#unfinishedSinceMs += stoppedForMs;
    this.#sink.handlePauseEnd(stoppedForMs);
  }

  #hasUnreadBytes(): boolean {
    return this.#receiver?.hasUnreadBytes === true;
  }

  #borrow(): Receiver {
    if (this.#observer !== undefined) return new Receiver(this.#rules, this.#observer);
    const free = FREE_RECEIVERS.pop() ?? new Receiver(this.#rules);
    free.adoptRules(this.#rules);
    return free;
  }

  #giveBack(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || !receiver.isIdle || this.#observer !== undefined) return;
    if (FREE_RECEIVERS.length < FREE_RECEIVERS_MAX) FREE_RECEIVERS.push(receiver);
    this.#receiver = undefined;
  }

  takeTurn(nowMs: number): void {
    this.#run(nowMs);
  }

  /** Returns the number of events. */
  #run(now: number): number {
    if (this.#isRunning || this.isPaused || this.isStopped) return 0;
    this.#isRunning = true;
    this.#sink.handleReadStart();
    const count = this.#receiver === undefined ? 0 : this.#handleEvents(this.#receiver, now);
    this.#sink.handleReadEnd();
    this.#isRunning = false;
    this.#giveBack();
    if (this.isPaused || this.isStopped) return count;

    if (this.#hasUnreadBytes() || this.#fullReads >= FULL_READS_MAX || this.#hadMany(count, now)) {
      this.#fullReads = 0;
      this.#socket.pause();
      READ_TURNS.add(this);
    } else {
      if (this.#socket.isPaused()) this.#socket.resume();
      this.#passEnd();
    }
    return count;
  }

  /** Whether it reads no more in this turn: it has had its share. */
  #hadMany(eventCount: number, beganMs: number): boolean {
    return eventCount >= EVENTS_PER_LOOK && READ_TURNS.isOver(this.clock.now(), beganMs);
  }

  #mustWait(eventCount: number, beganMs: number): boolean {
    if (eventCount === 0 || eventCount % EVENTS_PER_LOOK > 0) return false;
    const now = this.clock.now();
    return now - beganMs >= OWN_MS_MIN && READ_TURNS.isOver(now, beganMs);
  }

  #passEnd(): void {
    if (!this.#hasEnded) return;
    this.#hasEnded = false;
    this.#sink.handleInputEnd();
  }

  #handleEvents(receiver: Receiver, now: number): number {
    let count = 0;
    while (count < EVENTS_PER_TURN_MAX && !this.#mustWait(count, now)) {
      const event = receiver.next();
      if (event === undefined) break;
      count += 1;
      if (!receiver.isAssembling) this.#unfinishedSinceMs = undefined;
      this.#sink.handleEvent(event);
      if (this.isPaused || this.isStopped) break;
    }
    // A stopped receiver has no unfinished message.
    if (receiver.isUnfinished) this.#unfinishedSinceMs ??= now;
    else this.#unfinishedSinceMs = undefined;
    return count;
  }
}
