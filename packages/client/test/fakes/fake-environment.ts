/**
 * An environment under the test's control: `advance` moves time, the test opens, feeds
 * and closes sockets, and `session` sets the HTTP answer.
 */
import type { ClientFrame, ServerFrames, ServerFrameType } from '@parley/protocol';
import type { Environment, Signal, SocketHandlers } from '../../src/core/environment.ts';
import { FakeTimers } from '../../src/testing/fake-timers.ts';

export class FakeEnvironment implements Environment {
  /** Sockets in the order of opening. */
  readonly sockets: FakeSocket[] = [];
  /** Value of `random`; 0.5 makes every backoff half of its limit. */
  randomValue = 0.5;
  isOnline = true;
  isVisible = true;
  /** Result of `GET /api/auth/me`. */
  session: 'valid' | 'ended' | 'unreachable' = 'valid';
  /** Set to answer every request. */
  answer: ((url: string, init?: RequestInit) => Promise<Response>) | undefined;
  readonly #timers = new FakeTimers();
  #ids = 0;
  readonly #listeners = new Set<(signal: Signal) => void>();

  readonly nowMs = this.#timers.nowMs;
  readonly setTimer = this.#timers.setTimer;

  readonly random = (): number => this.randomValue;

  readonly newId = (): string => {
    this.#ids += 1;
    return `uuid-${this.#ids}`;
  };

  readonly openSocket = (
    url: string,
    handlers: SocketHandlers,
    protocols?: readonly string[],
  ): FakeSocket => {
    const socket = new FakeSocket(url, handlers, protocols);
    this.sockets.push(socket);
    return socket;
  };

  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (this.answer !== undefined) return this.answer(String(input), init);
    if (this.session === 'unreachable') return Promise.reject(new TypeError('fetch failed'));
    const user = { user: { id: 'u-alice', username: 'alice' } };
    const refusal = { error: { code: 'UNAUTHENTICATED', message: 'Authentication required' } };
    return Promise.resolve(
      this.session === 'valid' ? Response.json(user) : Response.json(refusal, { status: 401 }),
    );
  };

  readonly signals = {
    isOnline: (): boolean => this.isOnline,
    isVisible: (): boolean => this.isVisible,
    subscribe: (listener: (signal: Signal) => void): (() => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('the client has not opened a socket');
    return last;
  }

  get timerCount(): number {
    return this.#timers.count;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  signal(signal: Signal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  /** Moves the clock, and runs due timers in their order. */
  advance(ms: number): void {
    for (const _ of this.#timers.advance(ms));
  }

  /** The machine sleeps: time passes on its clock, and timers stand still. */
  suspend(ms: number): void {
    this.#timers.suspend(ms);
  }
}

/** The client uses it as a `Socket`; the other methods play the server and the network. */
export class FakeSocket {
  readonly url: string;
  readonly protocols: readonly string[] | undefined;
  readonly sent: ClientFrame[] = [];
  wasClosedByClient = false;
  /** Set to receive each frame as it is sent. */
  onSent: ((frame: ClientFrame) => void) | undefined;
  readonly #handlers: SocketHandlers;

  constructor(url: string, handlers: SocketHandlers, protocols?: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
    this.#handlers = handlers;
  }

  send(text: string): void {
    // Written by our own client; tests check its content.
    const frame = JSON.parse(text) as ClientFrame;
    this.sent.push(frame);
    this.onSent?.(frame);
  }

  close(): void {
    this.wasClosedByClient = true;
  }

  upgrade(): void {
    this.#handlers.onOpen();
  }

  /** The network or the server closes it. */
  end(code: number): void {
    this.#handlers.onClose(code);
  }

  text(text: string): void {
    this.#handlers.onText(text);
  }

  deliver<T extends ServerFrameType>(
    type: T,
    payload: ServerFrames[T],
    replyTo?: string | undefined,
  ): void {
    const timestamp = '2026-01-31T12:00:00.000Z';
    this.text(
      JSON.stringify({ type, payload, timestamp, ...(replyTo === undefined ? {} : { replyTo }) }),
    );
  }

  /** Frames of one type that the client sent. */
  sentOf(type: ClientFrame['type']): ClientFrame[] {
    return this.sent.filter((frame) => frame.type === type);
  }
}

/** Lets pending promises settle: answers of the fake HTTP need a few turns. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
