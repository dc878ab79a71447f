/** What the connection is doing now, as shown to people. */
export type ConnectionState =
  | { readonly kind: 'connecting'; readonly outage: Outage }
  | { readonly kind: 'open' }
  | {
      readonly kind: 'waiting';
      readonly outage: Outage;
      /** When the next try comes, on the clock of the environment. */
      readonly retryAtMs: number;
    }
  | {
      readonly kind: 'closed';
      /**
       * `incompatible`: the server found this client at fault; coming back would only repeat
       * it. `somebody_else`: this browser is logged in as another person by now; what waits
       * is kept and not sent.
       */
      readonly reason: 'not_started' | 'left' | 'incompatible' | 'somebody_else';
    }
  /** The session is over: log in again. */
  | { readonly kind: 'unauthorized' };

/** Time without a connection: from the loss, or the start, until the next welcome. */
export interface Outage {
  readonly cause: OutageCause;
  readonly sinceMs: number;
}

/**
 * `offline`: this machine says it has no network. `lost`, `silent`: the connection
 * broke, or nothing came over it. `restarting`: the server closed it and wants us
 * back. `refused`: the server answers, but takes no connection now.
 */
export type OutageCause =
  | 'starting'
  | 'offline'
  | 'lost'
  | 'silent'
  | 'restarting'
  | 'unreachable'
  | 'refused';
