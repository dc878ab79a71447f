/**
 * What the SDK asks of its surroundings. Nothing else in `core` touches a clock,
 * a timer, randomness, the network or the page; `browser-environment.ts` has the
 * defaults, tests bring their own.
 */
export interface Environment {
  /** Milliseconds since 1970, as far as this machine knows. */
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** A new UUID; it becomes a `clientMessageId`. */
  readonly newId: () => string;
  readonly openSocket: OpenSocket;
  readonly fetch: typeof fetch;
  readonly signals: Signals;
}

/** Calls back once after the delay, unless the returned function was called before. */
export type SetTimer = (callback: () => void, delayMs: number) => CancelTimer;
export type CancelTimer = () => void;

/**
 * Starts a WebSocket connection. `onClose` is called exactly once, also where no
 * connection came about (code 1006); nothing is called after it.
 */
export type OpenSocket = (url: string, handlers: SocketHandlers) => Socket;

export interface SocketHandlers {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onClose: (code: number) => void;
}

export interface Socket {
  readonly send: (text: string) => void;
  /** Closes with 1000: the client leaves on purpose or gives this socket up. */
  readonly close: () => void;
}

/** Hints that the way to the server may have changed; each is only a reason to look. */
export interface Signals {
  readonly isOnline: () => boolean;
  readonly isVisible: () => boolean;
  /** Returns the function that ends the subscription. */
  readonly subscribe: (listener: (signal: Signal) => void) => () => void;
}

/** `visible`: the page is shown again, after it was hidden, frozen or kept by the browser. */
export type Signal = 'online' | 'offline' | 'visible';
