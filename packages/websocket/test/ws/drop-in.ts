/**
 * Programs written for `ws`, which must compile against both packages. They are never run:
 * `tests/package/websocket.test.ts` compiles this file against the packed package and against `@types/ws`.
 */
import type { IncomingMessage } from 'node:http';
import WebSocket, {
  createWebSocketStream,
  type WebSocket as NamedWebSocket,
  type RawData,
  type ServerOptions,
  WebSocketServer,
} from '../../src/ws/index.ts';

export function chat(): WebSocketServer {
  const wss = new WebSocketServer({ port: 8080 });
  wss.on('connection', function connection(ws, request) {
    ws.on('error', console.error);
    ws.on('message', function message(data) {
      ws.send(data);
      this.ping();
    });
    ws.on('message', (data, isBinary) => {
      for (const client of wss.clients) {
        if (client !== ws && client.readyState === WebSocket.OPEN) {
          client.send(data, { binary: isBinary }, (error) => void error?.message);
        }
      }
    });
    ws.on('ping', (data) => ws.pong(data, false, (error: Error) => void error));
    ws.once('close', (code, reason) => console.log(code.toFixed(), reason.toString()));
    ws.off('pong', console.log);
    ws.on('an event of somebody else', (first) => first.anything);
    ws.addEventListener('message', ({ data, target }) => {
      if (typeof data === 'string') target.send(data);
    });
    ws.addEventListener('close', { handleEvent: ({ wasClean }) => void wasClean }, { once: true });
    ws.removeEventListener('message', () => {});
    ws.onmessage = ({ data }) => void data;
    ws.onopen = ({ target }) => target.close(1000, Buffer.from('x'));
    createWebSocketStream(ws, { encoding: 'utf8' }).pipe(process.stdout);
    this.clients.forEach((each) => void each.emit('bye', 1));
    console.log(request.url, this.path, this.options.port);
  });
  wss.on('headers', (lines) => lines.push('a: b'));
  wss.on('wsClientError', (_error, socket) => socket.destroy());
  wss.emit('connection', new WebSocket('ws://x'), null);
  return wss;
}

export function servers(isStrict?: boolean): WebSocketServer[] {
  const settings: ServerOptions = {
    noServer: true,
    perMessageDeflate: {
      zlibDeflateOptions: { chunkSize: 1024, memLevel: 7, level: 3 },
      zlibInflateOptions: { chunkSize: 10 * 1024 },
      clientNoContextTakeover: true,
      serverMaxWindowBits: 10,
      threshold: 1024,
    },
    skipUTF8Validation: isStrict,
    allowSynchronousEvents: true,
    maxBufferedChunks: 1,
    clientTracking: true,
    path: undefined,
  };
  settings.port = 8_080;
  return [
    new WebSocketServer(settings),
    new WebSocketServer({
      port: 0,
      verifyClient: (info: { origin: string; secure: boolean; req: IncomingMessage }) =>
        info.origin.startsWith('https:'),
      handleProtocols: (protocols) => [...protocols][0] ?? false,
    }),
    new WebSocketServer({
      port: 0,
      verifyClient: ({ req }, done) =>
        done(req.headers.cookie !== undefined, 401, 'who?', { 'Retry-After': 30, 'X-A': ['b'] }),
    }),
  ];
}

/** Sockets with extra properties. */
class Known extends WebSocket {
  userId = '';
}

export function known(): Set<Known> {
  const server = new WebSocketServer({ noServer: true, WebSocket: Known });
  server.on('connection', (socket) => socket.userId.toUpperCase());
  return server.clients;
}

export function client(): WebSocket {
  const socket: WebSocket = new WebSocket('wss://x', ['a'], {
    rejectUnauthorized: false,
    ca: 'x',
    followRedirects: true,
    maxRedirects: 3,
    finishRequest: (request, webSocket) => request.setHeader('a', webSocket.url).end(),
    headers: { a: 'b' },
    origin: undefined,
    localAddress: 'x',
  });
  const received: (RawData | WebSocket.RawData)[] = [];
  const isSame: NamedWebSocket = socket;
  socket.on('open', function open() {
    isSame.send(new ArrayBuffer(3));
    this.ping('x');
  });
  socket.on('redirect', (url, request) => void request.setHeader('a', url));
  socket.on('message', (data: WebSocket.RawData) => void received.push(data));
  socket.on('close', (event: number) => void event);
  socket.onclose = ({ code, reason }: WebSocket.CloseEvent) => void [code, reason];
  socket.on('unexpected-response', (request) => request.destroy());
  socket.onerror = ({ error }) => void error.code;
  const seen: WebSocket.MessageEvent = { type: 'message', data: socket.url, target: socket };
  socket.onmessage?.(seen);
  return socket;
}
