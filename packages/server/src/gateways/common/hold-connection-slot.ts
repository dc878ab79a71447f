/** Holds a connection slot until the socket closes. */
import type { Duplex } from 'node:stream';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';

/** @throws {ChatError} like `acquireSlot`; the request is then not answered. */
export function holdConnectionSlot(upgradeRequest: UpgradeRequest, socket: Duplex): void {
  const release = upgradeRequest.acquireSlot();
  if (socket.destroyed) release();
  else socket.on('close', release);
}
