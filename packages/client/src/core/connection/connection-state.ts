/** State of the connection, as shown to users. */
import type { ChatError, SessionEndReason } from '@parley/protocol';

export type ConnectionState =
  | { readonly kind: 'connecting'; readonly outage: Outage }
  | { readonly kind: 'open' }
  | {
      readonly kind: 'waiting';
      readonly outage: Outage;
      /** Time of the next attempt, on the clock of the environment. */
      readonly retryAtMs: number;
    }
  | {
      readonly kind: 'closed';
      /**
       * `incompatible`: the server rejected this client's frames, so reconnecting would
       * not help. `somebody_else`: this browser is now logged in as another user; queued
       * messages are kept and not sent. `unsupported`: no socket can be created here.
       */
      readonly reason: 'not_started' | 'left' | 'incompatible' | 'somebody_else' | 'unsupported';
      readonly error?: ChatError | undefined;
    }
  /** The session has ended: log in again. */
  | {
      readonly kind: 'unauthorized';
      readonly error?: ChatError | undefined;
      /** Why, if the server said it. */
      readonly sessionEnd?: SessionEndReason;
    };

/** Time without a connection: from the loss, or the start, until the next greeting. */
export interface Outage {
  readonly cause: OutageCause;
  readonly sinceMs: number;
  /** Failed attempts to connect since then. */
  readonly attempt: number;
  /** Why the last attempt failed, if more is known than the cause. */
  readonly error?: ChatError | undefined;
}

/**
 * `offline`: this machine reports that it has no network. `lost`: the connection broke.
 * `silent`: no data arrived on it. `restarting`: the server closed it and expects the
 * client to reconnect. `refused`: the server answers, but does not accept connections
 * now. `token`: the application provided no token, or one that the server no longer accepts.
 * `origin`: the server does not accept pages of this origin; or, with `details.required` of the error, the
 * session, until it has what the server requires of sign-ins.
 */
export type OutageCause =
  | 'starting'
  | 'offline'
  | 'lost'
  | 'silent'
  | 'restarting'
  | 'unreachable'
  | 'refused'
  | 'token'
  | 'origin';
