/**
 * Everything that the SDK needs from its surroundings. No other file in `core` uses a
 * clock, a timer, randomness, the network or the page. `browser-environment.ts` contains
 * the defaults; tests provide their own.
 */
export interface Environment {
  /** Milliseconds since 1970 on the clock of this machine. */
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
  /** At least 0 and below 1. */
  readonly random: () => number;
  /** Creates a UUID, of version 7 by default; it becomes a `clientMessageId`. */
  readonly newId: () => string;
  readonly openSocket: OpenSocket;
  readonly fetch: typeof fetch;
  /** Origin of the page; absent outside of a browser. */
  readonly origin?: string | undefined;
  readonly signals: Signals;
}

/** Calls back once after the delay, unless the returned function was called first. */
export type SetTimer = (callback: () => void, delayMs: number) => CancelTimer;
export type CancelTimer = () => void;

/**
 * Opens a WebSocket connection. `onClose` is called exactly once, also if the connection
 * failed (code 1006); nothing is called after it.
 *
 * @param protocols Subprotocols to offer; none by default.
 */
export type OpenSocket = (
  url: string,
  handlers: SocketHandlers,
  protocols?: readonly string[],
) => Socket;

export interface SocketHandlers {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onClose: (code: number, reason?: string) => void;
}

export interface Socket {
  readonly send: (text: string) => void;
  /** Closes with 1000: the client disconnects or abandons this socket. */
  readonly close: () => void;
}

/** Hints that the network may have changed; each only triggers a check. */
export interface Signals {
  readonly isOnline: () => boolean;
  readonly isVisible: () => boolean;
  /** Returns a function that ends the subscription. */
  readonly subscribe: (listener: (signal: Signal) => void) => () => void;
}

/** `visible`: the page is visible again after it was hidden, frozen or cached by the browser. */
export type Signal = 'online' | 'offline' | 'visible';
