/** State of the connection in the vocabulary of the SDK, with its reason. */
import { ChatError } from '@parley/protocol';
import type { ConnectionState, Outage, OutageCause } from './connection/connection-state.ts';

export type PublicConnectionState =
  /** `idle`: not started, or closed. `connecting`: for the first time. */
  | { readonly kind: 'idle' | 'connecting' | 'ready' }
  /** The connection was lost, or cannot be established. The client tries again. */
  | {
      readonly kind: 'reconnecting';
      readonly cause: ReconnectCause;
      /** Why the last attempt failed, if more is known than the cause. */
      readonly error: ChatError | undefined;
      readonly sinceMs: number;
      /** Failed attempts since then. */
      readonly attempt: number;
      /** Time of the next attempt; undefined while an attempt is in progress. */
      readonly retryAtMs: number | undefined;
    }
  /** The device has no network. */
  | {
      readonly kind: 'offline';
      readonly sinceMs: number;
      readonly retryAtMs: number | undefined;
    }
  /** Log in again, or provide another token; then `connect`. */
  | { readonly kind: 'expired'; readonly error: ChatError }
  /** Another user is logged in, or the server does not accept this version, or there is no WebSocket. */
  | { readonly kind: 'failed'; readonly error: ChatError };

/**
 * `network`: no answer arrives. `server`: the server is restarting, or accepts no connections
 * now. `token`: `getToken` failed, or its token is no longer accepted. `origin`: the server does not
 * accept pages of this origin; or, with `details.required` of the error, the session, until it has what
 * the server requires of sign-ins.
 */
type ReconnectCause = 'network' | 'server' | 'token' | 'origin';

const CAUSES: Readonly<Partial<Record<OutageCause, ReconnectCause>>> = {
  restarting: 'server',
  refused: 'server',
  token: 'token',
  origin: 'origin',
};

export function publicStateOf(state: ConnectionState): PublicConnectionState {
  switch (state.kind) {
    case 'open':
      return { kind: 'ready' };
    case 'unauthorized':
      return { kind: 'expired', error: state.error ?? new ChatError('UNAUTHENTICATED') };
    case 'closed':
      if (state.reason === 'left' || state.reason === 'not_started') return { kind: 'idle' };
      return { kind: 'failed', error: state.error ?? failureOf(state.reason) };
    case 'connecting':
      if (state.outage.cause === 'starting') return { kind: 'connecting' };
      return outageOf(state.outage, undefined);
    case 'waiting':
      return outageOf(state.outage, state.retryAtMs);
  }
}

function outageOf(outage: Outage, retryAtMs: number | undefined): PublicConnectionState {
  const { cause, error, sinceMs, attempt } = outage;
  if (cause === 'offline') return { kind: 'offline', sinceMs, retryAtMs };
  const why = CAUSES[cause] ?? 'network';
  return { kind: 'reconnecting', cause: why, error, sinceMs, attempt, retryAtMs };
}

function failureOf(reason: string): ChatError {
  const message =
    reason === 'somebody_else'
      ? 'This browser is logged in as another user'
      : 'The server rejects this version';
  return new ChatError('FORBIDDEN', { message });
}
