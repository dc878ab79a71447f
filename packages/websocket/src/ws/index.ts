/** The interface of the `ws` package on top of the engine; the README lists the differences. */
import { Sender } from './sender.ts';
import { createWebSocketStream } from './stream.ts';
import type * as types from './types.ts';
import { WebSocket as Socket } from './web-socket.ts';
import { WebSocketServer as SocketServer } from './web-socket-server.ts';

/** The class with all exports as properties, like the default export of `ws`. */
const WebSocket = Object.assign(Socket, {
  WebSocket: Socket,
  WebSocketServer: SocketServer,
  Server: SocketServer,
  createWebSocketStream,
  Sender,
});

type WebSocket = Socket;

/** The types in its namespace, such as `WebSocket.RawData`. */
declare namespace WebSocket {
  type AddressInfo = types.AddressInfo;
  type CertMeta = types.CertMeta;
  type ClientOptions = types.ClientOptions;
  type CloseEvent = types.CloseEvent;
  type Data = types.Data;
  type ErrorEvent = types.ErrorEvent;
  type Event = types.Event;
  type EventListenerOptions = types.EventListenerOptions;
  type MessageEvent = types.MessageEvent;
  type PerMessageDeflateOptions = types.PerMessageDeflateOptions;
  type RawData = types.RawData;
  type Server<Class extends typeof Socket = typeof Socket> = SocketServer<Class>;
  type ServerOptions<Class extends typeof Socket = typeof Socket> = types.ServerOptions<Class>;
  type VerifyClientCallbackAsync = types.VerifyClientCallbackAsync;
  type VerifyClientCallbackSync = types.VerifyClientCallbackSync;
  type WebSocket = Socket;
  type WebSocketEventMap = types.WebSocketEventMap;
  type WebSocketServer<Class extends typeof Socket = typeof Socket> = SocketServer<Class>;
}

export type { WebSocketClientOptions } from './client.ts';
export type { BinaryType, MessageData } from './message-data.ts';
export type * from './types.ts';
export type { WebSocketEvents, WebSocketSendOptions } from './web-socket.ts';
export type {
  ClientInfo,
  VerifyClient,
  WebSocketServerEvents,
  WebSocketServerOptions,
} from './web-socket-server.ts';
// `require` then returns the class itself.
export {
  createWebSocketStream,
  Sender,
  SocketServer as Server,
  SocketServer as WebSocketServer,
  WebSocket,
  WebSocket as default,
  WebSocket as 'module.exports',
};
