/** `ws` with the heartbeat that its README shows: one interval over all clients. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { BACKLOG, serve } from './host.ts';

const http = createServer();
const server = new WebSocketServer({ server: http });
const alive = new WeakSet<WebSocket>();
let pauseMs = 0;

serve({
  start: async ({ intervalMs }) => {
    pauseMs = intervalMs;
    server.on('connection', (socket) => {
      alive.add(socket);
      socket.on('error', () => socket.terminate());
      socket.on('pong', () => alive.add(socket));
    });
    await new Promise<void>((resolve) => {
      http.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve);
    });
    // A bound TCP server has an address of this type.
    return (http.address() as AddressInfo).port;
  },
  begin: () => void setInterval(pingAll, pauseMs),
});

function pingAll(): void {
  for (const socket of server.clients) {
    if (!alive.delete(socket)) socket.terminate();
    else socket.ping();
  }
}
