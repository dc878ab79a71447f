/**
 * The states of a connection and the transitions between them; no other code changes the state.
 *
 * CONNECTING: the request has arrived, the 101 has not been sent. OPEN: both ends may send.
 * CLOSING: a close frame was sent or received, or the peer is being disconnected; no more
 * data is sent. CLOSED: final.
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
