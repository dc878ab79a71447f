/**
 * Attaches to an existing HTTP server, for authenticated users:
 * `SECRET=… node examples/existing-server.mjs [PORT]`.
 *
 * Requests for `/live` with `Authorization: Bearer SECRET` are accepted, with a user name.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocketServer } from '@parley/websocket';

const secret = process.env['SECRET'];
if (!secret) throw new Error('SECRET is not set');

const http = createServer((_request, response) => void response.end('an ordinary page\n'));
const live = new WebSocketServer({
  paths: ['/live'],
  authorize: ({ headers }) =>
    isSame(headers.authorization ?? '', `Bearer ${secret}`)
      ? { accept: true, metadata: { name: 'alice' } }
      : { accept: false, status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
});

http.on('upgrade', (request, socket, head) => void live.handleUpgrade(request, socket, head));
live.on('connection', (connection) => connection.sendText(`hello ${connection.metadata.name}`));

http.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${http.address().port}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void live.shutdown().then(() => http.close()));
}

/** Compares in constant time, so that the duration reveals nothing about the secret. */
function isSame(given, expected) {
  const [left, right] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(left, right);
}
