/** Fills the buffers of the system for a peer that does not read. */
import assert from 'node:assert/strict';
import type { Connection } from '../../src/index.ts';
import { OPTION_DEFAULTS } from '../../src/node/options/server-options.ts';
import type { RawPeer } from './raw-peer.ts';
import { chosenTransport } from './transport.ts';
import { turns } from './wait.ts';

export const MEGABYTE = Buffer.alloc(1_000_000, 'x');

/** Turns without progress after which the buffers of the system count as full. */
const STILL_TURNS = 20;

/**
 * Pauses the peer, and sends until more than this many bytes (`writeBufferLimit` by default) are
 * queued here because the system accepts no more. Returns the number of messages.
 */
export async function fill(
  peer: RawPeer,
  connection: Connection,
  waitingBytes = OPTION_DEFAULTS.writeBufferLimit,
): Promise<number> {
  peer.socket.pause();
  let count = 0;
  while (connection.bufferedBytes <= waitingBytes) {
    connection.sendBinary(MEGABYTE);
    count += 1;
    await waitUntilStill(connection);
    assert(count < 200, 'the system buffered everything');
  }
  return count;
}

/** A transport that completes each write later needs some turns for bytes that the system would accept at once. */
async function waitUntilStill(connection: Connection): Promise<void> {
  let before = -1;
  for (let still = 0; still < STILL_TURNS; still += 1) {
    if (connection.bufferedBytes !== before) still = 0;
    before = connection.bufferedBytes;
    await turns(1);
    if (chosenTransport() === 'tcp' && still === 2) return;
  }
}
