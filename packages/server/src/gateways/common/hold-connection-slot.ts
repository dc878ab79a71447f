/** A visitor's place for as long as the socket is there. */
import type { Duplex } from 'node:stream';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';

/** @throws {ChatError} as `takeSlot`; the request is not answered then. */
export function holdConnectionSlot(upgradeRequest: UpgradeRequest, socket: Duplex): void {
  const release = upgradeRequest.takeSlot();
  if (socket.destroyed) release();
  else socket.on('close', release);
}
