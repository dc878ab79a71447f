/** The real Socket.IO server, WebSocket only, on its default engine `ws`. */
import { serveSocketIo } from './socketio-server.ts';

serveSocketIo({});
