/** The server with a certificate of its own. */
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
    servername: 'localhost', // Also where the header names another host.
    headers: { 'content-type': 'application/json', ...headers },
  });
  asked.end(JSON.stringify({ username: 'alice', password: PASSWORD }));
  return new Promise((resolve, reject) => {
    asked.on('response', (response) => resolve(response.resume()));
    asked.on('error', reject);
  });
}

test('speaks HTTPS and secure WebSockets, and its cookies are for TLS only', async () => {
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

test('lets browsers come back by HTTPS only, but not to a name that others on the machine have', async () => {
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

test('passes over an offer to go on in another protocol there, too', async () => {
  const server = await TestServer.start(tlsFiles());

  const answer = await post(server, '/register', { connection: 'Upgrade', upgrade: 'h2c' });

  assert.equal(answer.statusCode, 201);
  await server.close();
});

test('does not start with files that do not belong together, and says why in one line', async () => {
  await assert.rejects(TestServer.start(tlsFiles(OTHER_KEY)), {
    name: 'ConfigError',
    message:
      'TLS_CERT_FILE and TLS_KEY_FILE cannot be used: the key does not belong to the certificate.',
  });
});

test('does not start with one file and not the other', async () => {
  const { TLS_CERT_FILE } = tlsFiles();

  await assert.rejects(TestServer.start({ TLS_CERT_FILE }), {
    name: 'ConfigError',
    message: /TLS_CERT_FILE is set, but TLS_KEY_FILE is not/,
  });
});
