/** What the main thread and a database thread say to each other. */
import type { MessagePort } from 'node:worker_threads';

export interface DatabaseTerms {
  readonly role: 'writer' | 'reader';
  readonly file: string;
  /** Of the writer: `FULL` flushes to disk before a commit is done. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

export interface ThreadStart extends DatabaseTerms {
  /** Ours alone: on the thread's own port Node speaks too, when it watches sources. */
  readonly port: MessagePort;
}

export interface CheckpointStart {
  readonly file: string;
  /** Says `copied` when the writer is to copy the rest; whatever comes ends the thread. */
  readonly port: MessagePort;
}

export interface Call {
  readonly name: string;
  readonly argument: unknown;
  /**
   * Of a call that was made while others were made durable: how many calls had failed by then,
   * as far as the caller knew. If it were more, it is not begun.
   */
  readonly failuresKnown?: number | undefined;
}

/** A batch is about to be made durable: the next one may be sent, and waits its turn. */
export const COMMITTING = 'committing';

/** What is no call: copy the rest of the write-ahead log; end. */
export type Order = 'checkpoint' | 'close';

export type CallResult =
  | { readonly kind: 'done'; readonly value: unknown }
  /** Nothing of this call was stored. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The commit itself failed: perhaps stored. */
  | { readonly kind: 'unknown'; readonly error: unknown }
  /** One that it was to follow has failed: nothing of it was tried. */
  | { readonly kind: 'not-begun' };

export function isFailure({ kind }: CallResult): boolean {
  return kind === 'failed' || kind === 'unknown';
}
