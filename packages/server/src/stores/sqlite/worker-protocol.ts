/** Messages between the main thread and a database thread. */
import type { MessagePort } from 'node:worker_threads';

export interface DatabaseThreadOptions {
  readonly role: 'writer' | 'reader';
  readonly file: string;
  /** Only for the writer: `FULL` flushes to disk before a commit is done. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

export interface ThreadStart extends DatabaseThreadOptions {
  /** A separate port: Node also uses the thread's own port, when it watches sources. */
  readonly port: MessagePort;
}

export interface CheckpointStart {
  readonly file: string;
  /** Sends orders for the writer; any message to it ends the thread. */
  readonly port: MessagePort;
}

export interface Call {
  readonly name: string;
  readonly argument: unknown;
  /**
   * For a call made while others were being made durable: the number of failed calls known to the
   * caller. If the actual number is higher, the call is not started.
   */
  readonly failuresKnown?: number | undefined;
}

/** A batch is about to be made durable: the next one may be sent, and is queued. */
export const COMMITTING = 'committing';

/** Requests to the writer about the write-ahead log: copy the rest of it; empty its file. */
export type LogOrder = 'checkpoint' | 'empty';

/** Requests that are not calls. */
export type Order = LogOrder | 'close';

export type CallResult =
  | { readonly kind: 'done'; readonly value: unknown }
  /** Nothing of this call was stored. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The commit itself failed: the call is perhaps stored. */
  | { readonly kind: 'unknown'; readonly error: unknown }
  /** The previous call failed: nothing of this one was tried. */
  | { readonly kind: 'not-begun' };

export function isFailure({ kind }: CallResult): boolean {
  return kind === 'failed' || kind === 'unknown';
}
