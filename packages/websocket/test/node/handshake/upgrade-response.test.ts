import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHeaders, formatAccepted } from '../../../src/node/handshake/upgrade-response.ts';

test('the 101 matches RFC 6455 section 1.3, byte for byte', () => {
  const answer = formatAccepted({
    key: 'dGhlIHNhbXBsZSBub25jZQ==',
    protocol: 'chat',
    extensions: undefined,
    headers: { 'Set-Cookie': 'a=b' },
  });

  assert.equal(
    answer.toString('latin1'),
    'HTTP/1.1 101 Switching Protocols\r\n' +
      'Upgrade: websocket\r\n' +
      'Connection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
      'Sec-WebSocket-Protocol: chat\r\n' +
      'Set-Cookie: a=b\r\n' +
      '\r\n',
  );
});

test('the 101 names agreed extensions', () => {
  const answer = formatAccepted({
    key: 'dGhlIHNhbXBsZSBub25jZQ==',
    protocol: undefined,
    extensions: 'deflate; a=1',
    headers: {},
  });

  assert.match(answer.toString('latin1'), /\r\nSec-WebSocket-Extensions: deflate; a=1\r\n/);
});

test('a header that is not text, or would end its line or the head, is rejected', () => {
  for (const value of ['a\r\nX: b', 'a\nb', 'a\0b']) {
    assert.throws(() => checkHeaders({ 'X-Test': value }), JSON.stringify(value));
  }
  for (const value of [null, undefined, 5, {}, [null], [['a', 'b']], Symbol('a')]) {
    // As JavaScript would pass it.
    const headers = { 'X-Test': value as string };
    assert.throws(() => checkHeaders(headers), { code: 'INVALID_ARGUMENT' });
  }
  assert.throws(() => checkHeaders({ 'X Test': 'a' }));
  assert.throws(() => checkHeaders({ 'X:Test': 'a' }));
});

test('the application cannot set the headers of the handshake', () => {
  const own = [
    'Connection',
    'UPGRADE',
    'Sec-WebSocket-Accept',
    'Content-Length',
    'Transfer-Encoding',
  ];

  for (const name of own) assert.throws(() => checkHeaders({ [name]: 'a' }), new RegExp(name));
  checkHeaders({ 'Set-Cookie': 'a=b', 'WWW-Authenticate': 'Bearer', 'X-Upgrade': 'a' });
});
