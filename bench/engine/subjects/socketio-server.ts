/** Socket.IO: returns each event unchanged, to its sender or to all. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type ServerOptions } from 'socket.io';
import { BACKLOG, type SubjectOptions, serve } from './host.ts';

export function serveSocketIo(options: Partial<ServerOptions>): void {
  serve(async ({ mode }: SubjectOptions) => {
    const http = createServer();
    const server = new Server(http, {
      transports: ['websocket'],
      serveClient: false,
      // On, but without a ping during a measurement: the load does not answer pings.
      pingInterval: 120_000,
      ...options,
    });
    server.on('connection', (socket) => {
      socket.on('message', (text: string) => {
        if (mode === 'echo') socket.emit('message', text);
        else server.emit('message', text);
      });
    });
    await new Promise<void>((resolve) => {
      http.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve);
    });
    // A bound TCP server has an address of this type.
    return (http.address() as AddressInfo).port;
  });
}
