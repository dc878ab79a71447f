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
  /** Sends `copied` when the writer should copy the rest; any message to it ends the thread. */
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

/** Requests that are not calls: copy the rest of the write-ahead log; end. */
export type Order = 'checkpoint' | 'close';

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
