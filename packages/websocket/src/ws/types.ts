/** The types of this interface, by their names in the types of `ws`. */
import type { WebSocketClientOptions } from './client.ts';
import type * as events from './events.ts';
import type { PerMessageDeflateOptions as DeflateOptions } from './options.ts';
import type { WebSocket } from './web-socket.ts';
import type { ServerOptions as GivenServerOptions } from './web-socket-server.ts';

export type { AddressInfo } from 'node:net';
export type { ListenerOptions as EventListenerOptions } from './events.ts';
export type { Data, RawData } from './message-data.ts';
export type { WebSocketEventMap } from './web-socket.ts';
export type { VerifyClientCallbackAsync, VerifyClientCallbackSync } from './web-socket-server.ts';

/** Programs may set options one by one. */
type Writable<Options> = { -readonly [Name in keyof Options]: Options[Name] };

export type ClientOptions = Writable<WebSocketClientOptions>;
export type PerMessageDeflateOptions = Writable<DeflateOptions>;
export type ServerOptions<Class extends typeof WebSocket = typeof WebSocket> = Writable<
  GivenServerOptions<Class>
>;

export type Event = events.EventFields<WebSocket>;
export type CloseEvent = events.CloseEvent<WebSocket>;
export type ErrorEvent = events.ErrorEvent<WebSocket>;
export type MessageEvent = events.MessageEvent<WebSocket>;

export type CertMeta = string | string[] | Buffer | Buffer[];
