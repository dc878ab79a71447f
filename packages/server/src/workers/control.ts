/** Messages by which a primary starts, watches and stops its worker processes. */
import type { Worker } from '../composition/server-options.ts';
import type { Values } from '../config/load-config.ts';

export interface WorkerStart extends Omit<Worker, 'primary'> {
  /** Settings, read once by the primary: all workers have the same. */
  readonly values: Values;
  readonly version: string;
  readonly webRoot: string;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly start: WorkerStart }
  | { readonly kind: 'ping' }
  | { readonly kind: 'stop'; readonly reason: string; readonly drainMs: number };

/** Facts that the start line of the server shows. */
export interface WorkerReady {
  readonly url: string;
  readonly otherUrls: readonly string[];
  readonly ownerUrl: string | undefined;
  readonly store: { readonly description: string; readonly weakenedBy: readonly string[] };
}

export type ToPrimary =
  | { readonly kind: 'ready'; readonly ready: WorkerReady }
  | { readonly kind: 'pong' }
  /** The worker cannot start, for this reason, and ends. */
  | { readonly kind: 'failed'; readonly message: string };
