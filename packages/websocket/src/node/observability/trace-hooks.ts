/**
 * Interface for tracing libraries: the function that a hook returns is called at the end. If a hook
 * or that function throws, or returns a promise that rejects, the server emits `error`; nothing else
 * changes. A hook itself may return no promise.
 */

import type { IncomingMessage } from 'node:http';
import type { ConnectionEnd } from '../../protocol/close-sequence.ts';
import type { Connection } from '../connection/connection.ts';

export interface TracedMessage {
  readonly isBinary: boolean;
  /** Size of the uncompressed message. */
  readonly byteCount: number;
}

export type TraceEnd = (failure?: unknown) => void;

export interface TraceHooks<M = unknown> {
  /**
   * A connection was opened, and is about to be announced. The request holds the client's tracing
   * headers, such as `traceparent`. The returned function is called after the connection's earlier
   * `close` listeners.
   */
  connection?(
    connection: Connection<M>,
    request: IncomingMessage,
  ): ((end: ConnectionEnd) => void) | undefined;

  /**
   * A message is about to be passed to its listeners. The returned function is called when they
   * have returned, with the error if one of them threw.
   */
  message?(connection: Connection<M>, message: TracedMessage): TraceEnd | undefined;

  /**
   * A message is about to be sent: for a broadcast once per recipient, for a fragmented message
   * once per fragment. The returned function is called once: without an error when the system has
   * accepted the bytes, with an error if the message was rejected or the connection ended before.
   */
  sent?(connection: Connection<M>, message: TracedMessage): TraceEnd | undefined;
}
