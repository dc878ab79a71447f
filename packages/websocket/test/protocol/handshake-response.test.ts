import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUpgradeResponse, RESPONSE_ERRORS } from '../../src/protocol/handshake-response.ts';

const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

type Change = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A valid answer; `change` replaces, adds or, with `undefined`, removes headers. */
function answer(change: Change = {}, { statusCode = 101, httpVersion = '1.1' } = {}) {
  const headers = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': ACCEPT,
    ...change,
  };
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, each]),
  );
  return { statusCode, httpVersion, rawHeaders };
}

const offered = (protocols: readonly string[] = [], extensions: readonly string[] = []) => ({
  accept: ACCEPT,
  protocols,
  extensions,
});

function faultOf(head: ReturnType<typeof answer>, expected = offered()): string | undefined {
  const verdict = checkUpgradeResponse(head, expected);
  return typeof verdict === 'string' ? verdict : undefined;
}

test('a plain answer is accepted', () => {
  assert.deepEqual(checkUpgradeResponse(answer(), offered()), {
    protocol: '',
    extensions: [],
  });
});

test('names of headers and tokens may be in any letter case, among other tokens', () => {
  const head = answer({ Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' });

  assert.equal(faultOf(head), undefined);
});

test('any status except 101 is an error', () => {
  for (const statusCode of [200, 204, 301, 400, 401, 426, 503]) {
    assert.equal(faultOf(answer({}, { statusCode })), 'status');
  }
});

test('an answer with HTTP 1.0 or HTTP 2.0 is an error', () => {
  assert.equal(faultOf(answer({}, { httpVersion: '1.0' })), 'httpVersion');
  assert.equal(faultOf(answer({}, { httpVersion: '2.0' })), 'httpVersion');
});

test('Upgrade must be exactly websocket, and occur once', () => {
  for (const Upgrade of [undefined, 'h2c', 'websocket, h2c', ['websocket', 'websocket'], '']) {
    assert.equal(faultOf(answer({ Upgrade })), 'upgrade');
  }
});

test('Connection must name upgrade', () => {
  for (const Connection of [undefined, 'close', 'upgrades']) {
    assert.equal(faultOf(answer({ Connection })), 'connection');
  }
});

test('the accept value must match the key exactly, and occur once', () => {
  for (const value of [undefined, '', ACCEPT.toLowerCase(), `${ACCEPT}=`, [ACCEPT, ACCEPT]]) {
    assert.equal(faultOf(answer({ 'Sec-WebSocket-Accept': value })), 'accept');
  }
});

test('the chosen subprotocol is one of the offers, in the same letter case', () => {
  const head = answer({ 'Sec-WebSocket-Protocol': 'chat.v2' });

  const verdict = checkUpgradeResponse(head, offered(['chat.v1', 'chat.v2']));
  assert.equal(typeof verdict !== 'string' && verdict.protocol, 'chat.v2');
  assert.equal(faultOf(head, offered(['CHAT.V2'])), 'protocol');
  assert.equal(faultOf(head), 'protocol');
});

test('exactly one of the offered subprotocols is chosen', () => {
  const expected = offered(['a', 'b']);

  assert.equal(faultOf(answer({ 'Sec-WebSocket-Protocol': 'a, b' }), expected), 'protocol');
  assert.equal(faultOf(answer({ 'Sec-WebSocket-Protocol': ['a', 'b'] }), expected), 'protocol');
  assert.equal(faultOf(answer(), expected), 'noProtocol');
  assert.equal(faultOf(answer({ 'Sec-WebSocket-Protocol': '' }), expected), 'protocol');
  assert.equal(faultOf(answer({ 'Sec-WebSocket-Protocol': '' })), 'protocol');
});

test('extensions are among the offers, each once, with their parameters', () => {
  const head = answer({ 'Sec-WebSocket-Extensions': 'one; size=9' });

  const verdict = checkUpgradeResponse(head, offered([], ['one', 'two']));
  assert(typeof verdict !== 'string');
  assert.deepEqual(verdict.extensions, [
    { name: 'one', parameters: [{ name: 'size', value: '9' }] },
  ]);
  assert.equal(faultOf(head), 'extension');
  assert.equal(faultOf(head, offered([], ['two'])), 'extension');
});

test('a repeated or malformed extension is an error', () => {
  const expected = offered([], ['one']);

  assert.equal(faultOf(answer({ 'Sec-WebSocket-Extensions': 'one, one' }), expected), 'extension');
  for (const value of ['', 'one;', 'one; =', 'one two']) {
    const head = answer({ 'Sec-WebSocket-Extensions': value });
    assert.equal(faultOf(head, expected), 'malformedExtension');
  }
});

test('every error has a message', () => {
  for (const text of Object.values(RESPONSE_ERRORS)) assert.match(text, /^[\w ,.'-]+$/);
});
