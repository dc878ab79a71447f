/** The interface of all loads: a load runs until its process ends, and can be read. */
import type { PeerTerms } from './peer.ts';

export interface LoadTerms extends PeerTerms {
  readonly kind: 'echo' | 'broadcast' | 'handshakes' | 'idle' | 'quiet';
  readonly connections: number;
  readonly payloadBytes: number;
  /** Messages in flight: per connection, or in total for a broadcast. */
  readonly inFlight: number;
  /** Interval of messages on one quiet connection, in milliseconds. Default 10. */
  readonly intervalMs?: number;
}

export interface Load {
  /** Completed and checked so far: echoes, deliveries, handshakes. */
  readonly count: number;
  /** Since the last call, in milliseconds; only if the load measures any. */
  takeLatencies?(): readonly number[];
  /** Of each connection until it was open, in milliseconds; only where the load measures it. */
  readonly openingsMs?: readonly number[];
  /** Compares less from here on: what is measured comes now. */
  relax?(): void;
}

/** Starts a load; resolves once all is open and the first answers were found right. */
export type LoadStart = (terms: LoadTerms, handleFault: (error: Error) => void) => Promise<Load>;
