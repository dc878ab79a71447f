/** Sockets that send nothing or half a request are closed after a timeout. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { TestServer } from '../support/running-server.ts';
import { tlsFiles } from '../support/tls-files.ts';

/** Twice `headersTimeout`; with Node's own interval of checks it would be 30 s. */
const CLOSED_BY_MS = 20_000;

/** Time until the server closes a socket that sends only this text. */
async function lifeMs(server: TestServer, text: string): Promise<number> {
  const beganAtMs = performance.now();
  const [host, port] = server.host.split(':');
  const socket = connect({ host: host ?? '', port: Number(port) });
  socket.write(text);
  await once(socket.resume(), 'close', { signal: AbortSignal.timeout(2 * CLOSED_BY_MS) });
  return performance.now() - beganAtMs;
}

test('ends unfinished requests and TLS handshakes in time', async () => {
  const servers = await Promise.all([TestServer.start(), TestServer.start(tlsFiles())]);
  const [http, https] = servers;

  const lives = await Promise.all([
    lifeMs(http, ''),
    lifeMs(http, 'GET /health HTTP/1.1\r\nHost: '),
    lifeMs(https, ''),
    lifeMs(https, '\x16\x03\x01'),
  ]);

  for (const life of lives) assert(life < CLOSED_BY_MS, `${lives.map(Math.round)}`);
  await Promise.all(servers.map((server) => server.close()));
});
