/**
 * Attaches to an existing HTTP server, for authenticated users:
 * `SECRET=… node examples/existing-server.ts [PORT]`.
 *
 * Requests for `/live` with `Authorization: Bearer SECRET` are accepted, with a user name.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocketServer } from '@parley/websocket';

const secret = process.env['SECRET'];
if (!secret) throw new Error('SECRET is not set');

const http = createServer((_request, response) => void response.end('an ordinary page\n'));
const live = new WebSocketServer<{ readonly name: string }>({
  paths: ['/live'],
  authorize: ({ headers }) =>
    isSame(headers.authorization ?? '', `Bearer ${secret}`)
      ? { accept: true, metadata: { name: 'alice' } }
      : { accept: false, status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
});

http.on('upgrade', (request, socket, head) => void live.handleUpgrade(request, socket, head));
live.on('connection', (connection) => connection.sendText(`hello ${connection.metadata.name}`));

http.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  const address = http.address();
  if (typeof address === 'object') console.log(`listening on http://127.0.0.1:${address?.port}`);
});
process.on('SIGTERM', () => void live.shutdown().then(() => http.close()));

/** Compares in constant time, so that the duration reveals nothing about the secret. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
