/**
 * Rooms, and metrics: `node examples/chat-room.ts [PORT]`.
 *
 * A client of `/chat?room=lobby` receives the messages of the others in the room, and
 * a notice when they leave. `/metrics` answers in the text format of Prometheus.
 */
import { formatPrometheus, UNTRUSTED_PEERS, WebSocketServer } from '@parley/websocket';

const server = new WebSocketServer({
  ...UNTRUSTED_PEERS,
  paths: ['/chat'],
  maxMessageSize: 4_096,
  handleRequest: ({ url }, response) => {
    if (url === '/metrics') {
      response.setHeader('Content-Type', 'text/plain; version=0.0.4');
      response.end(formatPrometheus(server.metrics.collect()));
    } else {
      response.writeHead(404).end();
    }
  },
});

server.on('connection', (connection, { url }) => {
  const room = new URL(url ?? '', 'ws://localhost').searchParams.get('room') ?? 'lobby';
  const sendToOthers = (text: string) =>
    server.broadcast(text, { group: room, excludeConnections: [connection.id] });

  server.groups.join(connection, room);
  connection.on('message', (data) => sendToOthers(data.toString()));
  connection.on('close', () => sendToOthers('a user left'));
});

const { port } = await server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');
console.log(`listening on ws://127.0.0.1:${port}/chat`);
process.on('SIGTERM', () => void server.shutdown());
