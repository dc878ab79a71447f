/**
 * Writes frames to WebSockets without Engine.IO, whose events and callbacks for each packet cost
 * more than the write itself.
 */

/** Properties of Engine.IO's sockets that their types omit. */
export interface WritableConnection {
  readonly readyState: string;
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: WritableTransport;
}

export interface WritableTransport {
  /** Whether everything it was given is sent. */
  readonly writable: boolean;
  /** Present on a WebSocket transport. */
  readonly socket?: {
    readonly bufferedAmount: number;
    readonly _sender: { sendFrame(parts: readonly Uint8Array[]): void } | null;
  };
}

/** A frame in one part: it is written to every WebSocket without a copy. */
export type WholeFrame = readonly [Uint8Array];

/**
 * Returns false if Engine.IO has packets before the frame, if more than `bytesMax` bytes would be
 * unsent, or if the transport is not a WebSocket.
 */
export function writeDirectly(
  { readyState, transport, writeBuffer }: WritableConnection,
  frame: WholeFrame,
  bytesMax: number,
): boolean {
  const { socket } = transport;
  if (socket === undefined || readyState !== 'open') return false;
  if (!transport.writable || writeBuffer.length > 0) return false;
  if (socket.bufferedAmount + frame[0].length > bytesMax || !socket._sender) return false;
  socket._sender.sendFrame(frame);
  return true;
}
