/** Two ends of a TCP connection, without a WebSocket. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { until } from './wait.ts';

/** The other end does not read yet. */
export async function connectPair(t: { after(end: () => void): void }) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A bound TCP server has an address of this kind.
  const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [ours] = (await once(server, 'connection')) as [Socket];
  theirs.pause();
  t.after(() => {
    ours.destroy();
    theirs.destroy();
    server.close();
  });
  return { ours, theirs };
}

/** Reads on, at least this number of bytes. */
export async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  const received: Buffer[] = [];
  let byteCount = 0;
  socket.on('data', (bytes: Buffer) => {
    received.push(bytes);
    byteCount += bytes.length;
  });
  socket.resume();
  await until(() => byteCount >= count);
  return Buffer.concat(received);
}
