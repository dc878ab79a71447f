/**
 * The states of a connection and the moves between them; nothing else decides.
 *
 * CONNECTING: the request is here, the 101 is not out. OPEN: both may send.
 * CLOSING: a close frame left or arrived, or the peer is being cut off; no data
 * goes out any more. CLOSED: final.
 *
 * Requirement WS-103.
 */

export type ConnectionState = 'CONNECTING' | 'OPEN' | 'CLOSING' | 'CLOSED';

const MOVES: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = Object.freeze({
  CONNECTING: ['OPEN', 'CLOSED'],
  OPEN: ['CLOSING', 'CLOSED'],
  CLOSING: ['CLOSED'],
  CLOSED: [],
});

export function isLegalMove(from: ConnectionState, to: ConnectionState): boolean {
  return MOVES[from].includes(to);
}
