/** A visitor's place for as long as the socket is there. */
import type { Duplex } from 'node:stream';
import type { Visitor } from '../../ports/upgrade-request.ts';

/** @throws {ChatError} as `takePlace`; the request is not answered then. */
export function keepPlace(visitor: Visitor, socket: Duplex): void {
  const release = visitor.takePlace();
  if (socket.destroyed) release();
  else socket.on('close', release);
}
