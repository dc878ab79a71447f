/** Node's sockets without WebSocket, which echo bytes unchanged: the upper limit of Node. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { GREETING } from '../load/dialect.ts';
import { BACKLOG, BENCH_TLS, type SubjectOptions, serve } from './host.ts';

serve(async ({ mode, tls }: SubjectOptions) => {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    // Shows the client that it was accepted, in place of a handshake response.
    socket.write(GREETING);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (mode === 'echo') socket.on('data', (bytes) => socket.write(bytes));
    else
      socket.on('data', (bytes) => {
        for (const each of sockets) each.write(bytes);
      });
  };
  const server =
    tls === true
      ? createTlsServer({ ...BENCH_TLS, noDelay: true }, accept)
      : createServer({ noDelay: true }, accept);
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve);
  });
  // A bound TCP server has an address of this type.
  return (server.address() as AddressInfo).port;
});
