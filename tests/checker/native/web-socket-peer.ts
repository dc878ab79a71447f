/** A peer over a real socket and the system clock; it uses the WebSocket of the `ws` package. */
import { WebSocket } from 'ws';
import { NativePeer, type PeerOptions } from './native-peer.ts';

export function openWebSocketPeer({
  url,
  token,
  ...options
}: Pick<PeerOptions, 'name' | 'userId' | 'record'> & {
  /** The server's URL, as printed at its start; a function is called for each connection. */
  readonly url: string | (() => string);
  readonly token: string;
}): NativePeer {
  return new NativePeer({
    ...options,
    nowMs: Date.now,
    schedule: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    dial: ({ handleMessage, handleClose }) => {
      const base = typeof url === 'string' ? url : url();
      const socket = new WebSocket(`${base.replace(/^http/, 'ws')}/ws`, {
        headers: { authorization: `Bearer ${token}` },
      });
      socket.on('message', (data) => handleMessage(String(data)));
      // `close` follows, and its handler tries again.
      let failure = '';
      socket.on('error', ({ message }) => {
        failure = message;
      });
      socket.on('close', (code) => handleClose(`${code} ${failure}`.trim()));
      return { send: (text) => socket.send(text), terminate: () => socket.terminate() };
    },
  });
}
