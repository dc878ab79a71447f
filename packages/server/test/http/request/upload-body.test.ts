import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ChatError } from '@parley/protocol';
import { bodyOf, UploadSource } from '../../../src/http/request/upload-body.ts';
import { inTime } from '../../support/wait.ts';

test('a client that leaves after its upload was ended ends nothing else', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = request({ port, method: 'PATCH', headers: { 'content-length': '100' } });
  client.on('error', () => {});
  client.flushHeaders();
  const [incoming] = (await inTime(once(server, 'request'), 'the request')) as [IncomingMessage];
  const source = new UploadSource(incoming, { network: '', idleMs: 60_000 });
  source.stop(new ChatError('RATE_LIMITED'));

  const pieces = bodyOf(incoming, source, () => {});
  await assert.rejects(pieces.next(), { code: 'RATE_LIMITED' });
  const closed = new Promise((resolve) => incoming.once('close', resolve));
  client.destroy();

  // The runner sees rejections that nobody handles, which are told a turn later.
  await inTime(closed, 'the end of the request');
  await new Promise(setImmediate);
});
