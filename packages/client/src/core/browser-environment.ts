/**
 * The environment of a browser, and of Node, which has the same globals except for the
 * page: there the signals never fire.
 */
import type { Environment, Signal, Signals, Socket, SocketHandlers } from './environment.ts';

export function browserEnvironment(): Environment {
  return Object.freeze({
    nowMs: () => Date.now(),
    setTimer: (callback: () => void, delayMs: number) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    newId: newUuid,
    openSocket: openWebSocket,
    fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init),
    signals: pageSignals(),
  });
}

function openWebSocket(
  url: string,
  { onOpen, onText, onClose }: SocketHandlers,
  protocols: readonly string[] = [],
): Socket {
  const socket = new WebSocket(url, [...protocols]);
  socket.addEventListener('open', () => onOpen());
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (typeof event.data === 'string') onText(event.data);
  });
  socket.addEventListener('close', (event) => onClose(event.code));
  return { send: (text) => socket.send(text), close: () => socket.close(1000) };
}

function pageSignals(): Signals {
  if (typeof document === 'undefined') {
    return { isOnline: () => true, isVisible: () => true, subscribe: () => () => {} };
  }
  return {
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === 'visible',
    subscribe: subscribeToPage,
  };
}

function subscribeToPage(listener: (signal: Signal) => void): () => void {
  const abort = new AbortController();
  const shown = (): void => {
    if (document.visibilityState === 'visible') listener('visible');
  };
  const options = { signal: abort.signal };
  window.addEventListener('online', () => listener('online'), options);
  window.addEventListener('offline', () => listener('offline'), options);
  window.addEventListener('pageshow', shown, options);
  document.addEventListener('visibilitychange', shown, options);
  return () => abort.abort();
}

/**
 * `crypto.randomUUID` exists only on HTTPS and localhost; a page on plain HTTP generates
 * its own ids.
 */
function newUuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  // Version 4, variant 1 (RFC 9562 section 5.4): 0 and 1 become any digit, 8 becomes 8 to b.
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (text) => {
    const digit = Number(text);
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (digit ^ (random & (15 >> (digit / 4)))).toString(16);
  });
}
