/**
 * A bridge to an engine that speaks TLS, for a suite that speaks only TCP. Bytes pass unchanged, and
 * the end of each direction separately.
 */
import { once } from 'node:events';
import {
  type AddressInfo,
  createServer,
  connect as dialTcp,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer, connect as dialTls } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from '../../tests/support/certificate.ts';

interface Bridge {
  /** Its address, as `HOST:PORT`. */
  readonly address: string;
  close(): void;
}

/** Accepts TCP, and connects to an engine's server over TLS. */
export function bridgeToTlsServer(port: number): Promise<Bridge> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const tcp = dialTcp({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    join(near, dialTls({ socket: tcp, ca: TEST_CERTIFICATE, servername: 'localhost' }));
  });
  return listen(server);
}

/** Accepts an engine's client over TLS, and connects to a server over TCP. */
export function bridgeFromTlsClient(port: number): Promise<Bridge> {
  const server = createTlsServer(
    { cert: TEST_CERTIFICATE, key: TEST_KEY, allowHalfOpen: true, noDelay: true },
    (near) => join(near, dialTcp({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })),
  );
  return listen(server);
}

function join(near: Socket, far: Socket): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.end());
  }
}

async function listen(server: Server): Promise<Bridge> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, close: () => server.close() };
}
