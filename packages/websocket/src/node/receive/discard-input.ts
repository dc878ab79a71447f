/**
 * Reads what a peer still sends and throws it away.
 *
 * A socket that is closed with unread bytes in it resets the connection, and the
 * reset may overtake our last words: the close frame or the HTTP answer.
 */
import type { Duplex } from 'node:stream';

/** Destroys the socket when more than this comes. The caller sees to the time limit. */
export function discardInput(socket: Duplex, bytesMax: number): void {
  let bytesLeft = bytesMax;
  socket.on('data', (chunk: Uint8Array) => {
    bytesLeft -= chunk.length;
    if (bytesLeft < 0) socket.destroy();
  });
  socket.resume();
}
