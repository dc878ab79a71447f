/**
 * Node's sockets without WebSocket, which return bytes unchanged. With `PARLEY_BENCH_LENT=1` without
 * their streams, too: read into one buffer and written to the system at once, as our engine does;
 * an engine in Node can hardly take less. Only for small messages over TCP.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { readIntoSharedBuffer } from '../../../packages/websocket/src/node/receive/shared-read-buffer.ts';
import { writeDirectly } from '../../../packages/websocket/src/node/send/direct-write.ts';
import { GREETING } from '../load/dialect.ts';
import { BACKLOG, BENCH_TLS, type SubjectOptions, serve } from './host.ts';

const isStreamless = process.env['PARLEY_BENCH_LENT'] === '1';

serve(async ({ mode, tls }: SubjectOptions) => {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    // Shows the client that it was accepted, in place of a handshake response.
    socket.write(GREETING);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (isStreamless) echoLent(socket);
    else if (mode === 'echo') socket.on('data', (bytes) => socket.write(bytes));
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

function echoLent(socket: Socket): void {
  const pending = { handleTaken: () => {} };
  const isLent = readIntoSharedBuffer(socket, (byteCount, bytes) => {
    const outcome = writeDirectly(socket, [bytes.subarray(0, byteCount)], pending);
    // The next read would overwrite what waits.
    if (outcome !== 'accepted') socket.destroy(new Error('the load exceeds the system buffer'));
    return true;
  });
  if (!isLent) throw new Error('Node does not read this socket into a given buffer');
}
