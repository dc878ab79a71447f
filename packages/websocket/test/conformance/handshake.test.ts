/** RFC 6455 section 4.2: accepted upgrade requests, and the answers to others. */
import { KEY, type RequestChange, upgradeRequest } from '../support/raw-peer.ts';
import {
  type ExpectedAnswer,
  type HandshakeCase,
  runHandshakeCases,
} from './support/handshake-cases.ts';

/** The version that a 426 response must name (section 4.4, RFC 9110 section 15.5.22). */
const NAMES_13: ExpectedAnswer = [
  426,
  { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket', Connection: 'Upgrade' },
];

/** `ws` also speaks version 8, and rejects the others with 400. */
const WS_NAMES_BOTH: ExpectedAnswer = [400, { 'Sec-WebSocket-Version': '13, 8' }];

type Row = readonly [
  title: string,
  source: string,
  change: RequestChange,
  answer: ExpectedAnswer,
  wsAnswer?: ExpectedAnswer,
];

function changed(rows: readonly Row[]): HandshakeCase[] {
  return rows.map(([title, source, change, answer, wsAnswer]) => [
    title,
    source,
    upgradeRequest(change),
    answer,
    ...(wsAnswer === undefined ? ([] as const) : ([wsAnswer] as const)),
  ]);
}

const startLine = (line: string) => upgradeRequest({}, line);

const REQUEST_LINES: readonly HandshakeCase[] = [
  ['a good request', '4.2.2', upgradeRequest(), 101],
  ['HTTP/1.0', '4.2.1', startLine('GET / HTTP/1.0'), 400, 101],
  ['HTTP/0.9', '4.2.1', startLine('GET / HTTP/0.9'), 400, 101],
  ['HTTP/2.0', 'RFC 9113 8.6', startLine('GET / HTTP/2.0'), 400, 101],
  ['a version of HTTP that does not exist', 'RFC 9112 2.3', startLine('GET / HTTP/1.2'), 400],
  ['POST', '4.2.1', startLine('POST / HTTP/1.1'), [405, { Allow: 'GET' }], 405],
  ['HEAD', '4.2.1', startLine('HEAD / HTTP/1.1'), 405],
  ['PUT', '4.2.1', startLine('PUT / HTTP/1.1'), 405],
  ['OPTIONS', '4.2.1', startLine('OPTIONS / HTTP/1.1'), 405],
  ['a method in lower case', 'RFC 9110 9.1', startLine('get / HTTP/1.1'), 400],
  ['a method that does not exist', 'RFC 9110 9.1', startLine('FETCH / HTTP/1.1'), 400],
  ['a path with a query', '4.2.1', startLine('GET /chat?room=1 HTTP/1.1'), 101],
  ['an absolute target', '4.2.1', startLine('GET http://localhost/chat HTTP/1.1'), 101],
  ['a missing target', 'RFC 9112 3', startLine('GET HTTP/1.1'), 400],
  ['a line that is not HTTP', 'RFC 9112 2', 'hello\r\n\r\n', 400],
  ['a blank line before the request', 'RFC 9112 2.2', `\r\n${upgradeRequest()}`, 101],
];

const HOSTS = changed([
  ['a missing Host', '4.2.1', { Host: undefined }, 400, 101],
  ['two Hosts', 'RFC 9112 3.2', { Host: ['a', 'b'] }, 400, 101],
  ['two equal Hosts', 'RFC 9112 3.2', { Host: ['a', 'a'] }, 400, 101],
  ['an empty Host', '4.2.1', { Host: '' }, 400, 101],
  ['a Host with a port', '4.2.1', { Host: 'localhost:8080' }, 101],
  ['a Host that is an IPv6 address', '4.2.1', { Host: '[::1]:80' }, 101],
]);

const UPGRADES = changed([
  ['Upgrade in capitals', '4.2.1', { Upgrade: 'WebSocket' }, 101],
  ['Upgrade all in capitals', '4.2.1', { Upgrade: 'WEBSOCKET' }, 101],
  ['Upgrade among others', '4.2.1', { Upgrade: 'h2c, websocket' }, 101, 400],
  ['Upgrade before others', '4.2.1', { Upgrade: 'websocket, foo/1' }, 101, 400],
  ['Upgrade in two fields', 'RFC 9110 5.3', { Upgrade: ['foo', 'websocket'] }, 101, 400],
  ['Upgrade to another target', '4.2.1', { Upgrade: 'h2c' }, 400],
  ['Upgrade to a longer word', '4.2.1', { Upgrade: 'websockets' }, 400],
  ['a missing Upgrade', '4.2.1', { Upgrade: undefined }, 400, 426],
  ['an empty Upgrade', '4.2.1', { Upgrade: '' }, 400, 426],
  ['Connection in lower case', '4.2.1', { Connection: 'upgrade' }, 101],
  ['Connection in capitals', '4.2.1', { Connection: 'UPGRADE' }, 101],
  ['Connection as a list', '4.2.1', { Connection: 'keep-alive, Upgrade' }, 101],
  ['Connection with blanks and empty elements', '4.2.1', { Connection: ' , \tUpgrade ,' }, 101],
  ['Connection in two fields', 'RFC 9110 5.3', { Connection: ['keep-alive', 'Upgrade'] }, 101],
  ['a missing Connection', '4.2.1', { Connection: undefined }, 400, 426],
  ['Connection without the token', '4.2.1', { Connection: 'keep-alive' }, 400, 426],
  ['Connection with a longer word', '4.2.1', { Connection: 'upgraded' }, 400, 426],
]);

const VERSIONS = changed([
  ['a missing version', '4.4', { 'Sec-WebSocket-Version': undefined }, NAMES_13, WS_NAMES_BOTH],
  ...['', '0', '7', '9', '12', '14', '255', '-13', 'thirteen', '13a'].map(
    (version): Row => [
      `version '${version}'`,
      '4.4',
      { 'Sec-WebSocket-Version': version },
      NAMES_13,
      WS_NAMES_BOTH,
    ],
  ),
  ...['8', '013', '13.0', '+13', '0xd', '1.3e1', '0b1101'].map(
    (version): Row => [
      `version '${version}'`,
      '4.4',
      { 'Sec-WebSocket-Version': version },
      NAMES_13,
      101,
    ],
  ),
  ['blanks around the version', 'RFC 9110 5.5', { 'Sec-WebSocket-Version': ' 13\t' }, 101],
  ['two versions', '11.3.5', { 'Sec-WebSocket-Version': ['13', '13'] }, 400],
  ['a list of versions', '11.3.5', { 'Sec-WebSocket-Version': '13, 8' }, NAMES_13, WS_NAMES_BOTH],
]);

const KEYS = changed([
  ['a missing key', '4.2.1', { 'Sec-WebSocket-Key': undefined }, 400],
  ['an empty key', '4.2.1', { 'Sec-WebSocket-Key': '' }, 400],
  ['a key of 15 bytes', '4.2.1', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA' }, 400],
  ['a key of 17 bytes', '4.2.1', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAAA=' }, 400],
  ['a key without padding', '4.2.1', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ' }, 400],
  ['a key with one padding', '4.2.1', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ=' }, 400],
  [
    'a key in the alphabet for URLs',
    '4.2.1',
    { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25_-Q==' },
    400,
  ],
  ['a key with a blank in it', '4.2.1', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub 5jZQ==' }, 400],
  ['a key with a star in it', '4.2.1', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub*5jZQ==' }, 400],
  ['two keys', '11.3.1', { 'Sec-WebSocket-Key': [KEY, KEY] }, 400],
  ['blanks around the key', 'RFC 9110 5.5', { 'Sec-WebSocket-Key': `  ${KEY}\t` }, 101],
]);

const HEADERS: readonly HandshakeCase[] = [
  ...changed([
    ['header names in lower case', '4.2.1', lowerCase(), 101],
    ['header names in capitals', '4.2.1', upperCase(), 101],
    ['an Origin', '4.2.1', { Origin: 'https://chat.example' }, 101],
    ['cookies and unknown headers', '4.2.1', { Cookie: 'a=b', 'X-Anything': 'c' }, 101],
    ['headers above the limit', 'RFC 6585 section 5', { 'X-Long': 'a'.repeat(20_000) }, 431],
    ['a body', '4.1', { 'Content-Length': '5' }, 400, 101],
    ['a chunked body', '4.1', { 'Transfer-Encoding': 'chunked' }, 400, 101],
    ['an empty body', '4.1', { 'Content-Length': '0' }, 101],
    ['a header name with a blank', 'RFC 9112 5.1', { 'X Y': 'a' }, 400],
    ['a control character in a value', 'RFC 9110 5.5', { 'X-Y': 'a\u0001b' }, 400],
  ]),
  ['bare line feeds', 'RFC 9112 2.2', upgradeRequest().replaceAll('\r\n', '\n'), 400],
  [
    'a folded header',
    'RFC 9112 5.2',
    upgradeRequest().replace('Upgrade: websocket', 'Upgrade:\r\n websocket'),
    400,
  ],
  [
    'a request in two segments',
    '4.2.1',
    [upgradeRequest().slice(0, 40), upgradeRequest().slice(40)],
    101,
  ],
  ['a request byte by byte', '4.2.1', [...upgradeRequest()], 101],
];

const PROTOCOLS = changed([
  ['no subprotocol', '4.2.2', {}, [101, { 'Sec-WebSocket-Protocol': undefined }]],
  [
    'one that is spoken',
    '4.2.2',
    { 'Sec-WebSocket-Protocol': 'chat' },
    [101, { 'Sec-WebSocket-Protocol': 'chat' }],
  ],
  [
    'one that is not',
    '4.2.2',
    { 'Sec-WebSocket-Protocol': 'soap' },
    [101, { 'Sec-WebSocket-Protocol': undefined }],
  ],
  [
    'the first of the server’s own',
    '4.2.2',
    { 'Sec-WebSocket-Protocol': 'soap, chat, superchat' },
    [101, { 'Sec-WebSocket-Protocol': 'superchat' }],
  ],
  [
    'offers in two fields',
    '11.3.4',
    { 'Sec-WebSocket-Protocol': ['soap', 'chat'] },
    [101, { 'Sec-WebSocket-Protocol': 'chat' }],
  ],
  [
    'another letter case is another protocol',
    '11.3.4',
    { 'Sec-WebSocket-Protocol': 'CHAT' },
    [101, { 'Sec-WebSocket-Protocol': undefined }],
  ],
  [
    'offers without blanks between them',
    '11.3.4',
    { 'Sec-WebSocket-Protocol': 'soap,chat' },
    [101, { 'Sec-WebSocket-Protocol': 'chat' }],
  ],
  ['the same offer twice', '4.1', { 'Sec-WebSocket-Protocol': 'chat, chat' }, 400],
  ['an offer that is no token', '4.1', { 'Sec-WebSocket-Protocol': 'a/b' }, 400],
  ['an offer with a blank in it', '4.1', { 'Sec-WebSocket-Protocol': 'a b' }, 400],
  ['an empty header', '4.1', { 'Sec-WebSocket-Protocol': '' }, 400],
  [
    'an empty element, which a list may have',
    'RFC 9110 5.6.1',
    { 'Sec-WebSocket-Protocol': 'soap,,chat' },
    [101, { 'Sec-WebSocket-Protocol': 'chat' }],
    400,
  ],
]);

const EXTENSIONS = changed([
  [
    'an unknown extension',
    '9.1',
    { 'Sec-WebSocket-Extensions': 'x-foo; a=1; b' },
    [101, { 'Sec-WebSocket-Extensions': undefined }],
  ],
  [
    'several of them',
    '9.1',
    { 'Sec-WebSocket-Extensions': 'x-foo, x-bar; c="d"' },
    [101, { 'Sec-WebSocket-Extensions': undefined }],
  ],
  [
    'in two fields',
    '9.1',
    { 'Sec-WebSocket-Extensions': ['x-foo', 'x-bar'] },
    [101, { 'Sec-WebSocket-Extensions': undefined }],
  ],
  ...[
    '',
    ';',
    ',',
    'x-foo;',
    'x-foo; a=',
    'x-foo; =b',
    'x-foo a',
    'x/foo',
    'x-foo; a="b',
    'x-foo; a="b c"',
    'x-foo=1',
  ].map(
    (value): Row => [
      `a malformed header: '${value}'`,
      '9.1, 6.1',
      { 'Sec-WebSocket-Extensions': value },
      400,
      101,
    ],
  ),
]);

runHandshakeCases(
  [
    ...REQUEST_LINES,
    ...HOSTS,
    ...UPGRADES,
    ...VERSIONS,
    ...KEYS,
    ...HEADERS,
    ...PROTOCOLS,
    ...EXTENSIONS,
  ],
  { protocols: ['superchat', 'chat'] },
);

function lowerCase(): RequestChange {
  return renamed((name) => name.toLowerCase());
}

function upperCase(): RequestChange {
  return renamed((name) => name.toUpperCase());
}

/** The same fields under other names. */
function renamed(rename: (name: string) => string): RequestChange {
  const fields = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
  };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => [
      [name, undefined],
      [rename(name), value],
    ]),
  );
}
