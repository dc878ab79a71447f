/** Two ends of a TCP connection, without a WebSocket. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { chosenTls, LaterDuplex, TEST_TLS, usesDuplex } from './transport.ts';
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

/** The same over the chosen transport. */
export async function connectPairOverTransport(t: {
  after(end: () => void): void;
}): Promise<{ readonly ours: Duplex; readonly theirs: Socket }> {
  const { ours, theirs } = await connectPair(t);
  if (usesDuplex()) return { ours: new LaterDuplex(ours), theirs };
  if (chosenTls() === undefined) return { ours, theirs };
  const secured = connectTls({ socket: theirs, ca: TEST_TLS.cert, host: 'localhost' });
  const ourTls = new TLSSocket(ours, { isServer: true, ...TEST_TLS });
  await once(secured, 'secureConnect');
  secured.pause();
  return { ours: ourTls, theirs: secured };
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
