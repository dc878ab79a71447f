/** Our engine with its default limits; heartbeat and backpressure are on. */
import {
  type Connection,
  prepareFrame,
  WebSocketServer,
  type WebSocketServerOptions,
} from '@parley/websocket';
import { BENCH_TLS, type SubjectOptions, serve } from './host.ts';

/** Undefined: the default. */
const {
  PARLEY_BENCH_LEVEL: level,
  PARLEY_BENCH_READ_BUFFER: readBuffer,
  PARLEY_BENCH_LOOP: loop,
} = process.env;

serve(async ({ mode, deflate, tls }: SubjectOptions) => {
  // As in `ws:echo`: load generators sometimes read slowly.
  const server = new WebSocketServer({
    perMessageDeflate: deflate && (level === undefined || { level: Number(level) }),
    tls: tls === true ? BENCH_TLS : undefined,
    readBuffer: readBuffer as WebSocketServerOptions['readBuffer'],
    writeBufferLimit: 4 * 1_048_576,
    maxBufferedBytes: 2 ** 40,
    // On, but without a ping during a measurement: the load does not answer pings.
    heartbeatInterval: 600_000,
    // A load stands still within its handshakes while other servers have their turns.
    handshakeTimeout: 600_000,
  });
  server.on('connection', mode === 'echo' ? echo : sendToAll(server));
  const { port } = await server.listen(0, '127.0.0.1');
  return port;
});

function echo(connection: Connection): void {
  connection.on('message', (data, isBinary) => {
    if (isBinary) connection.sendBinary(data);
    else connection.sendText(data);
    if (connection.isCongested) connection.pause();
  });
  connection.on('drain', () => connection.resume());
}

function sendToAll(server: WebSocketServer): (connection: Connection) => void {
  if (loop === undefined) {
    return (connection) => {
      connection.on('message', (data, isBinary) => {
        server.broadcast(data, { messageType: isBinary ? 'binary' : 'text' });
      });
    };
  }
  const connections = new Set<Connection>();
  return (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('message', (data, isBinary) => {
      const frame = prepareFrame(data, { binary: isBinary });
      for (const each of connections) each.sendFrame(frame);
    });
  };
}
