/** A socket as a duplex stream: messages in, messages out, with backpressure both ways. */
import { Duplex, type DuplexOptions } from 'node:stream';
import type { WebSocket } from './web-socket.ts';

/**
 * Each written chunk becomes one message, and each message one chunk, text as a string if the
 * readable side is in object mode. Ending the stream closes the socket, `destroy` terminates it.
 */
export function createWebSocketStream(socket: WebSocket, options: DuplexOptions = {}): Duplex {
  let failure: Error | undefined;
  const stream = new Duplex({
    ...options,
    // As in `ws`, the stream always emits `close` with its socket.
    autoDestroy: true,
    emitClose: true,
    objectMode: false,
    writableObjectMode: false,
    read() {
      if (socket.isPaused) socket.resume();
    },
    write(chunk, _encoding, callback) {
      whenOpen(socket, () => socket.send(chunk, callback));
    },
    final(callback) {
      whenOpen(socket, () => {
        if (socket.readyState === socket.CLOSED) return callback();
        // Before the end of the readable side, as in `ws`.
        socket.prependOnceListener('close', () => callback());
        socket.close();
      });
    },
    destroy(error, callback) {
      if (socket.readyState === socket.CLOSED) return callback(error);
      // A connection attempt that this call aborts emits an error.
      let last = error;
      socket.once('error', (later) => {
        last = later;
      });
      socket.once('close', () => callback(last));
      // A protocol violation of the peer is already being answered with a close frame.
      if (error === null || error !== failure) socket.terminate();
    },
  });

  socket.on('message', (data, isBinary) => {
    const isText = !isBinary && stream.readableObjectMode;
    if (!stream.push(isText ? String(data) : data)) socket.pause();
  });
  // Before the listeners of the application, which find the stream destroyed.
  stream.on('end', () => {
    if (stream.writableFinished) stream.destroy();
  });
  socket.once('error', (error) => {
    failure = error;
    stream.destroy(error);
  });
  socket.once('close', () => {
    if (!stream.destroyed) stream.push(null);
  });
  return stream;
}

function whenOpen(socket: WebSocket, act: () => void): void {
  if (socket.readyState === socket.CONNECTING) socket.once('open', act);
  else act();
}
