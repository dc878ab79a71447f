/** The types of this interface, by their names in the types of `ws`. */
import type * as events from './events.ts';
import type { WebSocket } from './web-socket.ts';

export type { AddressInfo } from 'node:net';
export type { WebSocketClientOptions as ClientOptions } from './client.ts';
export type { ListenerOptions as EventListenerOptions } from './events.ts';
export type { Data, RawData } from './message-data.ts';
export type { PerMessageDeflateOptions } from './options.ts';
export type { WebSocketEventMap } from './web-socket.ts';
export type {
  ServerOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
} from './web-socket-server.ts';

export type Event = events.SocketEvent<WebSocket>;
export type CloseEvent = events.CloseEvent<WebSocket>;
export type ErrorEvent = events.ErrorEvent<WebSocket>;
export type MessageEvent = events.MessageEvent<WebSocket>;

export type CertMeta = string | string[] | Buffer | Buffer[];
