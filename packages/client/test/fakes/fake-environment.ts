/**
 * An environment under the test's control: time moves by `advance`, sockets are
 * opened, fed and closed by hand, HTTP answers what `session` says.
 */
import type { ClientFrame, ServerFrames, ServerFrameType } from '@parley/protocol';
import type { Environment, Signal, SocketHandlers } from '../../src/core/environment.ts';

const START_MS = Date.UTC(2026, 0, 31, 12);

export class FakeEnvironment implements Environment {
  /** Sockets in the order in which the client opened them. */
  readonly sockets: FakeSocket[] = [];
  /** What `random` gives; 0.5 makes every backoff half of its ceiling. */
  randomValue = 0.5;
  isOnline = true;
  isVisible = true;
  /** What `GET /api/auth/me` answers. */
  session: 'valid' | 'ended' | 'unreachable' = 'valid';
  /** Set to answer every request. */
  answer: ((url: string, init?: RequestInit) => Promise<Response>) | undefined;
  #nowMs = START_MS;
  #ids = 0;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];
  readonly #listeners = new Set<(signal: Signal) => void>();

  readonly nowMs = (): number => this.#nowMs;

  readonly random = (): number => this.randomValue;

  readonly newId = (): string => {
    this.#ids += 1;
    return `uuid-${this.#ids}`;
  };

  readonly setTimer = (callback: () => void, delayMs: number): (() => void) => {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  readonly openSocket = (url: string, handlers: SocketHandlers): FakeSocket => {
    const socket = new FakeSocket(url, handlers);
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
    return this.#timers.length;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  signal(signal: Signal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  /** Moves the clock, running what falls due in its order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers
        .filter((timer) => timer.dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.callback();
    }
    this.#nowMs = endMs;
  }
}

/** The client's end is a `Socket`; the rest is what the server and the network do to it. */
export class FakeSocket {
  readonly url: string;
  readonly sent: ClientFrame[] = [];
  wasClosedByClient = false;
  /** Set to take each frame as it is sent. */
  onSent: ((frame: ClientFrame) => void) | undefined;
  readonly #handlers: SocketHandlers;

  constructor(url: string, handlers: SocketHandlers) {
    this.url = url;
    this.#handlers = handlers;
  }

  send(text: string): void {
    // Our own client wrote it; what it holds is what the tests are about.
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

  /** The network or the server ends it. */
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

/** Lets what was promised happen: answers of the fake HTTP need a few turns. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
