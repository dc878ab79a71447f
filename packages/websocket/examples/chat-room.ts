/**
 * Rooms, and metrics: `node examples/chat-room.ts [PORT]`.
 *
 * A client of `/chat?room=lobby` receives the messages of the others in the room, and
 * a notice when they leave. `/metrics` answers in the text format of Prometheus.
 */
import { type MetricFamily, WebSocketServer } from '@parley/websocket';

const server = new WebSocketServer({
  paths: ['/chat'],
  maxMessageSize: 4_096,
  handleRequest: ({ url }, response) => {
    if (url === '/metrics') response.end(server.metrics.collect().map(format).join(''));
    else response.writeHead(404).end();
  },
});

server.on('connection', (connection, { url }) => {
  const room = new URL(url ?? '', 'ws://localhost').searchParams.get('room') ?? 'lobby';
  const tellOthers = (text: string) =>
    server.broadcast(text, { group: room, excludeConnections: [connection.id] });

  server.groups.join(connection, room);
  connection.on('message', (data) => tellOthers(data.toString()));
  connection.on('close', () => tellOthers('somebody left'));
});

const { port } = await server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');
console.log(`listening on ws://127.0.0.1:${port}/chat`);
process.on('SIGTERM', () => void server.shutdown());

function format({ name, kind, help, samples, histogram }: MetricFamily): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}${pairs.length > 0 ? `{${pairs.join()}}` : ''} ${value}`;
  });
  for (const { bound, count } of histogram?.buckets ?? []) {
    const le = Number.isFinite(bound) ? bound : '+Inf';
    lines.push(`${name}_bucket{le="${le}"} ${count}`);
  }
  if (histogram) lines.push(`${name}_sum ${histogram.sum}`, `${name}_count ${histogram.count}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines, ''].join('\n');
}
