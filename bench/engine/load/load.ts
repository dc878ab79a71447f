/** The interface of all loads: a load runs until its process ends, and can be read. */
import type { PeerOptions } from './peer.ts';

export interface LoadOptions extends PeerOptions {
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
  /** Latencies since the last call, in milliseconds; only if the load measures them. */
  takeLatencies?(): readonly number[];
  /** Time of each connection until it was open, in milliseconds; only if the load measures it. */
  readonly openingsMs?: readonly number[];
  /** Starts the measurement: fewer answers are compared from now on. */
  relax?(): void;
}

/** Starts a load; resolves when all connections are open and the first answers are correct. */
export type LoadStart = (options: LoadOptions, onError: (error: Error) => void) => Promise<Load>;
