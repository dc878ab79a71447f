/** State of the connection in the vocabulary of the SDK: one word. */
import type { ConnectionState } from './connection/connection-state.ts';

/**
 * `idle`: not started, or closed. `connecting`: for the first time. `ready`: connected.
 * `reconnecting`: the connection was lost, or the server is not reachable. `offline`: the
 * device has no network. `expired`: log in again, or provide another token. `failed`: the
 * server does not accept this client, or another user is logged in.
 */
export type PublicConnectionState =
  | 'idle'
  | 'connecting'
  | 'ready'
  | 'reconnecting'
  | 'offline'
  | 'expired'
  | 'failed';

export function publicStateOf(state: ConnectionState): PublicConnectionState {
  switch (state.kind) {
    case 'open':
      return 'ready';
    case 'unauthorized':
      return 'expired';
    case 'closed':
      return state.reason === 'left' || state.reason === 'not_started' ? 'idle' : 'failed';
    case 'connecting':
      if (state.outage.cause === 'starting') return 'connecting';
      return state.outage.cause === 'offline' ? 'offline' : 'reconnecting';
    case 'waiting':
      return state.outage.cause === 'offline' ? 'offline' : 'reconnecting';
  }
}
