/** The real Socket.IO server on our engine, through the surface that `ws` has. */
import { WebSocketServer } from '@parley/websocket/ws';
import { serveSocketIo } from './socketio-server.ts';

serveSocketIo({ wsEngine: WebSocketServer });
