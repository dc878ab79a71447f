/** Surroundings of a client under the control of a test: its clock, its network and its server. */
import type { Environment, SocketHandlers } from '../core/environment.ts';
import { FakeTimers } from './fake-timers.ts';

/** The server's end of the client's socket. */
export interface FakeSocket {
  readonly deliver: (frame: object) => void;
  readonly end: (code: number) => void;
}

interface FakeEnvironmentOptions {
  readonly onSocket: (socket: FakeSocket, path: string) => void;
  readonly onClose: (socket: FakeSocket) => void;
  readonly onFrame: (socket: FakeSocket, text: string) => void;
  readonly fetch: typeof fetch;
}

export class FakeEnvironment implements Environment {
  /** While false no socket opens. */
  isReachable = true;
  readonly #options: FakeEnvironmentOptions;
  readonly #timers = new FakeTimers();
  #ids = 0;

  constructor(options: FakeEnvironmentOptions) {
    this.#options = options;
  }

  readonly nowMs = this.#timers.nowMs;
  readonly setTimer = this.#timers.setTimer;
  readonly random = (): number => 0.5;
  readonly newId = (): string => {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  };
  readonly signals = { isOnline: () => true, isVisible: () => true, subscribe: () => () => {} };
  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    this.#options.fetch(input, init);

  /** Frames arrive in a later turn, as on a network. */
  readonly openSocket = (url: string, { onOpen, onText, onClose }: SocketHandlers) => {
    let isOpen = true;
    const later = (act: () => void): void =>
      queueMicrotask(() => {
        if (isOpen) act();
      });
    const socket: FakeSocket = {
      deliver: (frame) => later(() => onText(JSON.stringify(frame))),
      end: (code) => {
        if (!isOpen) return;
        isOpen = false;
        onClose(code);
      },
    };
    later(() => {
      if (!this.isReachable) {
        socket.end(1006);
        return;
      }
      onOpen();
      this.#options.onSocket(socket, new URL(url).pathname);
    });
    return {
      send: (text: string) => later(() => this.#options.onFrame(socket, text)),
      close: () => {
        isOpen = false;
        this.#options.onClose(socket);
      },
    };
  };

  /**
   * Moves the clock, and runs the timers that are due, in their order. Frames that a timer
   * sends are answered before the next one.
   */
  async advance(ms: number): Promise<void> {
    for (const _ of this.#timers.advance(ms)) await nextTurn();
  }
}

/** Everything that waits for no timer has happened. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
