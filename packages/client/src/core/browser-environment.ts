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
    newId: () => newUuid(),
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
  const hasPage = typeof window !== 'undefined' && typeof document !== 'undefined';
  if (!hasPage) return { isOnline: () => true, isVisible: () => true, subscribe: () => () => {} };
  return {
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === 'visible',
    subscribe: subscribeToPage,
  };
}

function subscribeToPage(listener: (signal: Signal) => void): () => void {
  const online = (): void => listener('online');
  const offline = (): void => listener('offline');
  const shown = (): void => {
    if (document.visibilityState === 'visible') listener('visible');
  };
  window.addEventListener('online', online);
  window.addEventListener('offline', offline);
  window.addEventListener('pageshow', shown);
  document.addEventListener('visibilitychange', shown);
  return () => {
    window.removeEventListener('online', online);
    window.removeEventListener('offline', offline);
    window.removeEventListener('pageshow', shown);
    document.removeEventListener('visibilitychange', shown);
  };
}

/**
 * `crypto.randomUUID` exists only on HTTPS and localhost; a page on plain HTTP generates
 * its own ids.
 */
function newUuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // Version 4, variant 1 (RFC 9562 section 5.4).
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
