/** Sends raw bytes over one connection, and collects the answer until the server closes it. */
import { connect } from 'node:net';
import { inTime } from '../../packages/server/test/support/wait.ts';

interface RawExchange {
  /** Status of each answer, in order. */
  readonly statuses: readonly number[];
  readonly received: string;
}

/** Sends to `HOST:PORT`. The text has to make the server close the connection. */
export async function exchangeRaw(host: string, text: string): Promise<RawExchange> {
  const [hostname = '', port] = host.split(':');
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setEncoding('latin1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {}); // Terminated: `close` follows.
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(text, 'latin1');
  await inTime(closed, 'the server to close');
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  return { statuses, received };
}
