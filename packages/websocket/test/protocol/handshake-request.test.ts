import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REJECTIONS } from '../../src/protocol/handshake-rejection.ts';
import { checkUpgradeRequest } from '../../src/protocol/handshake-request.ts';
import { KEY } from '../support/raw-peer.ts';

const GOOD = {
  Host: 'localhost',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': KEY,
};

type Change = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Headers in a flat list, with one header replaced, added, repeated or (`undefined`) removed. */
function headersWith(change: Change): string[] {
  return Object.entries({ ...GOOD, ...change }).flatMap(([name, values]) =>
    values === undefined ? [] : [values].flat().flatMap((value) => [name, value]),
  );
}

function reasonFor(change: Change, head = { method: 'GET', httpVersion: '1.1' }): string {
  const verdict = checkUpgradeRequest({ ...head, rawHeaders: headersWith(change) });
  return typeof verdict === 'string' ? verdict : 'accepted';
}

test('a valid request returns its key, and empty lists if nothing is offered', () => {
  const verdict = checkUpgradeRequest({
    method: 'GET',
    httpVersion: '1.1',
    rawHeaders: headersWith({}),
  });

  assert.deepEqual(verdict, {
    key: KEY,
    protocols: [],
    extensions: [],
    origin: undefined,
  });
});

test('offers and origin are returned', () => {
  const verdict = checkUpgradeRequest({
    method: 'GET',
    httpVersion: '1.1',
    rawHeaders: headersWith({
      Origin: 'https://chat.example',
      'Sec-WebSocket-Protocol': ['v2 , v1', 'v0'],
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    }),
  });

  assert(typeof verdict !== 'string');
  assert.equal(verdict.origin, 'https://chat.example');
  assert.deepEqual(verdict.protocols, ['v2', 'v1', 'v0']);
  assert.equal(verdict.extensions[0]?.name, 'permessage-deflate');
});

test('only GET is an upgrade', () => {
  for (const method of ['POST', 'HEAD', 'PUT', 'get']) {
    assert.equal(reasonFor({}, { method, httpVersion: '1.1' }), 'method');
  }
});

test('only HTTP 1.1 and later versions of HTTP 1 can be upgraded', () => {
  assert.equal(reasonFor({}, { method: 'GET', httpVersion: '1.0' }), 'httpVersion');
  assert.equal(reasonFor({}, { method: 'GET', httpVersion: '0.9' }), 'httpVersion');
  assert.equal(reasonFor({}, { method: 'GET', httpVersion: '' }), 'httpVersion');
  assert.equal(reasonFor({}, { method: 'GET', httpVersion: '2.0' }), 'httpVersion');
  assert.equal(reasonFor({}, { method: 'GET', httpVersion: '1.1' }), 'accepted');
});

test('there is exactly one Host', () => {
  assert.equal(reasonFor({ Host: undefined }), 'host');
  assert.equal(reasonFor({ Host: '' }), 'host');
  assert.equal(reasonFor({ Host: ['a', 'b'] }), 'host');
});

test('names and tokens are found in any letter case, lists and fields', () => {
  assert.equal(reasonFor({ Connection: 'keep-alive, UPGRADE' }), 'accepted');
  assert.equal(reasonFor({ Connection: ['keep-alive', 'upgrade'] }), 'accepted');
  assert.equal(reasonFor({ Upgrade: 'WebSocket' }), 'accepted');
  assert.equal(reasonFor({ Upgrade: 'h2c, websocket' }), 'accepted');
  assert.equal(reasonFor({ 'Sec-WebSocket-Key': undefined, 'sec-websocket-KEY': KEY }), 'accepted');
});

test('Connection and Upgrade must name the upgrade', () => {
  assert.equal(reasonFor({ Connection: undefined }), 'connection');
  assert.equal(reasonFor({ Connection: 'keep-alive' }), 'connection');
  assert.equal(reasonFor({ Upgrade: undefined }), 'upgrade');
  assert.equal(reasonFor({ Upgrade: 'h2c' }), 'upgrade');
  assert.equal(reasonFor({ Upgrade: 'websocket2' }), 'upgrade');
});

test('the version is exactly the text 13', () => {
  for (const version of [undefined, '', '8', '12', '14', '013', '13.0', '+13', '13, 8', '0x0d']) {
    assert.equal(reasonFor({ 'Sec-WebSocket-Version': version }), 'version', version);
  }
});

test('the version occurs once', () => {
  assert.equal(reasonFor({ 'Sec-WebSocket-Version': ['13', '13'] }), 'repeatedVersion');
});

test('the key is 22 characters of base64 and two of padding', () => {
  const wrong = [
    undefined,
    '',
    'dGhlIHNhbXBsZSBub25jZQ', // No padding.
    'dGhlIHNhbXBsZSBub25jZQ=', // 23 characters.
    'dGhlIHNhbXBsZSBub25jZQ==a',
    'dGhlIHNhbXBsZSBub25jZQAA', // 18 bytes.
    'dGhlIHNhbXBsZSBub25jZ===',
    'dGhlIHNhbXBsZSBub25j Q==',
    'dGhlIHNhbXBsZSBub25j-Q==', // The alphabet of URLs.
    'dGhlIHNhbXBsZSBub25j\u00e9Q==',
  ];

  for (const key of wrong) assert.equal(reasonFor({ 'Sec-WebSocket-Key': key }), 'key', key);
});

test('the example key of RFC 6455 is accepted, whatever its last bits', () => {
  assert.equal(reasonFor({ 'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEC==' }), 'accepted');
});

test('the key occurs once', () => {
  assert.equal(reasonFor({ 'Sec-WebSocket-Key': [KEY, KEY] }), 'key');
});

test('a request with a body is rejected, since the body would be parsed as frames', () => {
  assert.equal(reasonFor({ 'Content-Length': '5' }), 'body');
  assert.equal(reasonFor({ 'Transfer-Encoding': 'chunked' }), 'body');
  assert.equal(reasonFor({ 'Content-Length': '0' }), 'accepted');
});

test('a malformed offer is rejected', () => {
  for (const value of ['', ',', 'a, a', 'a b', 'a;b', 'a, "b"']) {
    assert.equal(reasonFor({ 'Sec-WebSocket-Protocol': value }), 'protocol', value);
  }
  assert.equal(reasonFor({ 'Sec-WebSocket-Extensions': 'a;' }), 'extension');
});

test('426 names the supported version and upgrade', () => {
  assert.equal(REJECTIONS.version.status, 426);
  assert.deepEqual(REJECTIONS.version.headers, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
  });
});
