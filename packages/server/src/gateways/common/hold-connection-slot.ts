/** Holds a connection slot until the socket closes. */
import type { Duplex } from 'node:stream';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';

/** @throws {ChatError} like `acquireSlot`; the request is then not answered. */
export async function holdConnectionSlot(
  upgradeRequest: UpgradeRequest,
  socket: Duplex,
): Promise<void> {
  const release = await upgradeRequest.acquireSlot();
  if (socket.destroyed) release();
  else socket.on('close', release);
}
