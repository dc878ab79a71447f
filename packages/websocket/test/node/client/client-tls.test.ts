/** The client over TLS: certificates are checked unless the caller disables that. */
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../../tests/support/certificate.ts';
import { connect, WebSocketServer } from '../../../src/index.ts';
import { echo } from '../../support/test-server.ts';
import { next, outcomeOf } from '../../support/wait.ts';

async function startTlsEcho(t: TestContext): Promise<number> {
  const httpsServer = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE });
  const server = new WebSocketServer();
  server.on('connection', echo);
  httpsServer.on('upgrade', (request, socket, head) => {
    void server.handleUpgrade(request, socket, head);
  });
  // A client that does not trust the server sends an alert.
  httpsServer.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => httpsServer.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const connection of server.connections.values()) connection.destroy();
    await server.shutdown();
    await new Promise((resolve) => httpsServer.close(resolve));
  });
  // A listening TCP server has an address of this kind.
  return (httpsServer.address() as AddressInfo).port;
}

for (const host of ['localhost', '127.0.0.1']) {
  test(`a certificate for ${host} by a trusted authority is accepted`, async (t) => {
    const port = await startTlsEcho(t);
    const client = await connect(`wss://${host}:${port}`, { tls: { ca: TEST_CERTIFICATE } });
    t.after(() => client.destroy());

    client.sendText('over TLS');

    const [data] = await next(client, 'message');
    assert.equal(String(data), 'over TLS');
    client.close();
    const outcome = await outcomeOf(client);
    assert.deepEqual(outcome, { code: 1_000, reason: '', wasClean: true });
  });
}

test('an untrusted certificate, or one for another name, is rejected', async (t) => {
  const port = await startTlsEcho(t);

  await assert.rejects(connect(`wss://localhost:${port}`), {
    code: 'CONNECTION_ERROR',
    message: /self-signed certificate/,
  });
  const tls = { ca: TEST_CERTIFICATE, servername: 'chat.example' };
  await assert.rejects(connect(`wss://127.0.0.1:${port}`, { tls }), {
    code: 'CONNECTION_ERROR',
    message: /does not match/,
  });
});

for (const [host, headerHost] of [
  ['localhost', 'internal.example'],
  ['127.0.0.1', 'localhost'],
] as const) {
  test(`a certificate is checked for ${host} of the address, not for the Host header ${headerHost}`, async (t) => {
    const port = await startTlsEcho(t);
    const checked: string[] = [];
    const checkServerIdentity = (name: string) => void checked.push(name);

    const client = await connect(`wss://${host}:${port}`, {
      tls: { ca: TEST_CERTIFICATE, checkServerIdentity },
      headers: { Host: headerHost },
    });

    client.destroy();
    assert.deepEqual(checked, [host]);
  });
}

test('the check is skipped only if the caller disables it', async (t) => {
  const port = await startTlsEcho(t);

  const client = await connect(`wss://localhost:${port}`, { tls: { rejectUnauthorized: false } });

  assert.equal(client.state, 'OPEN');
  client.destroy();
});
