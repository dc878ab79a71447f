/** A peer that does not read, and as much for it as the system takes. */
import assert from 'node:assert/strict';
import type { Connection } from '../../src/index.ts';
import type { RawPeer } from './raw-peer.ts';
import { turns } from './wait.ts';

export const MEGABYTE = Buffer.alloc(1_000_000, 'x');

/** Pauses the peer, and sends until more than so many bytes wait here; gives the number of messages. */
export async function fill(
  peer: RawPeer,
  connection: Connection,
  waitingBytes = 262_144,
): Promise<number> {
  peer.socket.pause();
  let count = 0;
  while (connection.bufferedBytes <= waitingBytes) {
    connection.sendBinary(MEGABYTE);
    count += 1;
    await turns(3);
    assert(count < 200, 'the system took all of it');
  }
  return count;
}
