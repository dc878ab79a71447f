/** A server with TLS on its own port, whose certificate is renewed while it runs. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import {
  OTHER_CERTIFICATE,
  OTHER_KEY,
  TEST_CERTIFICATE,
  TEST_KEY,
} from '../../../../../tests/support/certificate.ts';
import {
  type CertificateFacts,
  connect,
  type TlsSettings,
  WebSocketServer,
} from '../../../src/index.ts';
import { REPLY_BATCH_BYTES } from '../../../src/node/send/reply-batch-buffer.ts';
import { certificateFiles } from '../../support/certificate-files.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { echo } from '../../support/test-server.ts';
import { next, until } from '../../support/wait.ts';

async function start(t: TestContext, tls: TlsSettings, clock = new FakeClock()) {
  const server = new WebSocketServer({ pressureInterval: 0, tls, clock, enableHeartbeat: false });
  server.on('connection', echo);
  const { port } = await server.listen(0, '127.0.0.1');
  t.after(() => {
    for (const connection of server.connections.values()) connection.destroy();
    return server.shutdown();
  });
  const join = (options: object) => connect(`wss://localhost:${port}`, { tls: options });
  return { server, clock, join, port };
}

test('a server with a certificate speaks TLS on its own port', async (t) => {
  const { join, port } = await start(t, { cert: TEST_CERTIFICATE, key: TEST_KEY });

  const client = await join({ ca: TEST_CERTIFICATE });
  client.sendText('over TLS');

  assert.equal(String((await next(client, 'message'))[0]), 'over TLS');
  await assert.rejects(connect(`ws://localhost:${port}`));
  client.destroy();
});

test('certificate and key may be the bytes of their files', async (t) => {
  const { join } = await start(t, {
    cert: Buffer.from(TEST_CERTIFICATE),
    key: Buffer.from(TEST_KEY),
  });

  const client = await join({ ca: TEST_CERTIFICATE });

  client.destroy();
});

test('answers over TLS share one buffer, which no answer keeps', async (t) => {
  const allocate = t.mock.method(Buffer, 'allocUnsafeSlow');
  const { join } = await start(t, { cert: TEST_CERTIFICATE, key: TEST_KEY });
  const client = await join({ ca: TEST_CERTIFICATE });

  for (let count = 0; count < 20; count += 1) {
    client.sendText('over TLS');
    await next(client, 'message');
  }

  const buffers = allocate.mock.calls.filter(
    ({ arguments: [bytes] }) => bytes === REPLY_BATCH_BYTES,
  );
  // The server's, and that of the clients of this thread unless an earlier test has used it.
  assert([1, 2].includes(buffers.length), `${buffers.length} buffers`);
  client.destroy();
});

test('an unusable certificate is rejected at construction, files by listen', async (t) => {
  const wrong: [TlsSettings, RegExp][] = [
    [{ cert: TEST_CERTIFICATE, key: OTHER_KEY }, /the key does not belong to the certificate/],
    // Values that plain JavaScript may pass.
    [{ cert: TEST_CERTIFICATE } as TlsSettings, /option tls needs cert and key/],
    [{ certFile: 'a' } as TlsSettings, /option tls needs certFile and keyFile/],
    [
      { certFile: 'a', keyFile: 'b', watchInterval: -1 },
      /option tls.watchInterval is -1; allowed: a whole number from 0 to 86400000/,
    ],
    [{ cert: TEST_CERTIFICATE, key: TEST_KEY, requireClientCert: true }, /neither ca nor caFile/],
  ];
  for (const [tls, message] of wrong) {
    assert.throws(() => new WebSocketServer({ tls }), { code: 'INVALID_ARGUMENT', message });
  }

  const files = await certificateFiles(t);
  await writeFile(files.keyFile, OTHER_KEY);
  const server = new WebSocketServer({ tls: files });
  await assert.rejects(server.listen(0), /the key does not belong to the certificate/);
  await writeFile(files.keyFile, TEST_KEY);
  await server.listen(0, '127.0.0.1');
  await server.shutdown();
});

test('renewed files are loaded without losing a connection', async (t) => {
  const files = await certificateFiles(t);
  const { server, clock, join } = await start(t, files);
  const changes: CertificateFacts[] = [];
  const errors: unknown[] = [];
  server.on('certificateChanged', (facts) => changes.push(facts));
  server.on('error', ({ error }) => errors.push(error));
  const old = await join({ ca: TEST_CERTIFICATE });

  await writeFile(files.certFile, OTHER_CERTIFICATE);
  clock.advance(60_000);
  await until(() => errors.length === 1);
  assert.match(String(errors[0]), /the key does not belong to the certificate/);
  const between = await join({ ca: TEST_CERTIFICATE });

  await writeFile(files.keyFile, OTHER_KEY);
  clock.advance(60_000);
  await until(() => changes.length === 1);
  const fresh = await join({ ca: OTHER_CERTIFICATE });

  for (const client of [old, between, fresh]) {
    client.sendText('still here');
    assert.equal(String((await next(client, 'message'))[0]), 'still here');
    client.destroy();
  }
  await assert.rejects(join({ ca: TEST_CERTIFICATE }), { code: 'CONNECTION_ERROR' });
  assert.equal(errors.length, 1);
});

test('a renewal changes no cipher', async (t) => {
  const files = await certificateFiles(t);
  const { server, clock, join } = await start(t, {
    ...files,
    ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384:TLS_AES_256_GCM_SHA384',
  });
  async function checkCiphers(ca: string) {
    const options = { ca, maxVersion: 'TLSv1.2' };
    await assert.rejects(join({ ...options, ciphers: 'ECDHE-ECDSA-AES128-SHA' }), {
      code: 'CONNECTION_ERROR',
    });
    const client = await join({ ...options, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    client.destroy();
  }
  await checkCiphers(TEST_CERTIFICATE);

  const changed = next(server, 'certificateChanged');
  await writeFile(files.certFile, OTHER_CERTIFICATE);
  await writeFile(files.keyFile, OTHER_KEY);
  clock.advance(60_000);
  await changed;

  await checkCiphers(OTHER_CERTIFICATE);
});

test('if client certificates are required, only those of the authorities are accepted', async (t) => {
  const { join } = await start(t, {
    cert: TEST_CERTIFICATE,
    key: TEST_KEY,
    ca: OTHER_CERTIFICATE,
    requireClientCert: true,
  });
  const ca = TEST_CERTIFICATE;

  await assert.rejects(join({ ca }), { code: 'CONNECTION_ERROR' });
  await assert.rejects(join({ ca, cert: TEST_CERTIFICATE, key: TEST_KEY }), {
    code: 'CONNECTION_ERROR',
  });
  const client = await join({ ca, cert: OTHER_CERTIFICATE, key: OTHER_KEY });
  client.destroy();
});
