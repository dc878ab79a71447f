/** A server whose disk has less free space than its reserve, and one without a reserve. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNative, PASSWORD } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** More than any disk has. */
const ENDLESS = String(Number.MAX_SAFE_INTEGER);

test('a disk below its reserve takes no messages and accounts, but is read, and sessions end', async () => {
  const DATA_DIR = temporaryDirectory();
  const roomy = await TestServer.start({ DATA_DIR });
  const alice = await roomy.signUp('alice');
  const before = await alice.connect();
  const { roomId } = await before.joinRoom({ roomName: 'lobby' });
  await before.sendMessage({ roomId, content: 'stored' });
  await roomy.close();

  const server = await TestServer.start({ DATA_DIR, DISK_RESERVE_BYTES: ENDLESS });
  const headers = { cookie: alice.cookie, 'content-type': 'application/json' };
  const call = (method: string, path: string, body?: object) =>
    fetch(server.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });

  const sent = await call('POST', '/api/messages', { roomId, content: 'not stored' });
  assert.equal(sent.status, 503);
  assert.notEqual(sent.headers.get('retry-after'), null);
  assert.equal(
    (await server.post('/register', { username: 'bob', password: PASSWORD })).status,
    503,
  );
  assert.equal((await server.ready()).status, 503);
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
  const socket = openNative(server.url, alice.token);
  await socket.next('connection_established');
  const { history } = await socket.joinRoom({ roomId });
  assert.deepEqual(
    history.map(({ content }) => content),
    ['stored'],
  );
  assert.equal((await call('POST', '/logout', {})).status, 200);
  assert.equal((await call('GET', '/api/auth/me')).status, 401);
  await server.close();
});
