/** Node's sockets without WebSocket: bytes come back as they came. The ceiling that Node sets. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { GREETING } from '../load/dialect.ts';
import { BACKLOG, type ServerTerms, serve } from './host.ts';

serve(async ({ mode }: ServerTerms) => {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    // So that a client knows that it was accepted; it stands for the answer to a handshake.
    socket.write(GREETING);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (mode === 'echo') socket.on('data', (bytes) => socket.write(bytes));
    else
      socket.on('data', (bytes) => {
        for (const each of sockets) each.write(bytes);
      });
  });
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve);
  });
  // A TCP server that is bound has an address of this kind.
  return (server.address() as AddressInfo).port;
});
