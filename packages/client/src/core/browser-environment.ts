/**
 * The environment of a browser, and of Node, which has the same globals except for the
 * page: there the signals never fire.
 */
import { ChatError } from '@parley/protocol';
import type { Environment, Signal, Signals, Socket, SocketHandlers } from './environment.ts';

export function browserEnvironment(): Environment {
  return Object.freeze({
    nowMs: () => Date.now(),
    setTimer: (callback: () => void, delayMs: number) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    newId: newUuidV7,
    openSocket: openWebSocket,
    fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init),
    origin: typeof location === 'undefined' ? undefined : location.origin,
    signals: pageSignals(),
  });
}

function openWebSocket(
  url: string,
  { onOpen, onText, onClose }: SocketHandlers,
  protocols: readonly string[] = [],
): Socket {
  if (typeof WebSocket === 'undefined') {
    const message = 'No WebSocket: use Node 22 or pass an environment';
    throw new ChatError('UNAVAILABLE', { message });
  }
  const socket = new WebSocket(url, [...protocols]);
  socket.addEventListener('open', () => onOpen());
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (typeof event.data === 'string') onText(event.data);
  });
  socket.addEventListener('close', ({ code, reason }) => onClose(code, reason));
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
 * A UUID of version 7 (RFC 9562 section 5.7): it begins with the time, so that stores write ids of
 * the same moment together.
 */
function newUuidV7(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = '-7xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (random & 15).toString(16);
  });
  return `${time.slice(0, 8)}-${time.slice(8)}${rest}`;
}
