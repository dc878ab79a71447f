/**
 * Uses the installed package in each way that it documents, on any runtime: prints `passed` with the
 * parts of Node in use, or throws. Its directory has the package installed.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { duplexPair } from 'node:stream';
import { connect, UNTRUSTED_PEERS, WebSocketServer } from '@parley/websocket';
import { requestPath } from '@parley/websocket/http';
import { WebSocket, WebSocketServer as WsServer } from '@parley/websocket/ws';

const DEADLINE_MS = 20_000;
const LARGE = 'large '.repeat(50_000);

const parts = { echoes, compression, tls, loops, closes, ownHttpServer, ofWs, commonJs };
for (const [name, run] of Object.entries(parts)) {
  await inTime(run(), name);
}
console.log(`passed ${JSON.stringify(new WebSocketServer().getStats().nodeInternals)}`);
process.exit(0);

async function echoes() {
  await withServer({ ...UNTRUSTED_PEERS }, {}, async (client) => {
    for (const data of ['', 'hello', 'é€😀', LARGE, new Uint8Array([0, 1, 255])]) {
      const answer = once(client, 'message');
      if (typeof data === 'string') client.sendText(data);
      else client.sendBinary(data);
      const [bytes, isBinary] = await answer;
      assert.equal(isBinary, typeof data !== 'string');
      assert(Buffer.from(data).equals(bytes));
    }
  });
}

async function compression() {
  const perMessageDeflate = { threshold: 0 };
  await withServer({ perMessageDeflate }, { perMessageDeflate }, async (client) => {
    assert.deepEqual(client.extensions, ['permessage-deflate']);
    for (const text of ['hello', LARGE, 'hello']) {
      const answer = once(client, 'message');
      client.sendText(text);
      assert.equal(String((await answer)[0]), text);
    }
  });
}

async function tls() {
  const [cert, key] = process.argv.slice(2);
  await withServer({ tls: { cert, key } }, { tls: { ca: cert } }, async (client) => {
    for (const text of ['hello', LARGE]) {
      const answer = once(client, 'message');
      client.sendText(text);
      assert.equal(String((await answer)[0]), text);
    }
  });
}

async function loops() {
  await withServer({}, {}, async (client) => {
    for (let count = 0; count < 100; count += 1) client.sendText(String(count));
    let expected = 0;
    for await (const { data } of client) {
      assert.equal(String(data), String(expected));
      expected += 1;
      if (expected === 100) break;
    }
  });
}

async function closes() {
  const server = new WebSocketServer();
  const { port } = await server.listen(0, '127.0.0.1');
  const ended = once(server, 'connectionClosed');
  const client = await connect(`ws://127.0.0.1:${port}`);
  const closed = once(client, 'close');
  client.close(4001, 'bye');
  const [{ code, wasClean }] = await closed;
  assert.deepEqual([code, wasClean], [4001, true]);
  const [{ code: seen, reason }] = await ended;
  assert.deepEqual([seen, reason], [4001, 'bye']);
  await server.shutdown();
  // A stream without a socket.
  const adopting = new WebSocketServer();
  const [near, far] = duplexPair();
  const answered = once(far, 'data');
  adopting.on('message', (connection, data) => connection.sendText(data));
  await adopting.adopt(near, {
    ...{ method: 'GET', url: '/', httpVersion: '1.1', headers: {}, rawHeaders: [] },
    socket: {},
  });
  far.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
  assert.equal(String((await answered)[0]), '\x81\x02hi'.replace('\x81', '\ufffd'));
  far.destroy();
  await adopting.shutdown();
}

async function ownHttpServer() {
  const server = new WebSocketServer();
  server.on('message', (connection, data) => connection.sendText(data));
  const http = createServer((_request, response) => response.end('plain'));
  http.on('upgrade', (request, socket, head) => {
    if (requestPath(request.url) === '/live') void server.handleUpgrade(request, socket, head);
    else socket.destroy();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = `127.0.0.1:${http.address().port}`;
  assert.equal(await (await fetch(`http://${address}/`)).text(), 'plain');
  const client = await connect(`ws://${address}/live`);
  const answer = once(client, 'message');
  client.sendText('hello');
  assert.equal(String((await answer)[0]), 'hello');
  client.destroy();
  await server.shutdown();
  http.close();
}

async function ofWs() {
  const server = new WsServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  await once(client, 'open');
  const answer = once(client, 'message');
  client.send(Buffer.from('hello'));
  assert.equal(String((await answer)[0]), 'hello');
  const closed = once(client, 'close');
  client.close(1000);
  assert.equal((await closed)[0], 1000);
  server.close();
}

async function commonJs() {
  const require = createRequire(import.meta.url);
  assert.equal(require('@parley/websocket').WebSocketServer, WebSocketServer);
  assert.equal(require('@parley/websocket/ws'), WebSocket);
}

/** Passes a client of an echo server, and ends both. */
async function withServer(options, clientOptions, use) {
  const server = new WebSocketServer(options);
  server.on('message', (connection, data, isBinary) => {
    if (isBinary) connection.sendBinary(data);
    else connection.sendText(data);
  });
  const { port } = await server.listen(0, '127.0.0.1');
  const scheme = options.tls === undefined ? 'ws' : 'wss';
  const client = await connect(`${scheme}://127.0.0.1:${port}`, clientOptions);
  await use(client);
  const ended = once(client, 'close');
  client.close();
  await ended;
  await server.shutdown();
}

/** A runtime that lacks an event would otherwise stand still. */
async function inTime(promise, name) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name}: no answer`)), DEADLINE_MS);
  });
  try {
    await Promise.race([promise, deadline]);
  } catch (cause) {
    throw new Error(`${name} failed: ${cause}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
