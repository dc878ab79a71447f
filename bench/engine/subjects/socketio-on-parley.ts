/** The real Socket.IO server on our engine, through the interface of `ws`. */
import { WebSocketServer } from '@parley/websocket/ws';
import { serveSocketIo } from './socketio-server.ts';

serveSocketIo({ wsEngine: WebSocketServer });
