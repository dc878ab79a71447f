/**
 * The surface that users of the `ws` package know, over the engine. What differs
 * stands in a table of the README.
 */
import { Sender } from './sender.ts';
import { createWebSocketStream } from './stream.ts';
import { WebSocket } from './web-socket.ts';
import { WebSocketServer } from './web-socket-server.ts';

/** The class with everything on it, as the default export of `ws` is. */
const surface = Object.assign(WebSocket, {
  WebSocket,
  WebSocketServer,
  Server: WebSocketServer,
  createWebSocketStream,
  Sender,
});

export type { WebSocketClientOptions } from './client.ts';
export type { CloseEvent, ErrorEvent, MessageEvent } from './events.ts';
export type { BinaryType, MessageData, ReceivedData } from './message-data.ts';
export type { PerMessageDeflateOptions } from './options.ts';
export type { WebSocketEvents, WebSocketSendOptions } from './web-socket.ts';
export type {
  ClientInfo,
  VerifyClient,
  WebSocketServerEvents,
  WebSocketServerOptions,
} from './web-socket-server.ts';
// For `require`, which then gives the class itself.
export {
  createWebSocketStream,
  Sender,
  surface as default,
  surface as 'module.exports',
  WebSocket,
  WebSocketServer,
  WebSocketServer as Server,
};
