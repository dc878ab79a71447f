/** Handwritten HTTP requests: methods, targets, headers and bodies, valid and invalid. */
import { connect } from 'node:net';
import { HTTP_BODIES } from '../../packages/protocol/src/http/bodies.ts';
import { API_OPERATIONS } from '../../packages/server/src/http/openapi/api-operations.ts';
import { within } from '../../packages/server/test/support/wait.ts';
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import { BURST_MS_MAX, type Burst, type BurstContext } from './burst.ts';
import { writeMutated } from './mutations.ts';
import { ODD_NAMES, oddText } from './odd-values.ts';
import { type Schema, SchemaValues } from './schema-values.ts';

const REQUESTS_PER_BURST = 12;
const OPERATIONS = Object.entries(API_OPERATIONS) as [
  [string, (typeof API_OPERATIONS)[string]],
  ...[string, (typeof API_OPERATIONS)[string]][],
];
const SCHEMAS = HTTP_BODIES as unknown as Readonly<Record<string, Schema>>;
/** Operations that end the session of the fuzzing user, or compute an expensive hash. */
const RARE = new Set([
  'POST /logout',
  'POST /api/auth/logout',
  'POST /register',
  'POST /login',
  'POST /api/auth/login',
]);
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'FOO',
  'get',
  'M-SEARCH',
] as const;
const ODD_TARGETS = [
  '*',
  '/',
  '//',
  '/%',
  '/%zz',
  '/..',
  '/../../etc/passwd',
  '/app/..%2f..%2fpackage.json',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/assets/../../server/package.json',
  'http://[bad/',
  'http://[bad/ws',
  'http://user:pw@host/api/workspaces',
  'ws://x/ws',
  'http://x',
  '/\\..\\',
  '/health?x=%00',
  '/?token=a&token=b',
  '/ws',
  '/ws/chat',
  '/messagepal',
  '/socket.io/',
  '/socket.io/?EIO=4',
  '/socket.io',
  '/socket.io/../health',
  `/${'a'.repeat(3000)}`,
  '/api/rooms//members/me',
  '/api/channels/%00/messages',
  '/metrics',
] as const;
const ODD_HEADERS = [
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 1, 2',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: identity',
  'Expect: 100-continue',
  'Expect: x',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ',
  'Content-Encoding: gzip',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: text/html',
  'Content-Type: \u00ff',
  'Content-Type: application/json, text/plain',
  'Cookie: connect.sid=s%3Ax.y',
  'Cookie: connect.sid=%',
  'Cookie: connect.sid=__proto__; connect.sid=',
  'Cookie: ;=;==',
  'Authorization: Bearer',
  'Authorization: Bearer a.b.c',
  'Authorization: Basic Og==',
  'Origin: null',
  'Origin: http://evil.example',
  'Host: evil.example',
  'Host:',
  'X-Forwarded-For: 1.2.3.4',
  'X-Forwarded-For: x',
  'Range: bytes=0-,-1',
  'If-None-Match: *',
  'If-Modified-Since: x',
  'Accept-Encoding: br;q=x',
  'Sec-WebSocket-Protocol: parley, parley.token.',
  'Sec-Fetch-Site: cross-site',
  ' folded: 1',
  'x y: 1',
  'x: a\u0000b',
  'x: a\rb',
] as const;

export const httpBurst: Burst = async (context) => {
  const requests = Array.from({ length: REQUESTS_PER_BURST }, () => makeRequest(context));
  // Several on one connection, until one of them closes it.
  for (let start = 0; start < requests.length; start += 4) {
    await exchange(context, requests.slice(start, start + 4));
  }
};

function makeRequest({ url, account, known, random }: BurstContext): string {
  const values = new SchemaValues(random, known);
  const [route, operation] = pickOperation(random);
  const [usual = '', path = ''] = route.split(' ');
  const method = random.isOneIn(12) ? random.pick(METHODS) : usual;
  const target = random.isOneIn(10)
    ? random.pick(ODD_TARGETS)
    : fillPath(path, values, random) + query(operation.query ?? [], values, random);
  const schema = operation.body === undefined ? undefined : SCHEMAS[operation.body];
  const hasBody = schema !== undefined || random.isOneIn(20);
  const body = hasBody ? writeMutated(values.make(schema ?? {}), random) : '';
  const headers = [
    `Host: ${new URL(url).host}`,
    ...(random.isOneIn(10) ? [] : [`Cookie: ${account.cookie}`]),
    ...(hasBody ? ['Content-Type: application/json'] : []),
    ...(hasBody ? [`Content-Length: ${Buffer.byteLength(body)}`] : []),
    ...(random.isOneIn(4) ? [random.pick(ODD_HEADERS)] : []),
  ];
  const version = random.isOneIn(40)
    ? random.pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'X'])
    : 'HTTP/1.1';
  return `${method} ${target} ${version}\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

function pickOperation(random: SeededRandom): (typeof OPERATIONS)[number] {
  const picked = random.pick(OPERATIONS);
  return RARE.has(picked[0]) && !random.isOneIn(10) ? pickOperation(random) : picked;
}

function fillPath(path: string, values: SchemaValues, random: SeededRandom): string {
  return path.replace(/:(\w+)/g, (_, name) => {
    if (random.isOneIn(8))
      return random.pick(['', '%', '%00', '..', 'me', ...ODD_NAMES, encode(oddText(random))]);
    return encode(String(values.make({ type: 'string' }, name)));
  });
}

function query(names: readonly string[], values: SchemaValues, random: SeededRandom): string {
  const parts = names
    .filter(() => random.isOneIn(2))
    .map((name) => {
      const text = random.isOneIn(3)
        ? oddText(random)
        : String(values.make({ type: random.isOneIn(2) ? 'string' : 'integer' }, name));
      return `${random.isOneIn(10) ? `${name}[]` : name}=${encode(text)}`;
    });
  if (random.isOneIn(10)) parts.push(...parts, `${random.pick(ODD_NAMES)}=%zz&&=`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** A lone surrogate cannot be encoded. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 5000);
}

async function exchange(
  { url, transcript }: BurstContext,
  requests: readonly string[],
): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.setEncoding('latin1');
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  for (const event of ['end', 'close', 'error']) socket.on(event, () => resolve());
  for (const request of requests) {
    transcript.noteSent(request);
    socket.write(Buffer.from(request, 'utf8'));
  }
  socket.end();
  await within(isOver, BURST_MS_MAX, () => {});
  socket.destroy();
  // A separate answer for each.
  for (const answer of received.split(/(?=HTTP\/1\.1 \d{3} )/))
    if (answer !== '') transcript.noteReceived(answer);
}
