/**
 * Reads and discards what a peer still sends.
 *
 * A socket that is closed with unread bytes resets the connection, and the reset may overtake our
 * last bytes: the close frame or the HTTP response.
 */
import type { Duplex } from 'node:stream';

/** Destroys the socket if more than this arrives. The caller sets the time limit. */
export function discardInput(socket: Duplex, bytesMax: number): void {
  let bytesLeft = bytesMax;
  socket.on('data', (chunk: Uint8Array) => {
    bytesLeft -= chunk.length;
    if (bytesLeft < 0) socket.destroy();
  });
  socket.resume();
}
