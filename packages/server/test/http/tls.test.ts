/** A server with its own certificate. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import { OTHER_KEY, TEST_CERTIFICATE } from '../../../../tests/support/certificate.ts';
import { PASSWORD } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { TestSocket } from '../support/test-socket.ts';
import { tlsFiles } from '../support/tls-files.ts';

async function post(
  server: TestServer,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const asked = request(`https://${server.host}${path}`, {
    method: 'POST',
    ca: TEST_CERTIFICATE,
    servername: 'localhost', // Even if the header names another host.
    headers: { 'content-type': 'application/json', ...headers },
  });
  asked.end(JSON.stringify({ username: 'alice', password: PASSWORD }));
  return new Promise((resolve, reject) => {
    asked.on('response', (response) => resolve(response.resume()));
    asked.on('error', reject);
  });
}

test('serves HTTPS and secure WebSockets, and marks its cookies as secure', async () => {
  const server = await TestServer.start(tlsFiles());

  assert.equal((await post(server, '/register')).statusCode, 201);
  const { headers } = await post(server, '/login');
  const [cookie = ''] = headers['set-cookie'] ?? [];
  assert.match(cookie, /; Secure/);
  const socket = new TestSocket(`wss://${server.host}/ws`, {
    ca: TEST_CERTIFICATE,
    headers: { cookie: cookie.split(';', 1)[0] ?? '', origin: `https://${server.host}` },
  });
  await socket.next('connection_established');

  socket.close();
  await server.close();
});

test('sends HSTS except for names that other servers on the machine share', async () => {
  const server = await TestServer.start({ ...tlsFiles(), ALLOWED_HOSTS: 'chat.example' });
  const plain = await TestServer.start({ ALLOWED_HOSTS: 'chat.example' });
  const promiseTo = async (host: string) =>
    (await post(server, '/login', { host })).headers['strict-transport-security'];

  assert.equal(await promiseTo('chat.example'), 'max-age=31536000');
  assert.equal(await promiseTo('localhost'), undefined);
  const { headers } = await fetch(`${plain.url}/health`);
  assert.equal(headers.get('strict-transport-security'), null);
  await server.close();
  await plain.close();
});

test('ignores offers to upgrade to another protocol over TLS too', async () => {
  const server = await TestServer.start(tlsFiles());

  const answer = await post(server, '/register', { connection: 'Upgrade', upgrade: 'h2c' });

  assert.equal(answer.statusCode, 201);
  await server.close();
});

test('does not start with a key that does not belong to the certificate, and reports it in one line', async () => {
  await assert.rejects(TestServer.start(tlsFiles(OTHER_KEY)), {
    name: 'ConfigError',
    message:
      'TLS_CERT_FILE and TLS_KEY_FILE cannot be used: the key does not belong to the certificate.',
  });
});

test('does not start with only one of the two files', async () => {
  const { TLS_CERT_FILE } = tlsFiles();

  await assert.rejects(TestServer.start({ TLS_CERT_FILE }), {
    name: 'ConfigError',
    message: /TLS_CERT_FILE is set, but TLS_KEY_FILE is not/,
  });
});
