/** The real Socket.IO server, WebSocket only; its transport is `ws`, its own default. */
import { serveSocketIo } from './socketio-server.ts';

serveSocketIo({});
