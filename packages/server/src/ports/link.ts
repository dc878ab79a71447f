/** A client's connection, as the domain sees it: where to push, and how to end it. */
import type { ChatEvent } from './chat-event.ts';

/** An event in the form in which one dialect puts it on the wire; made once, sent to many. */
export type ReadyFrame = object;

export interface Dialect {
  /** Undefined where the dialect has no word for this event. */
  encode(event: ChatEvent): ReadyFrame | undefined;
}

/** Why the server ends a connection. */
export type EndReason = 'session-ended';

export interface Link {
  readonly dialect: Dialect;
  /**
   * Queues a frame; never throws and never waits. A frame that may be dropped is
   * dropped where the reader is slow.
   */
  push(frame: ReadyFrame, options: { readonly mayDrop: boolean }): void;
  end(reason: EndReason): void;
}
