/** Misleading HTTP requests: targets, hosts, origins, framing. */
import type { Attack } from '../attack.ts';
import { LIMITED_ADDRESSES } from '../attack.ts';
import type { Target } from '../target.ts';

const REPEATED = 40;

/** The answer to raw bytes, until the server closes or half a second is over. */
async function exchange(target: Target, text: string): Promise<string> {
  const socket = target.tcp();
  socket.setEncoding('latin1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(text, 'latin1');
  await Promise.race([closed, target.wait(500)]);
  socket.destroy();
  return received;
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

const upgrade = (targetText: string, host: string, version = 'HTTP/1.1'): string =>
  `GET ${targetText} ${version}\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function rebind(target: Target): Promise<void> {
  const { token } = target.attacker(0);
  const foreign = await exchange(
    target,
    `POST /api/tokens HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n` +
      `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  );
  const status = statusOf(foreign);
  target.expect(
    status >= 400 && status < 500,
    `a foreign host with its own origin was answered ${status}`,
  );
}

async function misdirect(target: Target): Promise<void> {
  const targets = [
    'http://[bad/',
    'http://[bad/ws',
    'http://a:b:c/ws?token=secret',
    '//[/ws',
    'http://',
    '*',
    '\\',
    '/%',
  ];
  await target.each(REPEATED, async (index) => {
    const text = `${targets[index % targets.length]}?token=very-secret`;
    for (const request of [
      `GET ${text} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`,
      upgrade(text, target.host),
    ]) {
      const answer = await exchange(target, request);
      target.expect(!answer.includes('very-secret'), `a token came back for the target ${text}`);
      target.expect(
        !answer.includes('"statusCode"'),
        `the library's own words for the target ${text}`,
      );
      target.expect(statusOf(answer) < 500, `${statusOf(answer)} for the target ${text}`);
    }
  });
}

async function smuggle(target: Target): Promise<void> {
  const { host } = target;
  const head = `POST /login HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`;
  const inner = `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const requests = [
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${inner}`,
    `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ${inner}`,
    `${head}Content-Length: 2, 2\r\n\r\n{}${inner}`,
    `${head}Content-Length: +2\r\n\r\n{}${inner}`,
    `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`,
    `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${inner}`,
    `${head}X: a\r\n folded\r\nContent-Length: 2\r\n\r\n{}${inner}`,
    `${head}X: a\nContent-Length: 2\r\n\r\n{}${inner}`,
    `POST /login HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\n\r\n`,
  ];
  for (const request of requests) {
    const answer = await exchange(target, request);
    target.expect(
      !answer.includes('"status":"ok"'),
      `a request inside of another, or with two hosts, was carried out: ${JSON.stringify(request.slice(60, 200))}`,
    );
  }
}

async function claimHttp2(target: Target): Promise<void> {
  for (const path of ['/ws', '/ws/chat', '/messagepal', '/socket.io/?EIO=4&transport=websocket']) {
    for (const version of ['HTTP/2.0', 'HTTP/1.0', 'HTTP/3.0']) {
      const answer = await exchange(target, upgrade(path, target.host, version));
      target.expect(statusOf(answer) !== 101, `${version} at ${path} was answered 101`);
    }
  }
}

async function traverse(target: Target): Promise<void> {
  const paths = [
    '/../../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/app/..%2f..%2f..%2fpackage.json',
    '/assets/..\\..\\package.json',
    '/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fserver%2fpackage.json',
    '/....//....//package.json',
    '/assets/%00',
    '/%c0%ae%c0%ae/package.json',
  ];
  for (const path of paths) {
    const answer = await exchange(target, `GET ${path} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`);
    target.expect(!answer.includes('"dependencies"'), `a file of the server came back for ${path}`);
  }
}

const repeatAll =
  (act: (target: Target) => Promise<void>) =>
  (target: Target): Promise<void> =>
    target.repeat(() => act(target));

export const REQUEST_ATTACKS: readonly Attack[] = [
  {
    name: 'dns-rebinding',
    about: 'An `Origin` that equals a foreign `Host`',
    threat: 'DNS rebinding',
    durationMs: 3000,
    run: repeatAll(rebind),
  },
  {
    name: 'malformed-targets',
    about: 'Absolute targets that are not URLs, with a token in them',
    threat: 'Malformed request targets',
    durationMs: 4000,
    run: repeatAll(misdirect),
  },
  {
    name: 'smuggling',
    about: 'Requests whose end is ambiguous, and two `Host` fields',
    threat: 'Request smuggling',
    durationMs: 6000,
    run: smuggle,
  },
  {
    name: 'claimed-http-2',
    about: 'Upgrades whose request line claims another version of HTTP',
    threat: 'Upgrades of another HTTP version',
    durationMs: 4000,
    run: claimHttp2,
  },
  {
    name: 'traversal',
    about: 'Paths that leave the folder of the web client',
    threat: 'Path traversal',
    durationMs: 4000,
    run: traverse,
  },
  {
    name: 'pipelined-requests',
    about: 'Requests back to back on 100 connections, as fast as possible',
    threat: 'Many packets in one payload',
    server: LIMITED_ADDRESSES,
    run: (target) => {
      const text = `GET /api/openapi.json HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`.repeat(500);
      return target.each(100, () =>
        target.repeat(async () => {
          const socket = target.tcp();
          socket.write(text);
          await target.wait(200);
          socket.destroy();
        }),
      );
    },
  },
];
