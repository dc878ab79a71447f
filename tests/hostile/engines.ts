/**
 * Loaded into the server under attack: engines in its own process, for what the engine offers and the
 * chat does not use: compression, and over TLS large messages and a heartbeat of a second.
 */
import { isMainThread } from 'node:worker_threads';
import { type Connection, WebSocketServer } from '@parley/websocket';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/certificate.ts';
import { ENGINE_PORTS, LARGE_BYTES, LARGE_REQUEST } from './attack.ts';

const COMMON = { host: '127.0.0.1', unlimitedAddresses: ['127.0.0.0/8'] };

if (isMainThread) {
  const compressing = new WebSocketServer({
    ...COMMON,
    port: portOf(ENGINE_PORTS.compressing),
    perMessageDeflate: true,
  });
  const overTls = new WebSocketServer({
    ...COMMON,
    port: portOf(ENGINE_PORTS.tls),
    tls: { cert: TEST_CERTIFICATE, key: TEST_KEY },
    readBuffer: 'own',
    heartbeatInterval: 1_000,
    heartbeatTimeout: 500,
    messageRate: 0,
  });
  for (const engine of [compressing, overTls]) {
    engine.on('connection', answer);
    engine.on('error', () => {}); // Errors of peers are expected.
    await engine.listen();
  }
}

/** Echoes, or sends a large and a small message. */
function answer(connection: Connection): void {
  connection.on('message', (data) => {
    if (`${data}` !== LARGE_REQUEST) {
      connection.sendText(data);
      return;
    }
    connection.sendBinary(Buffer.alloc(LARGE_BYTES));
    connection.sendText('small');
  });
}

function portOf(name: string): number {
  return Number(process.env[name]);
}
