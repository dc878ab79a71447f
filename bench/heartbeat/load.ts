/** Connections that do nothing but answer pings, and count them. */

import { Peer } from '../engine/load/peer.ts';
import { answerRequests } from '../harness/part.ts';
import { readUsage, type Usage } from '../harness/usage.ts';

export type HeartbeatLoadRequests = {
  begin(terms: { readonly port: number; readonly connections: number }): Promise<void>;
  /** Fails if a connection ended, or was sent anything but a ping. */
  read(): Usage & { readonly answered: number };
};

const PING = 0x89;
const PONG = 0x8a;
const MASK_BIT = 0x80;
/** A key of zeros: the payload goes back as it is. */
const KEY_BYTES = 4;

/** How many connections are being opened at one time. */
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

/** It answers from the start: those who came first are pinged before the last have come. */
function open(port: number): Promise<void> {
  const terms = { port, dialect: 'websocket', deflate: false } as const;
  const peer = new Peer(terms, (error) => {
    fault ??= error;
  });
  peer.handleBytes = (bytes, byteCount) => answer(peer, bytes, byteCount);
  return peer.open();
}

/** A ping is small and alone: it comes in one piece. */
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
