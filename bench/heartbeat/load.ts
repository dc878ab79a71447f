/** Connections that only answer and count pings. */

import { Peer } from '../engine/load/peer.ts';
import { answerRequests } from '../harness/child-program.ts';
import { readUsage, type Usage } from '../harness/usage.ts';

export type HeartbeatLoadRequests = {
  begin(options: { readonly port: number; readonly connections: number }): Promise<void>;
  /** Fails if a connection ended, or received anything but a ping. */
  read(): Usage & { readonly answered: number };
};

const PING = 0x89;
const PONG = 0x8a;
const MASK_BIT = 0x80;
/** A key of zeros: the payload is returned unchanged. */
const KEY_BYTES = 4;

/** Maximum number of connections that are opened at the same time. */
const OPENING_MAX = 100;

let answered = 0;
let fault: Error | undefined;

answerRequests<HeartbeatLoadRequests>({
  begin: async ({ port, connections }) => {
    for (let opened = 0; opened < connections; opened += OPENING_MAX) {
      const count = Math.min(OPENING_MAX, connections - opened);
      await Promise.all(Array.from({ length: count }, () => open(port)));
    }
  },
  read: () => {
    if (fault !== undefined) throw fault;
    return { ...readUsage(), answered };
  },
});

/** Answers from the start: the first connections are pinged before the last ones are open. */
function open(port: number): Promise<void> {
  const options = { port, dialect: 'websocket', deflate: false } as const;
  const peer = new Peer(options, (error) => {
    fault ??= error;
  });
  peer.handleBytes = (bytes, byteCount) => answer(peer, bytes, byteCount);
  return peer.open();
}

/** A ping is small and sent alone, so it arrives in one piece. */
function answer({ socket }: Peer, bytes: Buffer, byteCount: number): void {
  const payloadBytes = bytes[1] ?? 0;
  if (bytes[0] !== PING || byteCount !== 2 + payloadBytes) throw new Error('this is no ping');
  const pong = Buffer.alloc(2 + KEY_BYTES + payloadBytes);
  pong[0] = PONG;
  pong[1] = MASK_BIT | payloadBytes;
  bytes.copy(pong, 2 + KEY_BYTES, 2, byteCount);
  socket.write(pong);
  answered += 1;
}
