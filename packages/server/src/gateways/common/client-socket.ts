/** The socket of a client's connection: a WebSocket of its own, or a stream in one. */
import type { ConnectionEnd, PreparedFrame } from '@parley/websocket';

/** How a socket or stream ended; other transports do not know the cause. */
export type SocketEnd = Pick<ConnectionEnd, 'code' | 'reason'> &
  Partial<Pick<ConnectionEnd, 'initiator' | 'cause'>>;

/** As the events of an engine connection. */
export interface ClientSocketEvents {
  message: [data: Buffer];
  drain: [];
  dead: [];
  error: [error: { readonly code: string }];
  close: [end: SocketEnd];
}

export interface ClientSocket {
  readonly bufferedBytes: number;
  /** Time when bytes last arrived. */
  readonly lastActivity: Date;
  sendText(text: string): boolean;
  sendFrame(frame: PreparedFrame): boolean;
  close(code: number, reason: string): void;
  pause(): void;
  resume(): void;
  on(event: 'message', listener: (...args: ClientSocketEvents['message']) => void): unknown;
  on(event: 'drain' | 'dead', listener: () => void): unknown;
  on(event: 'error', listener: (...args: ClientSocketEvents['error']) => void): unknown;
  on(event: 'close', listener: (...args: ClientSocketEvents['close']) => void): unknown;
}
