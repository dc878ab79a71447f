/** A client's connection, as the domain sees it: where to push, and how to end it. */
import type { ChatEvent } from '../model/client-event.ts';

/** An event in the form in which one dialect puts it on the wire; made once, sent to many. */
export type EncodedFrame = object;

export interface EventEncoder {
  /** Which rooms of a few people are open by themselves; all others are joined. Undefined: both kinds. */
  readonly opens?: readonly ('direct' | 'group')[];
  /** Undefined where the dialect has no word for this event. */
  encode(event: ChatEvent): EncodedFrame | undefined;
}

/** Why the server ends a connection. */
export type EndReason = 'session-ended';

export interface ClientTransport {
  readonly dialect: EventEncoder;
  /** Bytes that the client has not taken yet. Whoever holds the link says when they have drained. */
  readonly bufferedBytes: number;
  /** Queues a frame; never throws and never waits. */
  push(frame: EncodedFrame): void;
  end(reason: EndReason): void;
}
