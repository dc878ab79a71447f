/** Log lines about rejected tokens and origins, for the operator. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, test } from 'node:test';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { endAll, exitOf, started } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { TestSocket } from '../support/test-socket.ts';

afterEach(endAll);

const ISSUER = 'https://app.example.org';
const DAY_SECONDS = 24 * 60 * 60;

interface Line {
  readonly event: string;
  readonly level: string;
  readonly reason?: string;
  readonly suppressed?: number;
  readonly [field: string]: unknown;
}

async function startWithLog(settings: Record<string, string>) {
  const { child, url } = await started({ ...settings, DATA_DIR: temporaryDirectory() });
  assert(child.stdout !== null);
  const log = text(child.stdout);
  const stop = async (): Promise<{ text: string; lines: Line[] }> => {
    const exit = exitOf(child);
    child.kill('SIGTERM');
    await exit;
    const written = await log;
    const lines = written.trim().split('\n');
    return { text: written, lines: lines.map((line) => JSON.parse(line) as Line) };
  };
  return { url, stop };
}

test('the log says why a token was rejected, once per reason, and not the token', async () => {
  const [own, foreign] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const keyFile = join(temporaryDirectory(), 'issuer.pem');
  writeFileSync(keyFile, own.publicKey.export({ type: 'spki', format: 'pem' }));
  const { url, stop } = await startWithLog({
    ...{ LOG_LEVEL: 'info', JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'chat' },
    JWT_PUBLIC_KEY_FILE: keyFile,
  });
  const nowSeconds = Math.floor(Date.now() / 1000);
  const sign = (over: object, key = own.privateKey) =>
    new SignJWT({ iss: ISSUER, aud: 'chat', sub: 'u-1', exp: nowSeconds + 600, ...over })
      .setProtectedHeader({ alg: 'EdDSA' })
      .sign(key);
  const symmetric = new SignJWT({ iss: ISSUER, sub: 'u-1' })
    .setProtectedHeader({ alg: 'HS512' })
    .sign(Buffer.from('a secret of at least sixty-four characters'.repeat(2)));
  const late = nowSeconds + 1000 * DAY_SECONDS;
  const cases: readonly (readonly [token: string, expected: object])[] = [
    [
      await sign({ aud: 'mail' }),
      { reason: 'audience', claim: 'aud', expected: 'chat', found: 'mail' },
    ],
    [
      await sign({ iss: `${ISSUER}/` }),
      { reason: 'issuer', claim: 'iss', expected: ISSUER, found: `${ISSUER}/` },
    ],
    [await sign({}, foreign.privateKey), { reason: 'signature' }],
    [await sign({ exp: undefined }), { reason: 'missing-claim', claim: 'exp' }],
    [await sign({ exp: 7 }), { reason: 'expired', claim: 'exp', found: '7' }],
    [await sign({ exp: late }), { reason: 'lifetime', claim: 'exp', found: String(late) }],
    [await sign({ sub: '' }), { reason: 'claim', claim: 'sub' }],
    [await symmetric, { reason: 'algorithm', expected: 'EdDSA' }],
    ['one.two.three', { reason: 'malformed' }],
    ['opaque', { reason: 'unknown-session' }],
  ];
  for (const [token] of [...cases, ...cases]) {
    const answer = await fetch(`${url}/api/auth/me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
  }
  const socket = new TestSocket(`${url.replace('http', 'ws')}/ws?token=${cases[0]?.[0]}`);
  assert.equal(await socket.status, 401);

  const { text: written, lines } = await stop();
  const refused = lines.filter(({ event }) => event === 'token.refused');
  for (const [index, [, expected]] of cases.entries()) {
    const { reason } = expected as Line;
    const [first, ...others] = refused.filter((line) => line.reason === reason);
    assert(first !== undefined, reason);
    const { timeMs, time, ...line } = first;
    assert.deepEqual(line, { level: 'info', event: 'token.refused', ...expected });
    // At the end, and on a slow machine in between.
    const summed = others.reduce((sum, { suppressed = 1 }) => sum + suppressed, 1);
    assert.equal(summed, index === 0 ? 3 : 2, reason);
  }
  for (const [token] of cases) assert.ok(!written.includes(token), token);
});

test('the log names the origin that was rejected, of requests, preflights and upgrades', async () => {
  const { url, stop } = await startWithLog({ LOG_LEVEL: 'warn' });
  const origins = ['https://post.example', 'https://preflight.example', 'https://socket.example'];
  const [post = '', preflight = '', upgrade = ''] = origins;

  const posted = await fetch(`${url}/api/tokens`, { method: 'POST', headers: { origin: post } });
  assert.equal(posted.status, 403);
  await fetch(`${url}/api/auth/me`, { method: 'OPTIONS', headers: { origin: preflight } });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { origin: upgrade });
  await new Promise((resolve) => socket.once('error', resolve));

  const { lines } = await stop();
  const { host } = new URL(url);
  const base = { level: 'warn', event: 'origin.refused', address: '127.0.0.1', host };
  const [first, ...others] = lines.map(({ timeMs, time, ...line }) => line);
  assert.deepEqual(first, { ...base, origin: post });
  const { suppressed: _, ...last } = others.at(-1) ?? assert.fail('there is one line');
  assert.deepEqual(last, { ...base, origin: upgrade });
  // One line, unless a slow machine took longer than it sums up.
  assert.equal(
    others.reduce((sum, { suppressed = 1 }) => sum + suppressed, 0),
    2,
  );
});
